// The smallest of the server's, the analyst's and the request's limits; a request can never raise one.
import type { AnalystLimits } from '../base/analyst-limits.ts';
import type { QueryLimits } from './dependencies.ts';

/** Rows of an answer where the caller names no number. */
const defaultRows = 200;
/** Bytes of text for the model where the caller names no number of rows. */
const defaultTextBytes = 80_000;

export type RequestLimits = {
  readonly statementTimeoutMs: number;
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly maxTextBytes: number;
};

/** The server's limits as they hold for one analyst. */
export function limitsFor(server: QueryLimits, analyst: AnalystLimits): QueryLimits {
  const { statementTimeoutMs = Infinity, maxRows = Infinity, maxResultBytes = Infinity } = analyst;
  return {
    statementTimeoutMs: Math.min(server.statementTimeoutMs, statementTimeoutMs),
    lockTimeoutMs: server.lockTimeoutMs,
    maxRows: Math.min(server.maxRows, maxRows),
    maxResultBytes: Math.min(server.maxResultBytes, maxResultBytes),
  };
}

/** Whoever names `maxRows` gets the text of all of them, within the limit of the whole answer. */
export function requestLimits(
  server: QueryLimits,
  request: { readonly maxRows?: number | undefined; readonly timeoutMs?: number | undefined },
): RequestLimits {
  return {
    statementTimeoutMs: Math.min(request.timeoutMs ?? server.statementTimeoutMs, server.statementTimeoutMs),
    maxRows: Math.min(request.maxRows ?? defaultRows, server.maxRows),
    maxBytes: server.maxResultBytes,
    maxTextBytes: request.maxRows === undefined ? defaultTextBytes : server.maxResultBytes,
  };
}
