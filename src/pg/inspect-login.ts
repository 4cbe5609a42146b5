// One login outside of the pool, for the doctor: what the server is, and what really happens when a write is tried. No
// text from outside ever comes here, and every transaction is rolled back.
import type { ConnectionSettings } from '../base/connection-settings.ts';
import { CodedError } from '../base/errors.ts';
import { createConnectionPool } from './connection-pool.ts';
import type { DriverClient } from './driver.ts';
import { isPostgresError } from './sqlstate.ts';

/** Whether a write is tried against the role alone, or inside the kind of transaction that analysts get. */
export type TransactionMode = 'READ WRITE' | 'READ ONLY';

/** A login that is open. */
export type InspectedLogin = {
  /** The one row that a statement of ours gives, by name of column. */
  readonly row: (sql: string) => Promise<Readonly<Record<string, unknown>>>;
  /** Tries a statement and rolls it back: the SQLSTATE of its refusal, or undefined where it succeeded. */
  readonly attempt: (sql: string, mode: TransactionMode) => Promise<string | undefined>;
  /** The process that the login was told of; a pooler such as PgBouncer tells another one than the backend's. */
  readonly announcedProcess: number | null;
  readonly close: () => Promise<void>;
};

/** Logs in; throws CodedError (`DB_…`). */
export async function inspectLogin(
  connection: ConnectionSettings,
  connectTimeoutMs: number,
): Promise<InspectedLogin> {
  const pool = createConnectionPool({
    connection,
    poolMax: 1,
    connectTimeoutMs,
    idleTimeoutMs: connectTimeoutMs,
    emit: () => undefined,
  });
  const acquired = await pool.acquire(undefined).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  if (acquired.kind === 'lost') {
    await pool.close();
    throw acquired.error;
  }
  const { client } = acquired;
  return {
    row: (sql) => oneRow(client, sql),
    attempt: (sql, mode) => attempt(client, sql, mode),
    announcedProcess: client.processID,
    close: async () => {
      pool.discard(client, 'inspected');
      await pool.close();
    },
  };
}

async function oneRow(client: DriverClient, sql: string): Promise<Readonly<Record<string, unknown>>> {
  const result = (await client.query(sql)) as { readonly rows: readonly Readonly<Record<string, unknown>>[] };
  return result.rows[0] ?? {};
}

async function attempt(
  client: DriverClient,
  sql: string,
  mode: TransactionMode,
): Promise<string | undefined> {
  try {
    await client.query(`BEGIN ${mode}; SET LOCAL statement_timeout = '5s'; ${sql}`);
    return undefined;
  } catch (error) {
    if (isPostgresError(error)) return error.code;
    throw new CodedError('DB_DISCONNECTED', 'the connection to the database was lost', { cause: error });
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
}
