// pg-pool, used lazily: no connection before the first statement, none kept once idle for long, dead ones dropped.
// It lends connections and takes them back; what is said on them is not its business.
import Pool from 'pg-pool';
import type { ConnectionSettings } from '../base/connection-settings.ts';
import { CodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import { type DriverClient, type DriverTarget, gatedClientClass } from './driver.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { Preparing } from './preparing.ts';
import { lastingSettingsText } from './session-settings.ts';
import { connectError, isPostgresError } from './sqlstate.ts';
import { tlsOptions } from './tls.ts';

export type ConnectionPoolOptions = {
  readonly connection: ConnectionSettings;
  readonly poolMax: number;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly emit: Emit;
};

/** A connection that is lent. */
export type Opened = {
  readonly kind: 'open';
  readonly client: DriverClient;
  /** What its session keeps parsed; the lasting settings are made then too. Absent behind a pooler. */
  readonly prepared: PreparedStatements | undefined;
};

type Settled = Pick<Opened, 'prepared'> & { readonly since: number };

export type Acquired =
  | Opened
  /** The database went away while connecting: worth one more try. */
  | { readonly kind: 'lost'; readonly error: CodedError };

export type ConnectionPool = {
  /** A connection opened since the last disconnect; rejects with CodedError where trying again at once is no use (`SHUTTING_DOWN` once closed). */
  acquire(signal: AbortSignal | undefined): Promise<Acquired>;
  release(client: DriverClient): void;
  discard(client: DriverClient, reason: string): void;
  /** Ends the transaction and frees session locks; false where that did not succeed within `timeoutMs`. */
  rollback(client: DriverClient, timeoutMs: number): Promise<boolean>;
  /** From now on no connection opened so far is lent again. */
  distrustOpened(): void;
  /** From now on no connection keeps anything: a pooler that tells the server's process id shows itself late. */
  stopKeeping(): void;
  target(): DriverTarget;
  close(): Promise<void>;
};

const ignore = () => undefined;

export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  const { connection, emit } = options;
  const connections = new WeakMap<DriverClient, Settled>();
  let generation = 0;
  let keepsAnything = true;
  let attemptIndex = 0;
  const target = () => targetOf(connection, attemptIndex);
  const pool = newPool(options, target, async (client) => {
    // Between two statements pg-pool listens itself; during one, whoever runs it is told.
    client.on('error', ignore);
    const since = generation;
    const prepared = keepsAnything ? await settle(client, options.connectTimeoutMs) : undefined;
    connections.set(client, { since, prepared });
    emit({ kind: 'connection_opened' });
  });
  pool.on('error', ignore);

  const discard = (client: DriverClient, reason: string) => {
    emit({ kind: 'connection_discarded', reason });
    client.release(true);
  };

  const connect = async (): Promise<Opened> => {
    for (;;) {
      const client = (await pool.connect()) as unknown as DriverClient;
      const known = connections.get(client);
      if (known?.since === generation) return { kind: 'open', client, prepared: known.prepared };
      discard(client, 'opened before a disconnect');
    }
  };

  /** libpq's `allow` and `prefer`: the other way of connecting is tried where this one is refused. */
  const connectOtherwise = async (error: unknown, triedIndex: number): Promise<Opened> => {
    if (connection.tls.attempts.length < 2 || !isRefusedEncryption(error)) throw error;
    // Of several connections that were refused at once, the first has changed the way for all.
    if (attemptIndex === triedIndex) attemptIndex = 1 - attemptIndex;
    return await connect();
  };

  return {
    // In one piece, since every statement comes by: each function that waits costs as much as a rule of the guard.
    acquire: async (signal) => {
      const triedIndex = attemptIndex;
      let opened: Acquired;
      try {
        opened = await connect();
      } catch (refusal) {
        opened = await connectOtherwise(refusal, triedIndex).catch((error: unknown) =>
          lostWhileConnecting(error, pool.ending, signal),
        );
      }
      if (opened.kind === 'lost' || !signal?.aborted) return opened;
      opened.client.release();
      throw new CodedError('CANCELLED', 'the call was cancelled while it connected');
    },
    release: (client) => client.release(),
    discard,
    rollback,
    distrustOpened: () => {
      generation++;
    },
    stopKeeping: () => {
      keepsAnything = false;
      generation++;
    },
    target,
    close: () => pool.end(),
  };
}

function targetOf({ host, port, tls }: ConnectionSettings, attemptIndex: number): DriverTarget {
  return { host, port, ssl: tlsOptions(tls, tls.attempts[attemptIndex] ?? 'tls', host) };
}

function lostWhileConnecting(error: unknown, isClosed: boolean, signal: AbortSignal | undefined): Acquired {
  if (isClosed) throw new CodedError('SHUTTING_DOWN', 'the server is shutting down');
  const coded = connectError(error);
  if (!isWorthAnotherTry(error, coded) || signal?.aborted) throw coded;
  return { kind: 'lost', error: coded };
}

function newPool(
  { connection, ...options }: ConnectionPoolOptions,
  target: () => DriverTarget,
  begin: (client: DriverClient) => Promise<void>,
) {
  return new Pool({
    user: connection.user,
    database: connection.database,
    application_name: connection.applicationName,
    max: options.poolMax,
    idleTimeoutMillis: options.idleTimeoutMs,
    // pg-pool would also set a timer for each connection that it lends again.
    connectionTimeoutMillis: 0,
    onConnect: (client) => begin(client as unknown as DriverClient),
    Client: gatedClientClass({
      target,
      password: connection.password ?? '',
      connectTimeoutMs: options.connectTimeoutMs,
    }),
  });
}

/**
 * Makes the session ours: its lasting settings, and our own commands kept parsed. Undefined behind a pooler, and where
 * Postgres refuses: then every transaction says all of it.
 */
async function settle(client: DriverClient, timeoutMs: number): Promise<PreparedStatements | undefined> {
  const timer = setTimeout(() => client.connection.stream.destroy(), timeoutMs);
  try {
    const { rows } = await client.query(lastingSettingsText(client.processID ?? 0));
    if (typeof rows[0]?.['kept'] !== 'string') return undefined;
    const preparing = new Preparing();
    client.query(preparing);
    await preparing.finished;
  } catch (error) {
    if (isPostgresError(error) && client.getTransactionStatus() === 'I') return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const prepared = new PreparedStatements();
  client.connection.on('parameterStatus', ({ parameterName }) => {
    // Constants of a kept statement were read in the time zone that was.
    if (parameterName === 'TimeZone') prepared.forgetAll();
  });
  return prepared;
}

async function rollback(client: DriverClient, timeoutMs: number): Promise<boolean> {
  if (!client.connection.stream.writable) return false;
  const timer = setTimeout(() => client.connection.stream.destroy(), timeoutMs);
  try {
    await client.query('ROLLBACK; SELECT pg_advisory_unlock_all()');
    return client.getTransactionStatus() === 'I';
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** 28000: pg_hba.conf has no entry for this host with, or without, encryption. */
function isRefusedEncryption(error: unknown): boolean {
  if (isPostgresError(error)) return error.code === '28000';
  return error instanceof Error && /SSL/.test(error.message);
}

/** A refused login will be refused again, and a peer that answered nothing would only double the wait. */
function isWorthAnotherTry(error: unknown, coded: CodedError): boolean {
  if (coded.code === 'DB_STARTING') return true;
  if (coded.code !== 'DB_UNREACHABLE' || isPostgresError(error)) return false;
  return !(error instanceof Error && /timeout/.test(error.message));
}
