// The smallest of the server's, the analyst's and the request's limits; a request can never raise one.

/** Bounds of the server; a request may only ask for less. Times in milliseconds, sizes in bytes. */
export type QueryLimits = {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly maxRows: number;
  readonly maxResultBytes: number;
};

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
