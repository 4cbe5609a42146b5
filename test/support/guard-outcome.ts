// What the guard says of a text, by the built-in table, in one line.
import { builtInCatalog } from '../../src/guard/builtin-catalog.ts';
import type { Guard } from '../../src/guard/guard.ts';

/** `accepted`, or code and message of the refusal. */
export async function outcomeBy(guard: Guard, sql: string): Promise<string> {
  const verdict = await guard.check(sql, builtInCatalog());
  return verdict.accepted ? 'accepted' : `${verdict.error.code}: ${verdict.error.message}`;
}
