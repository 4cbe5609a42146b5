// What the functions of a name take, in the words of a hint; asked only when a call of one has failed.
import type { ReadRows } from '../pg/read-rows.ts';
import { identifierParts } from './identifier.ts';
import type { Statements } from './statements.ts';

/** `round takes (numeric), (double precision) or (numeric, integer)`; undefined where no function bears the name. */
export type FunctionSignatures = (name: string, signal?: AbortSignal) => Promise<string | undefined>;

/** Asks for each name anew, as only failures ask. Throws CodedError as `read` does. */
export function createFunctionSignatures(read: ReadRows, statements: Statements): FunctionSignatures {
  return async (name, signal) => {
    const parts = identifierParts(name) ?? [];
    const bare = parts.at(-1);
    if (bare === undefined) return undefined;
    const rows = await read(await statements('function-signatures'), [parts.at(-2) ?? null, bare], signal);
    const [first] = rows;
    if (first === undefined) return undefined;
    const listed = rows.map(([types]) => `(${types})`);
    const others = Number(first[1]) - listed.length;
    const last = others > 0 ? `${others} more` : listed.pop();
    const all = listed.length === 0 ? last : `${listed.join(', ')} ${others > 0 ? 'and' : 'or'} ${last}`;
    return `${name} takes ${all}`;
  };
}
