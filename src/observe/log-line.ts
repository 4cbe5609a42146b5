// Decides which fact becomes which log line; it writes nothing, and no line holds a token, a DSN or (unless asked) SQL.
import { errorCatalogue } from '../base/error-catalogue.ts';
import type { ProductEvent } from '../base/events.ts';

/** Grave to chatty; a fact without a level is counted only. */
export type LineLevel = 'error' | 'warn' | 'info' | 'debug';

/** Fields of a line by name; durations in milliseconds, sizes in bytes. */
export type LineFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Most characters of a statement in a line. */
const maxSqlLength = 10_000;

type EventKind = ProductEvent['kind'];

const levels: Readonly<Record<EventKind, LineLevel | undefined>> = {
  statement: 'info',
  call: 'debug',
  request_refused: 'info',
  request: 'debug',
  pool: undefined,
  connection_opened: 'debug',
  connection_discarded: 'warn',
  statement_retried: 'warn',
  statement_cancelled: 'info',
  catalog_loaded: 'debug',
  catalog_failed: 'warn',
  schema_loaded: 'debug',
  schema_failed: 'warn',
  role_failed: 'warn',
  parser_restarted: 'warn',
  signed_in: 'info',
  sign_in_refused: 'warn',
  account_ended: 'info',
  account_unconfirmed: 'warn',
  tokens_replaced: 'info',
  readiness: undefined,
  protocol_error: 'warn',
  warning: 'warn',
  failure: 'error',
  listening: 'info',
  stopping: 'info',
  stopped: 'info',
};

/** Level of the line of a fact, or undefined where it has none. */
export function lineLevel(event: ProductEvent): LineLevel | undefined {
  if (event.kind === 'statement' && event.code !== undefined)
    return errorCatalogue[event.code].retryable ? 'warn' : 'info';
  return levels[event.kind];
}

/** Text of the line: a few plain words. */
export function lineMessage(event: ProductEvent): string {
  switch (event.kind) {
    case 'statement':
      return `statement ${event.outcome}`;
    case 'warning':
    case 'failure':
      return withoutSecrets(event.message);
    case 'protocol_error':
      return `protocol error: ${withoutSecrets(event.message)}`;
    case 'listening':
      return `listening on ${event.url}${event.admin ? ' for metrics' : ''}`;
    default:
      return event.kind.replaceAll('_', ' ');
  }
}

/** Fields of the line. `logSql` says whether the operator wants the text of statements. */
export function lineFields(event: ProductEvent, logSql: boolean): LineFields {
  if (event.kind === 'statement') return statementFields(event, logSql);
  const fields: Record<string, string | number | boolean | undefined> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === 'kind') fields['event'] = value;
    else if (name !== 'message')
      fields[fieldNames[name] ?? name] = typeof value === 'string' ? withoutSecrets(value) : value;
  }
  return fields;
}

const fieldNames: Readonly<Record<string, string>> = {
  principal: 'analyst',
  durationMs: 'duration_ms',
  inFlight: 'in_flight',
  logDetail: 'detail',
};

function statementFields(event: Extract<ProductEvent, { kind: 'statement' }>, logSql: boolean): LineFields {
  return {
    event: 'statement',
    analyst: event.principal,
    tool: event.tool,
    fingerprint: event.fingerprint,
    outcome: event.outcome,
    code: event.code,
    sqlstate: event.sqlState,
    detail: event.logDetail === undefined ? undefined : withoutSecrets(event.logDetail),
    rows: event.rows,
    bytes: event.bytes,
    duration_ms: rounded(event.durationMs),
    queued_ms: rounded(event.queuedMs),
    retried: event.retried || undefined,
    sql: logSql ? event.sql?.slice(0, maxSqlLength) : undefined,
  };
}

/** The text with passwords of URIs, bearer tokens and our own tokens taken out: a second line, not the first. */
function withoutSecrets(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1(hidden)@')
    .replace(/\b(bearer\s+)\S+/gi, '$1(hidden)')
    .replace(/\bpgam_[\w-]+/g, '(hidden)')
    .replace(/\b(password|pwd|secret)=\S+/gi, '$1=(hidden)');
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
