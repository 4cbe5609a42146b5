// search_schema: finds tables and columns by words of their names and comments; it searches the schema, never the data.
import { z } from 'zod';
import { nearestRelations } from '../catalog/nearest.ts';
import { oneLine } from '../catalog/one-line.ts';
import type { SchemaCatalog } from '../catalog/relation.ts';
import type { SchemaSource } from '../catalog/schema.ts';
import type { SchemaMatch, SearchSchema } from '../catalog/search.ts';
import {
  catalogNotes,
  columnLine,
  counted,
  nameLabel,
  relationLabel,
  relationLine,
  schemaCounts,
} from './relation-text.ts';
import { defineTool, readOnlyAnnotations, type Tool } from './tool.ts';

const input = z.strictObject({
  query: z.string().trim().min(1).max(200).describe('Words, e.g. "fuel price per vehicle"'),
  detail: z
    .enum(['names', 'summary', 'full'])
    .default('summary')
    .describe('names: cheapest; summary: comments and matching columns; full: all columns'),
  limit: z.int().min(1).max(100).default(10),
});

const output = z.object({
  matches: z.array(z.looseObject({ schema: z.string(), name: z.string(), columns: z.array(z.string()) })),
  total: z.int(),
});

type Detail = z.output<typeof input>['detail'];

const maxComment = 160;
const maxColumnComment = 100;
const columnsShown: Readonly<Record<Detail, number>> = { names: 6, summary: 8, full: 60 };

/** Makes the tool. */
export function searchSchema(deps: { readonly schema: SchemaSource; readonly search: SearchSchema }): Tool {
  return defineTool({
    name: 'search_schema',
    title: 'Search the schema',
    description:
      'Find tables and columns by topic: searches names and comments of schemas, tables and columns, best first. ' +
      'Tolerates typos and plurals. Start here when you do not know the table. Does not search the data.',
    input,
    output,
    annotations: readOnlyAnnotations,
    run: async ({ query, detail, limit }, context) => {
      const catalog = await deps.schema.current(context.signal);
      const { matches: shown, total } = await deps.search(catalog, query, limit);
      const structured = { matches: shown.map((match) => matchFacts(match, detail)), total };
      if (shown.length === 0) return { structured, text: nothingText(catalog, query) };
      const lines = shown.flatMap((match) => matchLines(match, detail));
      const left = total - shown.length;
      if (left > 0) lines.push(`${left} more left out: raise limit or use other words.`);
      return { structured, text: [...lines, ...catalogNotes(catalog)].join('\n') };
    },
  });
}

function columnsOf(match: SchemaMatch, detail: Detail): SchemaMatch['columns'] {
  return detail === 'full' ? match.relation.columns : match.columns;
}

function matchFacts(match: SchemaMatch, detail: Detail): Record<string, unknown> {
  const { schema, name, kind, comment } = match.relation;
  const columns = columnsOf(match, detail)
    .slice(0, columnsShown[detail])
    .map((column) => column.name);
  if (detail === 'names') return { schema, name, columns };
  return { schema, name, kind, ...(comment === undefined ? {} : { comment }), columns };
}

function matchLines(match: SchemaMatch, detail: Detail): readonly string[] {
  const all = columnsOf(match, detail);
  const shown = all.slice(0, columnsShown[detail]);
  const left = all.length - shown.length;
  if (detail === 'names') {
    const names = shown.map((column) => nameLabel(column.name)).join(', ');
    const more = left > 0 ? `, ${left} more` : '';
    return [`${relationLabel(match.relation)}${names === '' ? '' : ` (${names}${more})`}`];
  }
  const lines = [relationLine(match.relation, maxComment)];
  lines.push(...shown.map((column) => `  ${columnLine(column, maxColumnComment)}`));
  if (left > 0) lines.push(`  ${counted(left, 'column')} left out; see describe_table`);
  return lines;
}

function nothingText(catalog: SchemaCatalog, query: string): string {
  const nearest = nearestRelations(catalog, query, 3).map((name) => oneLine(name, 140));
  const lines = [`Nothing fits "${oneLine(query, 80)}".`];
  if (nearest.length > 0) lines.push(`Nearest: ${nearest.join(', ')}.`);
  lines.push(`Schemas: ${schemaCounts(catalog, 40) || 'none that this server may read'}.`);
  lines.push('Try other words, or list_tables.');
  return [...lines, ...catalogNotes(catalog)].join('\n');
}
