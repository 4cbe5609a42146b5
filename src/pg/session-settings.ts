// The settings that every statement runs under: limits and the analyst for one transaction, so that they never reach the
// next one; what is the same for all statements for as long as the connection lasts, where nobody else shares its session.
import type { Principal } from '../base/principal.ts';

export type SessionLimits = {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** Shown in pg_stat_activity, followed by the analyst's name; cut to the 63 bytes that Postgres keeps. */
  readonly applicationName: string;
  /** Row-level security reads who asks from `mcp.analyst` and its sisters; absent for reads of our own. */
  readonly principal?: Principal | undefined;
  /** Schemas in the order in which Postgres looks names up; absent leaves the role's own. */
  readonly searchPath?: readonly string[] | undefined;
};

/** A query that makes settings for the transaction that it runs in, and the values of its $1, $2, …. */
export type SettingsQuery = {
  /** Which of `settingsTexts` it is, or begins with. */
  readonly kind: keyof typeof settingsTexts;
  readonly text: string;
  readonly values: readonly (string | null)[];
};

/**
 * What the cells promise: ISO dates, Postgres intervals, hexadecimal bytea and shortest exact floats (manual, 19.11
 * "Locale and Formatting"); the time zone stays the role's own. And the end of a transaction that says nothing: all of
 * ours are said in one piece, so that only a lost server can leave one open.
 */
const lastingSettings: readonly (readonly [name: string, value: string])[] = [
  ['datestyle', 'ISO, YMD'],
  ['intervalstyle', 'postgres'],
  ['bytea_output', 'hex'],
  ['extra_float_digits', '1'],
  ['standard_conforming_strings', 'on'],
  ['idle_in_transaction_session_timeout', '10000'],
];

/**
 * One statement that makes the lasting settings for the session, where the connection is Postgres itself: a pooler such as
 * PgBouncer tells a process id of its own, and what is set through it would reach other programs. NULL: nothing was set.
 */
export function lastingSettingsText(processId: number): string {
  const calls = lastingCalls({ isLocal: false });
  return `SELECT CASE WHEN pg_backend_pid() = ${processId} THEN concat(${calls.join(', ')}) END AS kept`;
}

function lastingCalls({ isLocal }: { readonly isLocal: boolean }): readonly string[] {
  return [
    ...lastingSettings.map(([name, value]) => `set_config('${name}', '${value}', ${isLocal})`),
    `set_config('client_encoding', ${clientEncoding}, ${isLocal})`,
  ];
}

/** A database that does not know its encoding would refuse to send what is not UTF-8: names of tables, too (manual, 23.3.4). */
const clientEncoding =
  "CASE current_setting('server_encoding') WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END";

/** `set_config(…, true)` is SET LOCAL. A search path of null leaves the one that there is. */
const localCalls = [
  "set_config('statement_timeout', $1, true)",
  "set_config('lock_timeout', $2, true)",
  "set_config('application_name', $3, true)",
  "set_config('search_path', coalesce($4, current_setting('search_path')), true)",
  "set_config('mcp.analyst', $5, true)",
];
const identityCalls = [
  "set_config('mcp.subject', $6, true)",
  "set_config('mcp.email', $7, true)",
  "set_config('mcp.groups', $8, true)",
];

/** The texts of all settings queries; few, so that a connection can keep them parsed. */
export const settingsTexts = {
  token: `SELECT ${localCalls.join(', ')}`,
  identity: `SELECT ${[...localCalls, ...identityCalls].join(', ')}`,
} as const;

/** The settings query of a statement; `keepsSession`: the session has the lasting settings already. */
export function settingsQuery(limits: SessionLimits, keepsSession: boolean): SettingsQuery {
  const { statementTimeoutMs, lockTimeoutMs, searchPath, principal } = limits;
  const values = [
    String(statementTimeoutMs),
    String(lockTimeoutMs),
    nameOfSession(limits),
    searchPath === undefined ? null : searchPathText(searchPath),
    principal?.name ?? '',
    ...identityValues(principal),
  ].map((value) => value?.replaceAll('\u0000', '') ?? null);
  const kind = principal?.identity === undefined ? 'token' : 'identity';
  const text = settingsTexts[kind];
  return { kind, text: keepsSession ? text : [text, ...lastingCalls({ isLocal: true })].join(', '), values };
}

function nameOfSession({ applicationName, principal }: SessionLimits): string {
  return (principal === undefined ? applicationName : `${applicationName}/${principal.name}`).slice(0, 63);
}

function identityValues(principal: Principal | undefined): readonly string[] {
  const identity = principal?.identity;
  if (identity === undefined) return [];
  return [identity.subject, identity.email ?? '', JSON.stringify(identity.groups)];
}

function searchPathText(schemas: readonly string[]): string {
  return schemas.map(quotedName).join(', ');
}

/** The name as SQL means it and nothing else (manual, 4.1.1). */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
