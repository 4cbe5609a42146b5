// The settings that every statement runs under; they hold for one transaction and never reach the next one.
import { type LocalSettings, settingsBytes } from './pipeline.ts';

export type SessionLimits = {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** Shown in pg_stat_activity; cut to the 63 bytes that Postgres keeps. */
  readonly applicationName: string;
  /** Schemas in the order in which Postgres looks names up; absent leaves the role's own. */
  readonly searchPath?: readonly string[] | undefined;
};

/**
 * Limits, and the text forms of values that the cells promise: ISO dates, Postgres intervals, hexadecimal bytea and
 * shortest exact floats (manual, 19.11 "Locale and Formatting"). The time zone stays the role's own.
 */
function sessionSettings(limits: SessionLimits): LocalSettings {
  return {
    statement_timeout: String(limits.statementTimeoutMs),
    lock_timeout: String(limits.lockTimeoutMs),
    idle_in_transaction_session_timeout: String(limits.statementTimeoutMs + 10_000),
    application_name: limits.applicationName.slice(0, 63),
    datestyle: 'ISO, YMD',
    intervalstyle: 'postgres',
    bytea_output: 'hex',
    extra_float_digits: '1',
    standard_conforming_strings: 'on',
    ...(limits.searchPath !== undefined && {
      search_path: limits.searchPath.map(quoteIdentifier).join(', '),
    }),
  };
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Analysts times limits: enough that none is made twice, few enough to forget about. */
const keptSettings = 512;

/** Gives the messages that set a session, and keeps those made last. */
export function createSessionBytes(): (limits: SessionLimits) => Buffer {
  const kept = new Map<string, Buffer>();
  return (limits) => {
    const { statementTimeoutMs, lockTimeoutMs, applicationName, searchPath } = limits;
    const key = `${statementTimeoutMs} ${lockTimeoutMs} ${applicationName} ${searchPath?.join() ?? ''}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= keptSettings) kept.clear();
    const bytes = settingsBytes(sessionSettings(limits));
    kept.set(key, bytes);
    return bytes;
  };
}
