// Keeps state in one table of a Postgres database, through its own DSN and never with the role that analysts use.
// Each method is one statement, so it works behind PgBouncer in transaction mode; expiry goes by the database's clock.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { StoreUrl } from '../../base/store-url.ts';
import { keptForMany, type OpenBackend } from '../backend.ts';
import { pageOf } from '../key-order.ts';
import type { Entry, PutOptions, Store } from '../store.ts';
import { answerTimeoutMs, boundedCall, connectTimeoutMs, storeUnavailable } from './bounded-call.ts';
import { urlOf, urlProblem } from './url-parameters.ts';

const sweepBatch = 1_000;
const ignore = () => undefined;

type Row = { readonly value: Buffer; readonly version: string; readonly expires_at_ms: string | null };

/**
 * `postgres://user:password@host/database?table=schema.name`, with libpq's connection parameters (`sslmode`, …). The table
 * is made where it is missing.
 */
export const open: OpenBackend = async (url) => {
  const { connectionString, table } = readUrl(url);
  const sql = statements(table);
  const pool = newPool(connectionString);
  const query = <Result extends object>(text: string, parameters: readonly unknown[], signal?: AbortSignal) =>
    boundedCall(() => runStatement<Result>(pool, sql, text, parameters, signal));
  return {
    scheme: 'postgres',
    capabilities: keptForMany,
    get: async (collection, key, signal) =>
      entryOf((await query<Row>(sql.get, [collection, bytes(key)], signal))[0]),
    put: async (collection, key, value, options = {}, signal) => {
      const record = [collection, bytes(key), bytes(value), randomUUID(), options.ttlSeconds ?? null];
      const condition = options.ifVersion === undefined ? [] : [options.ifVersion];
      return (await query<Row>(putStatement(sql, options), [...record, ...condition], signal))[0]?.version;
    },
    take: async (collection, key, signal) => {
      const [row] = await query<Row & Alive>(sql.take, [collection, bytes(key)], signal);
      return row?.alive === true ? entryOf(row) : undefined;
    },
    delete: async (collection, key, signal) =>
      (await query<Alive>(sql.delete, [collection, bytes(key)], signal))[0]?.alive === true,
    list: async (collection, { after = '', limit }, signal) => {
      const rows = await query<{ key: Buffer }>(sql.list, [collection, bytes(after), limit + 1], signal);
      return pageOf(
        rows.map(({ key }) => key.toString()),
        { limit },
      );
    },
    collections: async (signal) =>
      (await query<{ collection: string }>(sql.collections, [], signal)).map(({ collection }) => collection),
    sweep: async (signal) => {
      for (let removed = 0; ; ) {
        const rows = await query(sql.sweep, [sweepBatch], signal);
        removed += rows.length;
        if (rows.length < sweepBatch) return removed;
      }
    },
    close: () => pool.end(),
  } satisfies Store;
};

type Alive = { readonly alive: boolean };

/** Keys and values are bytea: they compare byte by byte and pass unchanged whatever the encoding of the database is. */
function statements(table: string) {
  const indexName = table.replace(/^.*\."|^"/, '"').replace(/"$/, '_expires_at"');
  const alive = '(t.expires_at IS NULL OR t.expires_at > clock_timestamp())';
  const entry = 't.value, t.version, extract(epoch FROM t.expires_at) * 1000 AS expires_at_ms';
  const life = "clock_timestamp() + $5::float8 * interval '1 second'";
  const insert = `INSERT INTO ${table} AS t (collection, key, value, version, expires_at) VALUES ($1, $2, $3, $4, ${life})
    ON CONFLICT (collection, key)
    DO UPDATE SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at`;
  return {
    create: `CREATE TABLE IF NOT EXISTS ${table} (collection text COLLATE "C" NOT NULL, key bytea NOT NULL, value bytea NOT NULL,
      version text NOT NULL, expires_at timestamptz, PRIMARY KEY (collection, key))`,
    index: `CREATE INDEX IF NOT EXISTS ${indexName} ON ${table} (expires_at) WHERE expires_at IS NOT NULL`,
    get: `SELECT ${entry} FROM ${table} t WHERE t.collection = $1 AND t.key = $2 AND ${alive}`,
    put: `${insert} RETURNING version`,
    putIfAbsent: `${insert} WHERE NOT ${alive} RETURNING version`,
    putIfVersion: `UPDATE ${table} t SET value = $3, version = $4, expires_at = ${life}
      WHERE t.collection = $1 AND t.key = $2 AND t.version = $6 AND ${alive} RETURNING version`,
    take: `DELETE FROM ${table} t WHERE t.collection = $1 AND t.key = $2 RETURNING ${entry}, ${alive} AS alive`,
    delete: `DELETE FROM ${table} t WHERE t.collection = $1 AND t.key = $2 RETURNING ${alive} AS alive`,
    list: `SELECT t.key FROM ${table} t WHERE t.collection = $1 AND t.key > $2 AND ${alive} ORDER BY t.key LIMIT $3`,
    collections: `SELECT DISTINCT t.collection FROM ${table} t WHERE ${alive} ORDER BY t.collection`,
    sweep: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM ${table} WHERE expires_at <= clock_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
  };
}

type Statements = ReturnType<typeof statements>;

function putStatement(sql: Statements, options: PutOptions): string {
  if (options.ifVersion !== undefined) return sql.putIfVersion;
  return options.ifAbsent === true ? sql.putIfAbsent : sql.put;
}

/**
 * Runs one statement on a connection of the pool. Where the table is missing (42P01) it is made and the statement said
 * again, so that an account whose table is there needs no right to make one; said again too where an isolation level
 * above READ COMMITTED, set by the operator, lets it fail against a concurrent one (40001).
 */
async function runStatement<Result extends object>(
  pool: pg.Pool,
  sql: Statements,
  text: string,
  parameters: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<Result[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce<Result>(pool, text, parameters, signal);
    } catch (error) {
      const code = sqlStateOf(error);
      if (code === '42501')
        throw storeUnavailable(
          'the account of the store may not read and write its table',
          'Grant it USAGE on the schema, and SELECT, INSERT, UPDATE and DELETE on the table.',
          error,
        );
      if (attempt === 10 || (code !== '42P01' && code !== '40001')) throw error;
      if (code === '42P01') await createTable(pool, sql);
    }
  }
}

async function runOnce<Result extends object>(
  pool: pg.Pool,
  text: string,
  parameters: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<Result[]> {
  const client = await pool.connect();
  let lent = true;
  const giveBack = (broken: boolean): void => {
    if (lent) client.release(broken);
    lent = false;
  };
  if (signal?.aborted) {
    giveBack(false);
    throw signal.reason;
  }
  // A connection that answers nothing is ended; one that failed is not used again, so the next call finds a new primary.
  const timer = setTimeout(giveBack, answerTimeoutMs, true);
  try {
    const { rows } = await client.query<Result>(text, [...parameters]);
    giveBack(false);
    return rows;
  } finally {
    clearTimeout(timer);
    giveBack(true);
  }
}

async function createTable(pool: pg.Pool, sql: Statements): Promise<void> {
  try {
    await pool.query(sql.create);
    await pool.query(sql.index);
  } catch (error) {
    const code = sqlStateOf(error);
    // Somebody else makes the same table at this moment; IF NOT EXISTS does not wait for them.
    if (code === '42P07' || code === '42710' || code === '23505') return;
    if (code !== '42501' && code !== '3F000') throw error;
    throw storeUnavailable(
      'the table of the state does not exist, and the account of the store may not create it',
      'Let an owner run the CREATE TABLE statement of docs/how-to/choose-a-store.md, or grant CREATE on the schema.',
      error,
    );
  }
}

function newPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    fallback_application_name: 'pg-analytics-mcp state',
    max: 4,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  pool.on('error', ignore);
  // A lent connection that dies says so as an event too, which would end the process.
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
}

function readUrl(given: StoreUrl): { connectionString: string; table: string } {
  const url = urlOf(given);
  const parts = (url.searchParams.get('table') ?? 'pg_analytics_mcp_state').split('.');
  if (parts.length > 2 || parts.some((part) => !/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(part)))
    throw urlProblem('needs a name or schema.name as its parameter "table"');
  url.searchParams.delete('table');
  // Of pg's two readings of sslmode, libpq's own: the one that DATABASE_URL follows too.
  if (!url.searchParams.has('uselibpqcompat')) url.searchParams.set('uselibpqcompat', 'true');
  return { connectionString: url.href, table: parts.map((part) => `"${part}"`).join('.') };
}

function entryOf(row: Row | undefined): Entry | undefined {
  if (row === undefined) return undefined;
  const expiresAtMs = row.expires_at_ms === null ? undefined : Math.floor(Number(row.expires_at_ms));
  return { value: row.value.toString(), version: row.version, expiresAtMs };
}

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

function sqlStateOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
