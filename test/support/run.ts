// Calls the road of a query as an analyst would through a tool, and gives what the tool answers.
import type { Core } from '../../src/app/core.ts';
import type { Principal } from '../../src/base/principal.ts';
import { runExplain } from '../../src/query/run-explain.ts';
import { type QueryRequest, runQuery } from '../../src/query/run-query.ts';

export type Answered = {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly row_count: number;
  readonly truncated: boolean;
  readonly truncated_by?: string;
};

const ann: Principal = { name: 'ann', provedBy: 'token' };

function caller(emit: (event: never) => void, principal = ann) {
  return { principal, signal: new AbortController().signal, emit: emit as never };
}

/** Runs one statement and reads the data and the text of its answer. */
export async function ask(
  core: Core,
  request: string | QueryRequest,
  emit: (event: never) => void = () => undefined,
  principal?: Principal,
) {
  const given = typeof request === 'string' ? { sql: request } : request;
  const answer = await runQuery(core.query, given, caller(emit, principal));
  return { data: answer.structured as unknown as Answered, text: answer.text, encoded: answer.encoded };
}

export function plan(core: Core, sql: string, more: object = {}) {
  return runExplain(
    core.query,
    { sql, ...more },
    caller(() => undefined),
  );
}
