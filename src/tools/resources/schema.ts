// The schema as resources: an overview and one page for each table, the same texts as the tools give.
import { oneLine } from '../../catalog/one-line.ts';
import type { Relation, SchemaCatalog } from '../../catalog/relation.ts';
import { completeSchema, completeTable } from '../complete-name.ts';
import { describeRelation } from '../describe_table.ts';
import type { SchemaAccess } from '../find-relation.ts';
import { pageText } from '../relation-page.ts';
import { catalogNotes, counted, relationLabel, relationLine, schemaLine } from '../relation-text.ts';
import type { ListedResource, Resource, ResourceTemplate } from '../resource.ts';

const maxOverviewLines = 300;
const maxListed = 100;
const maxComment = 100;

/** `schema://overview`: all schemas and tables, as far as they fit. */
export function schemaOverview(access: SchemaAccess): Resource {
  return {
    uri: 'schema://overview',
    name: 'schema-overview',
    title: 'Schemas and tables',
    description: 'Every schema and table you may read, with kinds, estimated rows and comments.',
    mimeType: 'text/plain',
    read: async (context) => overviewText(await access.schema.current(context.signal)),
  };
}

/** `schema://{schema}/{table}`: what describe_table tells in full. */
export function schemaTable(access: SchemaAccess): ResourceTemplate {
  return {
    uriTemplate: 'schema://{schema}/{table}',
    name: 'schema-table',
    title: 'One table',
    description: 'Columns, keys, joins, constraints, indexes and partitions of one table or view.',
    mimeType: 'text/plain',
    read: async (_uri, variables, context) => {
      const table = [variables['schema'], variables['table']].map((part) => quoted(part ?? '')).join('.');
      return pageText(await describeRelation(access, table, 'full', context.signal), 'full');
    },
    list: async (context) => {
      // A list without a database is empty; other resources must still be listed.
      const catalog = await access.schema.current(context.signal).catch(() => undefined);
      return (catalog?.relations ?? []).slice(0, maxListed).map(listed);
    },
    complete: { schema: completeSchema(access.schema), table: completeTable(access.schema) },
  };
}

function overviewText(catalog: SchemaCatalog): string {
  const lines: string[] = [];
  let left = maxOverviewLines;
  for (const schema of catalog.schemas.filter((one) => one.relations.length > 0)) {
    const shown = schema.relations.slice(0, left);
    left -= shown.length;
    lines.push(`${schemaLine(schema, 200)} (${counted(schema.relations.length, 'table')})`);
    lines.push(...shown.map((relation) => relationLine(relation, maxComment)));
    const cut = schema.relations.length - shown.length;
    if (cut > 0) lines.push(`${cut} more left out: list_tables shows them`);
  }
  if (lines.length === 0) lines.push('There is no table that this server may read.');
  return [...lines, ...catalogNotes(catalog)].join('\n');
}

function listed(relation: Relation): ListedResource {
  const { schema, name, comment } = relation;
  return {
    uri: `schema://${encodeURIComponent(schema)}/${encodeURIComponent(name)}`,
    name: relationLabel(relation),
    ...(comment === undefined ? {} : { description: oneLine(comment, maxComment) }),
    mimeType: 'text/plain',
  };
}

/** A URI names the table exactly, so nothing is folded to lower case. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
