// list_tables: what there is, one line per relation; it answers from the schema snapshot and never counts rows itself.
import { z } from 'zod';
import { CodedError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import { identifierParts } from '../catalog/identifier.ts';
import { namePattern } from '../catalog/name-pattern.ts';
import type { Relation, RelationKind, Schema, SchemaCatalog } from '../catalog/relation.ts';
import type { SchemaSource } from '../catalog/schema.ts';
import { catalogNotes, counted, nameLabel, relationLine, schemaCounts, schemaLine } from './relation-text.ts';
import { defineTool, readOnlyAnnotations, type Tool } from './tool.ts';

const input = z.strictObject({
  schema: z.string().max(128).optional().describe('Only this schema'),
  pattern: z.string().max(128).optional().describe('Part of a name; * stands for any characters'),
  kind: z.enum(['table', 'view', 'materialized_view', 'foreign_table']).optional(),
  limit: z.int().min(1).max(500).default(100),
  offset: z.int().min(0).default(0),
});

const output = z.object({
  tables: z.array(z.looseObject({ schema: z.string(), name: z.string(), kind: z.string() })),
  total: z.int(),
  next_offset: z.int().optional(),
});

type Input = z.output<typeof input>;

const kindsOf: Readonly<Record<NonNullable<Input['kind']>, readonly RelationKind[]>> = {
  table: ['table', 'partitioned table'],
  view: ['view'],
  materialized_view: ['materialized view'],
  foreign_table: ['foreign table'],
};

const maxComment = 120;
const maxSchemaComment = 200;
const maxSchemasNamed = 40;

/** Makes the tool. */
export function listTables(deps: { readonly schema: SchemaSource }): Tool {
  return defineTool({
    name: 'list_tables',
    title: 'List tables',
    description:
      'Tables, views, materialized and foreign tables you may read, by schema, with kind, estimated rows (~) and ' +
      'comment. Partitions count as their table. For a topic use search_schema; for columns describe_table.',
    input,
    output,
    annotations: readOnlyAnnotations,
    run: async (wanted, context) => {
      const catalog = await deps.schema.current(context.signal);
      const fitting = matching(catalog, wanted);
      const page = fitting.slice(wanted.offset, wanted.offset + wanted.limit);
      const end = wanted.offset + page.length;
      const next = end < fitting.length && page.length > 0 ? end : undefined;
      return {
        structured: {
          tables: page.map(tableFacts),
          total: fitting.length,
          ...(next === undefined ? {} : { next_offset: next }),
        },
        text: pageText(catalog, wanted, page, fitting.length),
      };
    },
  });
}

function matching(catalog: SchemaCatalog, wanted: Input): readonly Relation[] {
  const schemas = wanted.schema === undefined ? catalog.schemas : [schemaNamed(catalog, wanted.schema)];
  const fits = wanted.pattern === undefined ? () => true : namePattern(unquoted(wanted.pattern));
  const qualified = wanted.pattern?.includes('.') === true;
  const kinds = wanted.kind === undefined ? undefined : kindsOf[wanted.kind];
  return schemas
    .flatMap((schema) => schema.relations)
    .filter((relation) => kinds?.includes(relation.kind) ?? true)
    .filter((relation) => fits(qualified ? `${relation.schema}.${relation.name}` : relation.name));
}

/** Names may come quoted, as SQL and our own answers have them. */
function unquoted(pattern: string): string {
  return pattern.replace(/"((?:[^"]|"")+)"/g, (_, name: string) => name.replaceAll('""', '"'));
}

function schemaNamed(catalog: SchemaCatalog, name: string): Schema {
  const asSql = identifierParts(name)?.join('.');
  const found =
    catalog.schemas.find((schema) => schema.name === name) ??
    catalog.schemas.find((schema) => schema.name === asSql);
  if (found !== undefined) return found;
  const nearest = nearestName(
    name,
    catalog.schemas.map((schema) => schema.name),
  );
  const meant = nearest === undefined ? '' : `Perhaps you meant ${nameLabel(nearest)}. `;
  const asked = nameLabel(name).replaceAll('"', '');
  throw new CodedError('INPUT_UNKNOWN_SCHEMA', `schema "${asked}" is not among those you may see`, {
    hint: `${meant}Schemas with tables: ${schemaCounts(catalog, maxSchemasNamed) || 'none'}.`,
  });
}

function tableFacts(relation: Relation): Record<string, unknown> {
  const { schema, name, kind, rows, comment, whole } = relation;
  return {
    schema,
    name,
    kind,
    ...(rows === undefined ? {} : { rows }),
    ...(comment === undefined ? {} : { comment }),
    ...(whole ? {} : { some_columns_only: true }),
  };
}

function pageText(catalog: SchemaCatalog, wanted: Input, page: readonly Relation[], total: number): string {
  if (page.length === 0) return emptyText(catalog, wanted, total);
  const lines: string[] = [];
  for (const [name, relations] of Map.groupBy(page, (relation) => relation.schema)) {
    const schema = catalog.schemas.find((one) => one.name === name);
    if (schema !== undefined) lines.push(schemaLine(schema, maxSchemaComment));
    lines.push(...relations.map((relation) => relationLine(relation, maxComment)));
  }
  const left = total - page.length;
  if (left > 0) lines.push(leftOutLine(wanted, page.length, total));
  if (left > 0 && wanted.schema === undefined)
    lines.push(`Schemas: ${schemaCounts(catalog, maxSchemasNamed)}.`);
  return [...lines, ...catalogNotes(catalog)].join('\n');
}

function leftOutLine(wanted: Input, shown: number, total: number): string {
  const end = wanted.offset + shown;
  const rest = end < total ? `; the next page starts at offset ${end}` : '';
  return `Shown ${wanted.offset + 1} to ${end} of ${total}${rest}. Narrow with schema, pattern or kind.`;
}

function emptyText(catalog: SchemaCatalog, wanted: Input, total: number): string {
  const everything = counted(catalog.relations.length, 'table');
  const found =
    total > 0
      ? `Nothing at offset ${wanted.offset}: only ${counted(total, 'table')} fit.`
      : `No table fits (${everything} in all). Try search_schema, which tolerates typos.`;
  const schemas = schemaCounts(catalog, maxSchemasNamed);
  const lines = [catalog.relations.length === 0 ? 'There is no table that this server may read.' : found];
  if (schemas !== '') lines.push(`Schemas: ${schemas}.`);
  return [...lines, ...catalogNotes(catalog)].join('\n');
}
