// The tool that runs one read-only statement and answers with exact, bounded rows.
import { z } from 'zod';
import type { QueryDependencies } from '../query/dependencies.ts';
import { runQuery } from '../query/run-query.ts';
import { defineTool, readOnlyAnnotations, type Tool } from './tool.ts';
import { whileRunning } from './while-running.ts';

const input = z.strictObject({
  sql: z.string().describe('One SELECT, WITH, VALUES, TABLE, EXPLAIN or SHOW statement'),
  params: z
    .array(z.unknown())
    .optional()
    .describe('Values of $1, $2, …; JSON and integers beyond 2^53 as strings; an array is a Postgres array'),
  max_rows: z.int().min(1).optional().describe('Default 200'),
  timeout_ms: z.int().min(1).optional(),
  format: z.enum(['csv', 'markdown', 'json']).optional().describe('Of the text; default csv'),
});

const output = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.unknown())),
  row_count: z.int(),
  truncated: z.boolean(),
  truncated_by: z.string().optional(),
  elapsed_ms: z.number(),
});

export function queryTool(deps: QueryDependencies): Tool {
  return defineTool({
    name: 'query',
    title: 'Run a read-only SQL query',
    description:
      'Runs one PostgreSQL statement in a read-only transaction. Cells are exact: int8, numeric, dates, json, arrays ' +
      'and NaN come as the text psql prints, CSV tells NULL (nothing) from the empty string (""). A cut answer says ' +
      'so in its first line. Look names up first with search_schema or describe_table; aggregate in SQL rather than ' +
      'fetching many rows. Only reads are served.',
    input,
    output,
    annotations: readOnlyAnnotations,
    maxResultSizeChars: 200_000,
    run: ({ sql, params, max_rows: maxRows, timeout_ms: timeoutMs, format }, context) =>
      whileRunning(context, () => runQuery(deps, { sql, params, maxRows, timeoutMs, format }, context)),
  });
}
