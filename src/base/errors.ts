// The one error class of the product; it carries data for whoever must act and never a secret for the caller.
import { type ErrorCode, type ErrorEntry, errorCatalogue } from './error-catalogue.ts';
import type { Problem } from './problem.ts';

/** A place in the analyst's own SQL text. */
export type SqlPlace = {
  /** Characters (UTF-16 code units) before the place, from 0. */
  readonly offset: number;
  /** Line number, from 1. */
  readonly line: number;
  /** Column number in characters, from 1. */
  readonly column: number;
  /** Two lines: the line of SQL (shortened around the place) and a caret under the place. */
  readonly excerpt: string;
};

/** What may be told beside code and message. */
export type ErrorFacts = {
  /** Facts for the caller, one line (Postgres' DETAIL). */
  readonly detail?: string | undefined;
  /** A whole sentence that says what to do (Postgres' HINT), computed for the case. */
  readonly hint?: string | undefined;
  /** SQLSTATE, five characters, where Postgres said one (manual, appendix A). */
  readonly sqlState?: string | undefined;
  readonly place?: SqlPlace | undefined;
  /** Seconds after which the same request may succeed (RFC 9110, Retry-After). */
  readonly retryAfterSeconds?: number | undefined;
  /** Scopes that an access token must hold for the call (RFC 6750, section 3.1). */
  readonly neededScopes?: readonly string[] | undefined;
  /** Everything that is wrong with the configuration (CONFIG_INVALID only). */
  readonly problems?: readonly Problem[] | undefined;
  /** For the log only: may hold host names or driver texts, never shown to a client. */
  readonly logDetail?: string | undefined;
  readonly cause?: unknown;
};

/**
 * A failure with a stable code from the catalogue. The message is one line, lower case, without a full stop, after
 * the PostgreSQL error message style guide; everything but `logDetail` and `cause` may be shown to the caller.
 */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'CodedError';
    this.code = code;
    this.facts = facts;
  }

  get entry(): ErrorEntry {
    return errorCatalogue[this.code];
  }
}

/** Gives the error itself where it is coded, else an INTERNAL one that keeps the original for the log only. */
export function toCodedError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const logDetail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new CodedError('INTERNAL', 'the server failed unexpectedly', { cause: error, logDetail });
}

/**
 * The text a client gets, code first:
 * `CODE: message (SQLSTATE 42703)`, then DETAIL, the line of SQL with its caret, and HINT, each on lines of its own. Where no
 * hint was computed for the case, the catalogue's own advice stands in for it.
 */
export function errorText(error: CodedError): string {
  const { detail, hint, sqlState, place } = error.facts;
  const lines = [`${error.code}: ${error.message}${sqlState === undefined ? '' : ` (SQLSTATE ${sqlState})`}`];
  if (detail !== undefined) lines.push(`DETAIL: ${detail}`);
  if (place !== undefined) lines.push(`LINE ${place.line}, COLUMN ${place.column}:`, place.excerpt);
  lines.push(`HINT: ${hint ?? error.entry.solve}`);
  return lines.join('\n');
}
