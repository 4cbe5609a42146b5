// The road of one query: judged, bounded, read in a read-only transaction, encoded exactly, and reported once.
import { builtInTypeName } from '../format/column-types.ts';
import { type QueryAnswer, queryAnswer } from '../format/query-answer.ts';
import { RowEncoder } from '../format/row-encoder.ts';
import type { TextFormat } from '../format/text-formats.ts';
import type { QueryDependencies } from './dependencies.ts';
import { judge } from './judge.ts';
import { requestLimits } from './limits.ts';
import { boundParameters, type ParameterValue } from './parameters.ts';
import { readAccepted } from './read-accepted.ts';
import { type Caller, reportStatement, type StatementReport } from './report-statement.ts';

export type QueryRequest = {
  readonly sql: string;
  readonly params?: readonly ParameterValue[] | undefined;
  readonly maxRows?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly format?: TextFormat | undefined;
};

/** Runs one statement; throws CodedError with a hint for the case. */
export function runQuery(
  deps: QueryDependencies,
  request: QueryRequest,
  caller: Caller,
): Promise<QueryAnswer> {
  const told = { tool: 'query', sql: deps.logSql ? request.sql : undefined };
  return reportStatement(told, caller, (report) => queryRoad(deps, request, caller, report));
}

async function queryRoad(
  deps: QueryDependencies,
  request: QueryRequest,
  caller: Caller,
  report: StatementReport,
): Promise<QueryAnswer> {
  const judged = judge(deps, request.sql, caller.signal);
  const verdict = judged instanceof Promise ? await judged : judged;
  report.fingerprint = verdict.fingerprint;
  if (!verdict.accepted) throw verdict.error;
  const parameters = boundParameters(request.params ?? [], verdict.placeholderCount);
  const { format = 'csv' } = request;
  const allowed = deps.limitsFor(caller.principal);
  const limits = requestLimits(allowed, request);
  const encoder = new RowEncoder(format === 'csv' ? limits : { ...limits, maxTextBytes: 0 });
  const { statementTimeoutMs } = limits;
  // One row more than wanted tells whether there are more.
  const rowLimit = limits.maxRows + 1;
  const startedAt = performance.now();
  const read = { sql: request.sql, verdict, parameters, rowLimit, statementTimeoutMs, sink: encoder };
  await readAccepted(deps, read, caller, report);
  const elapsedMs = performance.now() - startedAt - report.queuedMs;
  const hasOtherTypes = encoder.shape.columnsJson === undefined;
  const typeNames = hasOtherTypes ? await columnTypeNames(deps, encoder, caller.signal) : undefined;
  const maxRowsAllowed = allowed.maxRows;
  const answer = queryAnswer({ encoder, typeNames, format, limits, maxRowsAllowed, elapsedMs });
  report.bytes = answer.encoded.structured.length + answer.encoded.text.length;
  report.rows = encoder.rowCount;
  report.truncated = encoder.cutBy !== undefined;
  return answer;
}

const noNames: ReadonlyMap<number, string> = new Map();

/** The names of types that users made; a name that cannot be had now is no reason to lose the rows. */
async function columnTypeNames(
  deps: QueryDependencies,
  encoder: RowEncoder,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const oids = encoder.fields.map(({ dataTypeID }) => dataTypeID);
  const unknown = oids.filter((oid) => builtInTypeName(oid) === undefined);
  const named = await deps.typeNames(unknown, signal).catch(() => noNames);
  return oids.map((oid) => builtInTypeName(oid) ?? named.get(oid) ?? 'unknown');
}
