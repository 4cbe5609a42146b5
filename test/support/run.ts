// Calls the road of a query as an analyst would through a tool, and gives what the tool answers.
import type { Core } from '../../src/app/core.ts';
import { runExplain } from '../../src/query/run-explain.ts';
import { type QueryRequest, runQuery } from '../../src/query/run-query.ts';

export type Answered = {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly row_count: number;
  readonly truncated: boolean;
  readonly truncated_by?: string;
};

const principal = { name: 'ann', provedBy: 'token' } as const;

function caller(core: { readonly emit: (event: never) => void }, signal = new AbortController().signal) {
  return { principal, signal, emit: core.emit as never };
}

/** Runs one statement and reads the data and the text of its answer. */
export async function ask(
  core: Core,
  request: string | QueryRequest,
  emit: (event: never) => void = () => undefined,
) {
  const given = typeof request === 'string' ? { sql: request } : request;
  const answer = await runQuery(core.query, given, caller({ emit }));
  return { data: answer.structured as unknown as Answered, text: answer.text, encoded: answer.encoded };
}

export function plan(core: Core, sql: string, more: object = {}) {
  return runExplain(core.query, { sql, ...more }, caller({ emit: () => undefined }));
}
