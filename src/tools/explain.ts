// The tool that shows how Postgres would run a statement, or how it did.
import { z } from 'zod';
import type { QueryDependencies } from '../query/dependencies.ts';
import { runExplain } from '../query/run-explain.ts';
import { defineTool, readOnlyAnnotations, type Tool } from './tool.ts';
import { whileRunning } from './while-running.ts';

const input = z.strictObject({
  sql: z.string().describe('The statement, without EXPLAIN'),
  params: z.array(z.unknown()).optional(),
  analyze: z.boolean().optional().describe('Run it and measure; default false: estimates only'),
  timeout_ms: z.int().min(1).optional(),
});

const output = z.object({
  plan: z.array(z.string()),
  estimated_rows: z.number(),
  total_cost: z.number(),
  execution_ms: z.number().optional(),
});

export function explainTool(deps: QueryDependencies): Tool {
  return defineTool({
    name: 'explain',
    title: 'Explain a query plan',
    description:
      'Shows the plan of a statement as lines, the costliest node marked. Use it before a heavy query, or after a ' +
      'time-out, to see missing filters and scans of large tables.',
    input,
    output,
    annotations: readOnlyAnnotations,
    run: async ({ sql, params, analyze, timeout_ms: timeoutMs }, context) => {
      const answer = await whileRunning(context, () =>
        runExplain(deps, { sql, params, analyze, timeoutMs }, context),
      );
      const measured =
        answer.executionMs === undefined ? 'estimates only' : `ran in ${answer.executionMs} ms`;
      return {
        text: `${measured}, cost ${answer.totalCost}, rows≈${answer.estimatedRows}\n${answer.lines.join('\n')}`,
        structured: {
          plan: answer.lines,
          estimated_rows: answer.estimatedRows,
          total_cost: answer.totalCost,
          ...(answer.executionMs !== undefined && { execution_ms: answer.executionMs }),
        },
      };
    },
  });
}
