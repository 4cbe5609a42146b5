// The way to Postgres: a slot, a connection, one statement in its own read-only transaction, at most one retry.
//
// DESIGN. A read holds its slot until its connection is clean or given up, so connections never outnumber slots. A
// statement is stopped by a CancelRequest while its connection is still held, and a ROLLBACK is run after it, so that
// a request that arrives late can only meet that ROLLBACK and never the next analyst's statement. After a disconnect
// every connection opened before it is suspect and is replaced when its turn comes. A connection on which Postgres ran
// anything but a read is given up, so that what a statement might leave in a session never meets the next one.
import type { ConnectionSettings } from '../base/connection-settings.ts';
import type { CodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import { createConnectionPool } from './connection-pool.ts';
import { greetServer } from './greet-server.ts';
import { createSemaphore } from './semaphore.ts';
import {
  isDisconnect,
  isKeptStatementMissing,
  isKeptStatementStale,
  isOfItsMeaning,
  statementError,
} from './sqlstate.ts';
import { createFrames } from './statement-frames.ts';
import { type ReadRequest, StatementRun, type Way } from './statement-run.ts';

export type DatabaseOptions = {
  readonly connection: ConnectionSettings;
  /** Most connections, and most statements at once. */
  readonly poolMax: number;
  readonly queueMax: number;
  readonly queueTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly emit: Emit;
};

/** How a read went. */
export type ReadOutcome = {
  /** True where Postgres held back rows beyond `rowLimit`. */
  readonly rowsLeft: boolean;
  readonly retried: boolean;
};

/** The one way to read. */
export type Database = {
  /** Runs one statement; rejects with CodedError (`DB_…`, `LIMIT_…`, `QUEUE_…`, `INPUT_PARAMS`, `CANCELLED`). */
  read(request: ReadRequest): Promise<ReadOutcome>;
  /** Whether a read that came now would have to wait for others. */
  isFull(): boolean;
  /** Resolves where the server answers, full or not; rejects with CodedError (`DB_UNREACHABLE`). Proves no login. */
  greet(signal?: AbortSignal): Promise<void>;
  /** Closes all connections once the reads under way have ended; later reads are refused. */
  close(): Promise<void>;
};

/** A backend that was killed takes the server 35 to 75 ms to recover from; a restart somewhat longer. */
const retryPauseMs = 200;

/** Opens no connection before the first read. */
export function createDatabase(options: DatabaseOptions): Database {
  const { emit } = options;
  const semaphore = createSemaphore({
    max: options.poolMax,
    queueMax: options.queueMax,
    queueTimeoutMs: options.queueTimeoutMs,
    emit,
  });
  const way: Way = { pool: createConnectionPool(options), frameOf: createFrames(), emit };

  return {
    read: (request) =>
      semaphore.run(request.signal, async (queuedMs) => {
        request.onTurn?.(queuedMs);
        const first = await attempt(way, request);
        if (first.kind === 'done') return { rowsLeft: first.rowsLeft, retried: false };
        emit({ kind: 'statement_retried', reason: first.error.facts.logDetail ?? first.error.message });
        await pause(retryPauseMs, request.signal);
        const second = await attempt(way, request);
        if (second.kind === 'lost') throw second.error;
        return { rowsLeft: second.rowsLeft, retried: true };
      }),
    isFull: semaphore.isFull,
    greet: (signal) => greetServer(way.pool.target(), signal),
    close: () => way.pool.close(),
  };
}

type Attempt =
  | { readonly kind: 'done'; readonly rowsLeft: boolean }
  /** The connection was lost before any row came. */
  | { readonly kind: 'lost'; readonly error: CodedError };

async function attempt(way: Way, request: ReadRequest): Promise<Attempt> {
  const opened = await way.pool.acquire(request.signal);
  if (opened.kind === 'lost') return opened;
  const run = new StatementRun(opened, way, request);
  let rowsLeft: boolean;
  try {
    rowsLeft = await run.result();
  } catch (failure) {
    return afterFailure(way, request, run, failure);
  }
  if (!run.releaseUntouched()) await run.release();
  // Cut rows end a statement before it has asked; it is parsed anew then, as one is whose columns have changed.
  if (run.watched === 'changed' || (run.watched === 'untold' && run.wasCut))
    return attempt(way, { ...request, isTimeless: false });
  if (run.watched === 'untold') return attempt(way, request);
  return { kind: 'done', rowsLeft };
}

async function afterFailure(
  way: Way,
  request: ReadRequest,
  run: StatementRun,
  failure: unknown,
): Promise<Attempt> {
  const isAlive = await run.release();
  // The statement has not begun: that one that was kept cannot be used shows when it is bound.
  if (
    run.keepsStatements &&
    (isKeptStatementStale(failure) || (run.watched !== undefined && isOfItsMeaning(failure)))
  )
    return attempt(way, { ...request, isTimeless: false });
  if (run.keepsStatements && isKeptStatementMissing(failure) && !run.hasEnded) {
    way.pool.stopKeeping();
    return attempt(way, request);
  }
  const isLost = !isAlive && isDisconnect(failure);
  const error = statementError(failure, request.sql, isLost);
  if (!isLost) throw error;
  way.pool.distrustOpened();
  if (run.delivered || request.signal?.aborted) throw error;
  return { kind: 'lost', error };
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
