// A small surface for tests of the doors: an echo, a slow call, a big answer, and failures of each kind.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CodedError } from '../../src/base/errors.ts';
import type { McpSurface } from '../../src/mcp/surface.ts';
import { readOnlyAnnotations, type Tool } from '../../src/tools/tool.ts';

/** Signals that slow calls were given, in order; a test reads from it whether a call was aborted. */
export type SlowCalls = { readonly signals: AbortSignal[] };

const echo: Tool<z.ZodObject<{ text: z.ZodString; times: z.ZodOptional<z.ZodInt> }>> = {
  name: 'echo',
  title: 'Echo',
  description: 'Gives the text back.',
  input: z.object({
    text: z.string().max(100_000).describe('what to say'),
    times: z.int().min(1).max(1000).optional(),
  }),
  output: z.object({ said: z.string() }),
  annotations: readOnlyAnnotations,
  run: async ({ text, times }) => {
    const said = text.repeat(times ?? 1);
    return { structured: { said }, text: said };
  },
};

const fail: Tool<z.ZodObject<{ how: z.ZodEnum<{ coded: 'coded'; bare: 'bare' }> }>> = {
  name: 'fail',
  title: 'Fail',
  description: 'Fails as asked.',
  input: z.object({ how: z.enum(['coded', 'bare']) }),
  output: z.object({}),
  annotations: readOnlyAnnotations,
  run: ({ how }) => {
    if (how === 'bare') throw new TypeError('secret of db.internal:5432');
    throw new CodedError('DB_UNDEFINED_TABLE', 'relation "trips" does not exist', {
      sqlState: '42P01',
      hint: 'Did you mean "trip"?',
      logDetail: 'secret of db.internal:5432',
    });
  },
};

const big: Tool<z.ZodObject<{ rows: z.ZodInt }>> = {
  name: 'big',
  title: 'Big answer',
  description: 'Gives many rows, already encoded.',
  input: z.object({ rows: z.int().min(0).max(20_000) }),
  output: z.object({ rows: z.array(z.array(z.unknown())) }),
  annotations: readOnlyAnnotations,
  run: async ({ rows }) => {
    const structured = { rows: Array.from({ length: rows }, (_, row) => [row, `row "${row}" – ü`]) };
    const text = structured.rows.map((cells) => cells.join(',')).join('\n');
    const encoded = {
      structured: Buffer.from(JSON.stringify(structured)),
      text: Buffer.from(JSON.stringify(text).slice(1, -1)),
    };
    return { structured, text, encoded };
  },
};

function slow(calls: SlowCalls): Tool<z.ZodObject<{ ms: z.ZodInt; steps: z.ZodOptional<z.ZodInt> }>> {
  return {
    name: 'slow',
    title: 'Slow call',
    description: 'Waits, and tells how far it is where progress was asked for.',
    input: z.object({ ms: z.int().min(0).max(60_000), steps: z.int().min(1).max(100).optional() }),
    output: z.object({ waited: z.number() }),
    annotations: readOnlyAnnotations,
    maxResultSizeChars: 200_000,
    run: async ({ ms, steps = 1 }, { signal, progress }) => {
      calls.signals.push(signal);
      for (let step = 1; step <= steps; step++) {
        await sleep(ms / steps, undefined, { signal });
        progress?.(step, `step ${step} of ${steps}`);
      }
      return { structured: { waited: ms }, text: `waited ${ms} ms` };
    },
  };
}

/** The surface, and the signals of its slow calls. */
export function testSurface(): { readonly surface: McpSurface; readonly slowCalls: SlowCalls } {
  const slowCalls: SlowCalls = { signals: [] };
  const surface: McpSurface = {
    name: 'test-server',
    version: '1.2.3',
    instructions: 'Say something with echo.',
    tools: [echo, slow(slowCalls), big, fail] as readonly Tool[],
    resources: [
      {
        uri: 'test://greeting',
        name: 'greeting',
        title: 'Greeting',
        description: 'A fixed text.',
        mimeType: 'text/plain',
        read: async () => 'hello',
      },
    ],
    resourceTemplates: [
      {
        uriTemplate: 'test://table/{schema}/{table}',
        name: 'table',
        title: 'Table',
        description: 'A text for each table.',
        mimeType: 'text/markdown',
        read: async (_uri, { schema, table }) => {
          if (table !== 'trip/log') throw new CodedError('INPUT_UNKNOWN_TABLE', `no table "${table}"`);
          return `${schema}.${table}`;
        },
        list: async () => [{ uri: 'test://table/fleet/trip%2Flog', name: 'fleet.trip/log' }],
        complete: {
          schema: async (value) => ['fleet', 'fuel', 'tickets'].filter((name) => name.startsWith(value)),
          table: async (value) => Array.from({ length: Number(value) }, (_, number) => `t${number}`),
        },
      },
    ],
    prompts: [
      {
        name: 'explore',
        title: 'Explore',
        description: 'Explore a schema.',
        arguments: [
          {
            name: 'schema',
            description: 'Name of a schema.',
            required: true,
            complete: async (value, { filled }) => [`${value}1`, filled['other'] ?? 'none'],
          },
        ],
        render: async ({ schema }) => [{ role: 'user', text: `Explore ${schema}.` }],
      },
    ],
  };
  return { surface, slowCalls };
}
