// Emits the one fact about a statement, however it ended.
import { type CodedError, toCodedError } from '../base/errors.ts';
import type { Emit, StatementOutcome } from '../base/events.ts';
import type { Principal } from '../base/principal.ts';

/** Who asks, how the caller may leave, and where facts go. */
export type Caller = { readonly principal: Principal; readonly signal: AbortSignal; readonly emit: Emit };

/** Filled in along the road; what is never reached stays at zero. */
export type StatementReport = {
  fingerprint: () => string;
  rows: number;
  bytes: number;
  queuedMs: number;
  retried: boolean;
  truncated: boolean;
};

export type StatementTold = {
  readonly tool: string;
  /** The text, where the operator wants it in the log. */
  readonly sql: string | undefined;
};

const unnamed = () => '';

/** Runs `road` with an empty report, then emits it; failures leave as CodedError. */
export async function reportStatement<Answer>(
  told: StatementTold,
  caller: Caller,
  road: (report: StatementReport) => Promise<Answer>,
): Promise<Answer> {
  const startedAt = performance.now();
  const report = { fingerprint: unnamed, rows: 0, bytes: 0, queuedMs: 0, retried: false, truncated: false };
  let failure: CodedError | undefined;
  try {
    return await road(report);
  } catch (error) {
    failure = toCodedError(error);
    throw failure;
  } finally {
    // Member by member: this runs with every statement, and spreading costs ten times as much.
    caller.emit({
      kind: 'statement',
      principal: caller.principal.name,
      tool: told.tool,
      sql: told.sql,
      fingerprint: report.fingerprint(),
      rows: report.rows,
      bytes: report.bytes,
      queuedMs: report.queuedMs,
      retried: report.retried,
      outcome: failure === undefined ? (report.truncated ? 'truncated' : 'ok') : outcomeOf(failure),
      code: failure?.code,
      sqlState: failure?.facts.sqlState,
      // What nobody expected is reported as a failure of its own, with its stack.
      logDetail: failure?.code === 'INTERNAL' ? undefined : failure?.facts.logDetail,
      durationMs: performance.now() - startedAt,
    });
  }
}

function outcomeOf({ code }: CodedError): StatementOutcome {
  if (code.startsWith('GUARD_') || code.startsWith('INPUT_')) return 'refused';
  return code === 'CANCELLED' ? 'cancelled' : 'failed';
}
