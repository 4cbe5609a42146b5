// The settings that every statement runs under: limits and the analyst for one transaction, so that they never reach the
// next one; the text forms of values for as long as the connection lasts, where nobody else shares its session.
import type { Principal } from '../base/principal.ts';
import { openingBytes } from './pipeline.ts';

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

/** A setting's name, and its value as an SQL constant. */
type Setting = readonly [name: string, value: string];

/**
 * What the cells promise: ISO dates, Postgres intervals, hexadecimal bytea and shortest exact floats (manual, 19.11
 * "Locale and Formatting"). The time zone stays the role's own.
 */
const textForms: readonly Setting[] = [
  ['datestyle', "'ISO, YMD'"],
  ['intervalstyle', "'postgres'"],
  ['bytea_output', "'hex'"],
  ['extra_float_digits', "'1'"],
  ['standard_conforming_strings', "'on'"],
];

/**
 * One statement that sets the text forms for the session, where the connection is Postgres itself: a pooler such as
 * PgBouncer tells a process id of its own, and what is set through it would reach other programs. NULL: nothing was set.
 */
export function lastingSettingsText(processId: number): string {
  const calls = textForms.map(([name, value]) => `set_config('${name}', ${value}, false)`);
  return `SELECT CASE WHEN pg_backend_pid() = ${processId} THEN concat(${calls.join(', ')}) END AS kept`;
}

function localSettings(limits: SessionLimits): readonly Setting[] {
  const { statementTimeoutMs, principal, searchPath } = limits;
  return [
    ['statement_timeout', quoted(String(statementTimeoutMs))],
    ['lock_timeout', quoted(String(limits.lockTimeoutMs))],
    ['idle_in_transaction_session_timeout', quoted(String(statementTimeoutMs + 10_000))],
    ['application_name', quoted(nameOfSession(limits))],
    ...(principal === undefined ? [] : identitySettings(principal)),
    ...(searchPath === undefined ? [] : [['search_path', searchPathText(searchPath)] as const]),
  ];
}

function nameOfSession({ applicationName, principal }: SessionLimits): string {
  return (principal === undefined ? applicationName : `${applicationName}/${principal.name}`).slice(0, 63);
}

function identitySettings({ name, identity }: Principal): readonly Setting[] {
  if (identity === undefined) return [['mcp.analyst', quoted(name)]];
  return [
    ['mcp.analyst', quoted(name)],
    ['mcp.subject', quoted(identity.subject)],
    ['mcp.email', quoted(identity.email ?? '')],
    ['mcp.groups', quoted(JSON.stringify(identity.groups))],
  ];
}

function searchPathText(schemas: readonly string[]): string {
  return quoted(schemas.map((name) => `"${name.replaceAll('"', '""')}"`).join(', '));
}

/** A string constant that reads alike whatever standard_conforming_strings is (manual, 4.1.2.2). */
function quoted(text: string): string {
  const safe = text.replaceAll('\u0000', '').replaceAll("'", "''");
  return safe.includes('\\') ? `E'${safe.replaceAll('\\', '\\\\')}'` : `'${safe}'`;
}

/** Gives the messages that open a transaction; `keepsSession`: the session has the text forms already. */
export type OpeningOf = (limits: SessionLimits, keepsSession: boolean) => Buffer;

type Kept = SessionLimits & { readonly keepsSession: boolean; readonly opening: Buffer };

/** Keeps what was made last for each analyst, since few of them ever ask for other limits. */
export function createOpenings(): OpeningOf {
  const kept = new WeakMap<object, Kept>();
  const ownReads = {};
  return (limits, keepsSession) => {
    const owner = limits.principal ?? ownReads;
    const known = kept.get(owner);
    if (known?.keepsSession === keepsSession && hasSameLimits(known, limits)) return known.opening;
    const { statementTimeoutMs, lockTimeoutMs, applicationName, searchPath } = limits;
    const settings = localSettings(limits);
    const opening = openingBytes(keepsSession ? settings : [...settings, ...textForms]);
    kept.set(owner, {
      statementTimeoutMs,
      lockTimeoutMs,
      applicationName,
      searchPath,
      keepsSession,
      opening,
    });
    return opening;
  };
}

function hasSameLimits(one: SessionLimits, other: SessionLimits): boolean {
  return (
    one.statementTimeoutMs === other.statementTimeoutMs &&
    one.lockTimeoutMs === other.lockTimeoutMs &&
    one.searchPath === other.searchPath &&
    one.applicationName === other.applicationName
  );
}
