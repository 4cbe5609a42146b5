// Reads an accepted statement with the session that every statement of an analyst gets, and makes its failure teach.
import { toCodedError } from '../base/errors.ts';
import type { RowSink } from '../pg/read-statement.ts';
import type { QueryDependencies } from './dependencies.ts';
import { explainFailure } from './explain-failure.ts';
import type { Accepted } from './judge.ts';
import type { Caller, StatementReport } from './report-statement.ts';

export type AcceptedRead = {
  /** The text that is sent; the analyst's own ends it. */
  readonly sql: string;
  readonly verdict: Accepted;
  readonly parameters: readonly (string | null)[];
  /** 0 means all rows. */
  readonly rowLimit: number;
  readonly statementTimeoutMs: number;
  readonly sink: RowSink;
};

/** Reports waits and retries, also of a read that fails; rejects with CodedError that carries a hint for the case. */
export async function readAccepted(
  deps: QueryDependencies,
  read: AcceptedRead,
  caller: Caller,
  report: Pick<StatementReport, 'queuedMs' | 'retried'>,
): Promise<void> {
  const limits = deps.limitsFor(caller.principal);
  if (!deps.isRoleSafe()) await deps.requireSafeRole(caller.signal);
  const startedAt = performance.now();
  let queuedMs: number | undefined;
  try {
    await deps.places(caller.principal, caller.signal, async (waitedMs) => {
      const { retried } = await deps.database.read({
        ...read,
        isTimeless: read.verdict.isTimeless,
        relations: read.verdict.relations,
        lockTimeoutMs: limits.lockTimeoutMs,
        applicationName: deps.applicationName,
        principal: caller.principal,
        searchPath: deps.policy.peek()?.searchPath,
        signal: caller.signal,
        onTurn: (ms) => {
          queuedMs = waitedMs + ms;
        },
      });
      report.retried = retried;
    });
  } catch (error) {
    const failed = {
      sql: read.sql,
      relations: read.verdict.relations.map(({ schema, name }) =>
        schema === undefined ? name : `${schema}.${name}`,
      ),
      statementTimeoutMs: read.statementTimeoutMs,
      serverTimeoutMs: limits.statementTimeoutMs,
      elapsedMs: performance.now() - startedAt,
      signal: caller.signal,
    };
    throw await explainFailure(toCodedError(error), failed, deps.hints);
  } finally {
    // Whoever never had a turn has waited all the time.
    report.queuedMs = queuedMs ?? performance.now() - startedAt;
  }
}
