// Has the guard judge a text before any connection is taken: by the built-in table first where the database has not
// been read yet, by the live catalog in the end.
import type { Verdict } from '../guard/guard.ts';
import type { QueryDependencies } from './dependencies.ts';

export type Accepted = Extract<Verdict, { accepted: true }>;
type Judges = Pick<QueryDependencies, 'guard' | 'policy' | 'floor'>;

/**
 * The verdict on `sql`. Without a live catalog the built-in table refuses what no catalog could allow, so an attack is
 * refused with the database down too; everything else waits for the live one, since a user function may shadow a
 * built-in. Rejects with the catalog's failure (`DB_…`) where the text may be sound. No promise for a text that is
 * remembered.
 */
export function judge(judges: Judges, sql: string, signal: AbortSignal): Verdict | Promise<Verdict> {
  const { guard, policy } = judges;
  const fresh = policy.fresh();
  if (fresh !== undefined) return guard.recall(sql, fresh) ?? guard.check(sql, fresh);
  return judgeAnew(judges, sql, signal);
}

async function judgeAnew(
  { guard, policy, floor }: Judges,
  sql: string,
  signal: AbortSignal,
): Promise<Verdict> {
  if (policy.peek() !== undefined) return guard.check(sql, await policy.current(signal));
  const early = await guard.check(sql, floor);
  if (!early.accepted && !early.dependsOnCatalog) return early;
  try {
    return await guard.check(sql, await policy.current(signal));
  } catch (error) {
    if (!early.accepted) return early;
    throw error;
  }
}
