// Opens the product's own Database for tests and runs statements on it, with every fact it reported kept.
import type { ConnectionSettings } from '../../src/base/connection-settings.ts';
import type { ProductEvent } from '../../src/base/events.ts';
import { createDatabase, type Database, type DatabaseOptions } from '../../src/pg/database.ts';
import { TextRowsSink } from '../../src/pg/read-rows.ts';
import type { ReadRequest } from '../../src/pg/statement-run.ts';

export type OpenDatabase = {
  readonly database: Database;
  readonly events: ProductEvent[];
  /** Runs one statement and gives its rows as text. */
  readonly rows: (
    sql: string,
    more?: Partial<ReadRequest>,
  ) => Promise<readonly (readonly (string | null)[])[]>;
  /** How many facts of a kind were reported. */
  readonly count: (kind: ProductEvent['kind']) => number;
};

/** A plain connection to what the URL names. */
export function settingsOf(url: string): ConnectionSettings {
  const parsed = new URL(url);
  return {
    host: parsed.hostname,
    port: Number(parsed.port),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: parsed.pathname.slice(1),
    applicationName: 'test',
    tls: { mode: 'disable', attempts: ['plain'], verification: 'none' },
  };
}

export function openDatabase(url: string, more: Partial<DatabaseOptions> = {}): OpenDatabase {
  const events: ProductEvent[] = [];
  const database = createDatabase({
    connection: settingsOf(url),
    poolMax: 4,
    queueMax: 8,
    queueTimeoutMs: 5_000,
    connectTimeoutMs: 3_000,
    idleTimeoutMs: 10_000,
    emit: (event) => events.push(event),
    ...more,
  });
  return {
    database,
    events,
    rows: async (sql, request = {}) => {
      const sink = new TextRowsSink();
      await database.read({
        sql,
        parameters: [],
        rowLimit: 0,
        statementTimeoutMs: 10_000,
        lockTimeoutMs: 1_000,
        applicationName: 'test/analyst',
        sink,
        ...request,
      });
      return sink.complete();
    },
    count: (kind) => events.filter((event) => event.kind === kind).length,
  };
}
