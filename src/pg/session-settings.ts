// The settings that every statement runs under; they hold for one transaction and never reach the next one.
import type { LocalSettings } from './read-statement.ts';

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
export function sessionSettings(limits: SessionLimits): LocalSettings {
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
