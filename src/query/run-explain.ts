// The plan of a statement: judged like a query, asked of Postgres with EXPLAIN before the text, told as lines.
import { CodedError } from '../base/errors.ts';
import { placeAt } from '../base/sql-place.ts';
import { planLines } from '../format/plan.ts';
import type { PlanNode } from '../format/plan-node.ts';
import { TextRowsSink } from '../pg/read-rows.ts';
import type { QueryDependencies } from './dependencies.ts';
import { type Accepted, judge } from './judge.ts';
import { requestLimits } from './limits.ts';
import { boundParameters, type ParameterValue } from './parameters.ts';
import { readAccepted } from './read-accepted.ts';
import { type Caller, reportStatement, type StatementReport } from './report-statement.ts';

export type ExplainRequest = {
  readonly sql: string;
  readonly params?: readonly ParameterValue[] | undefined;
  /** True runs the statement and measures it; otherwise Postgres only estimates. */
  readonly analyze?: boolean | undefined;
  readonly timeoutMs?: number | undefined;
};

export type ExplainAnswer = {
  /** Lines of the plan, indented by depth, the costliest node marked. */
  readonly lines: readonly string[];
  readonly estimatedRows: number;
  /** Planner's cost units (manual, 14.1). */
  readonly totalCost: number;
  /** Milliseconds; present where the statement was run. */
  readonly executionMs?: number | undefined;
};

/** What Postgres prints for EXPLAIN with FORMAT JSON: one element. */
type Explained = readonly [{ readonly Plan: PlanNode; readonly 'Execution Time'?: number }];

/** A plan is a few kilobytes; this bounds one over thousands of partitions. */
const maxPlanBytes = 8 * 1_048_576;

/** Throws CodedError with a hint for the case. */
export function runExplain(
  deps: QueryDependencies,
  request: ExplainRequest,
  caller: Caller,
): Promise<ExplainAnswer> {
  const told = { tool: 'explain', sql: deps.logSql ? request.sql : undefined };
  return reportStatement(told, caller, (report) => explainRoad(deps, request, caller, report));
}

async function explainRoad(
  deps: QueryDependencies,
  request: ExplainRequest,
  caller: Caller,
  report: StatementReport,
): Promise<ExplainAnswer> {
  const verdict = await judgePlainRead(deps, request.sql, caller.signal, report);
  const parameters = boundParameters(request.params ?? [], verdict.placeholderCount);
  const allowed = deps.limitsFor(caller.principal);
  const { statementTimeoutMs } = requestLimits(allowed, request);
  const options = request.analyze === true ? 'ANALYZE, BUFFERS, VERBOSE' : 'VERBOSE';
  const prefix = `EXPLAIN (${options}, FORMAT JSON) `;
  const sink = new TextRowsSink(maxPlanBytes);
  const read = { sql: prefix + request.sql, verdict, parameters, rowLimit: 0, statementTimeoutMs, sink };
  try {
    await readAccepted(deps, read, caller, report);
    report.rows = sink.rows.length;
  } catch (error) {
    throw withoutPrefix(error, prefix.length, request.sql);
  }
  return explainAnswer(JSON.parse(sink.complete()[0]?.[0] ?? '[]') as Explained);
}

async function judgePlainRead(
  deps: QueryDependencies,
  sql: string,
  signal: AbortSignal,
  report: StatementReport,
): Promise<Accepted> {
  const verdict = await judge(deps, sql, signal);
  report.fingerprint = verdict.fingerprint;
  if (!verdict.accepted) throw verdict.error;
  if (verdict.statement === 'select') return verdict;
  throw new CodedError('INPUT_INVALID', `${verdict.statement.toUpperCase()} has no plan of its own`, {
    hint: 'Send the SELECT itself, without EXPLAIN; set analyze to true to run and measure it.',
  });
}

/** Postgres counts places from the EXPLAIN that the caller has not written. */
function withoutPrefix(error: unknown, prefixLength: number, sql: string): unknown {
  if (!(error instanceof CodedError) || error.facts.place === undefined) return error;
  const place = placeAt(sql, error.facts.place.offset - prefixLength);
  return new CodedError(error.code, error.message, { ...error.facts, place });
}

function explainAnswer([explained]: Explained): ExplainAnswer {
  const { Plan: plan, 'Execution Time': executionMs } = explained;
  return {
    lines: planLines(plan),
    estimatedRows: plan['Plan Rows'],
    totalCost: plan['Total Cost'],
    ...(executionMs !== undefined && { executionMs }),
  };
}
