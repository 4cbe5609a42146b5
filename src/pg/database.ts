// The way to Postgres: a slot, a connection, one statement in its own read-only transaction, at most one retry.
//
// DESIGN. A read holds its slot until its connection is clean or given up, so connections never outnumber slots. A
// statement is stopped by a CancelRequest while its connection is still held, and a ROLLBACK is run after it, so that
// a request that arrives late can only meet that ROLLBACK and never the next analyst's statement. After a disconnect
// every connection opened before it is suspect and is replaced when its turn comes. A connection on which Postgres ran
// anything but a read is given up, so that what a statement might leave in a session never meets the next one.
import type { ConnectionSettings } from '../base/connection-settings.ts';
import { CodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import { requestCancel } from './cancel-request.ts';
import { type ConnectionPool, createConnectionPool, type Opened } from './connection-pool.ts';
import type { DriverClient } from './driver.ts';
import { greetServer } from './greet-server.ts';
import { notKept, type Preparation } from './prepared-statements.ts';
import { ReadStatement, type RowSink } from './read-statement.ts';
import { createSemaphore } from './semaphore.ts';
import type { SessionLimits } from './session-settings.ts';
import {
  isDisconnect,
  isKeptStatementMissing,
  isKeptStatementStale,
  isOfItsMeaning,
  statementError,
} from './sqlstate.ts';
import { createFrames, type FrameOf } from './statement-frames.ts';
import type { RelationName } from './table-watch.ts';

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

export type ReadRequest = SessionLimits & {
  /** One statement; it is sent as it is, by the extended protocol. */
  readonly sql: string;
  /** Text forms of the values of $1, $2, …; null is SQL null. */
  readonly parameters: readonly (string | null)[];
  /** Most rows that Postgres may send; 0 means all. */
  readonly rowLimit: number;
  /** True where the text means the same whenever it is parsed, so that the connection may keep it parsed. */
  readonly isTimeless?: boolean;
  /** The relations that the text names. Where they are not known, a text with parameters is not kept. */
  readonly relations?: readonly RelationName[];
  readonly sink: RowSink;
  readonly signal?: AbortSignal | undefined;
  /** Told once the read has a place, and how long it waited for that. */
  readonly onTurn?: (queuedMs: number) => void;
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

type StopReason = 'client' | 'shutdown' | 'limit' | 'deadline';

/** The server's own deadline beyond statement_timeout, for a backend or a network that answers nothing. */
const backstopGraceMs = 2_000;
/** How long a stopped statement may take to end, and the ROLLBACK after a failure, before the connection is dropped. */
const settleMs = 1_000;
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

/** What all reads of one database share. */
type Way = {
  readonly pool: ConnectionPool;
  readonly frameOf: FrameOf;
  readonly emit: Emit;
};

type Attempt =
  | { readonly kind: 'done'; readonly rowsLeft: boolean }
  /** The connection was lost before any row came. */
  | { readonly kind: 'lost'; readonly error: CodedError };

async function attempt(way: Way, request: ReadRequest): Promise<Attempt> {
  const opened = await way.pool.acquire(request.signal);
  if (opened.kind === 'lost') return opened;
  const run = new Run(opened, way, request);
  let rowsLeft: boolean;
  try {
    rowsLeft = await run.result();
  } catch (failure) {
    return afterFailure(way, request, run, failure);
  }
  if (!run.releaseUntouched()) await run.release();
  if (run.mayBeStale) return attempt(way, { ...request, isTimeless: false });
  return { kind: 'done', rowsLeft };
}

async function afterFailure(way: Way, request: ReadRequest, run: Run, failure: unknown): Promise<Attempt> {
  const isAlive = await run.release();
  // The statement has not begun: that one that was kept cannot be used shows when it is bound.
  if (run.keepsStatements && (isKeptStatementStale(failure) || (run.mayBeStale && isOfItsMeaning(failure))))
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

/** One statement on one connection, with everything that may stop it. */
class Run {
  readonly #client: DriverClient;
  readonly #pool: ConnectionPool;
  readonly #request: ReadRequest;
  readonly #emit: Emit;
  readonly #statement: ReadStatement;
  readonly #preparation: Preparation;
  readonly #wasParsed: boolean;
  readonly keepsStatements: boolean;
  #stopReason: StopReason | undefined;
  #cancelling: Promise<void> | undefined;
  #failure: unknown;

  constructor({ client, prepared }: Opened, { pool, frameOf, emit }: Way, request: ReadRequest) {
    this.#client = client;
    this.#pool = pool;
    this.#request = request;
    this.#emit = emit;
    this.keepsStatements = prepared !== undefined;
    const frame = frameOf(request, this.keepsStatements);
    // Never shared between analysts: a plan may hold what a policy of row-level security was told of one of them.
    const watched = request.parameters.length > 0 ? request.relations : [];
    const kept =
      request.isTimeless === true && watched !== undefined
        ? prepared?.take(request.sql, frame.id, watched)
        : undefined;
    this.#preparation = kept ?? notKept;
    this.#wasParsed = this.#preparation.isParsed;
    this.#statement = new ReadStatement({
      sql: request.sql,
      parameters: request.parameters,
      rowLimit: request.rowLimit,
      frame,
      preparation: this.#preparation,
      sink: request.sink,
      onEnough: (huge) => this.#stop('limit', huge),
    });
  }

  get delivered(): boolean {
    return this.#statement.delivered;
  }

  /** True where the text was parsed before, and parameters may have been read as what their columns no longer are. */
  get mayBeStale(): boolean {
    const { watch } = this.#preparation;
    return this.#wasParsed && watch !== undefined && !watch.holds;
  }

  get hasEnded(): boolean {
    return this.#statement.hasEnded;
  }

  /** Whether rows were held back; rejects with the driver's error, or a CodedError where the run was stopped. */
  async result(): Promise<boolean> {
    const { signal, statementTimeoutMs } = this.#request;
    const onAbort = () => this.#stop(reasonOf(signal), false);
    const backstop = setTimeout(() => this.#stop('deadline', false), statementTimeoutMs + backstopGraceMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      this.#client.query(this.#statement);
      if (signal?.aborted) onAbort();
      await this.#statement.finished;
      if (this.mayBeStale) this.#preparation.forget();
      else this.#preparation.keep(this.#statement.columns);
    } catch (error) {
      this.#failure = error;
      this.#preparation.forget();
      if (this.#stopReason === undefined) throw error;
    } finally {
      clearTimeout(backstop);
      signal?.removeEventListener('abort', onAbort);
    }
    if (this.#stopReason === 'deadline') throw serverDeadline(statementTimeoutMs);
    if (this.#stopReason === 'client' || this.#stopReason === 'shutdown')
      throw new CodedError('CANCELLED', 'the call was cancelled');
    return this.#statement.rowsLeft || this.#stopReason === 'limit';
  }

  /** Gives the connection back where nothing has stopped the statement and its transaction is over; else does nothing. */
  releaseUntouched(): boolean {
    const isUntouched =
      this.#failure === undefined && this.#stopReason === undefined && !this.#statement.wasNoRead;
    const isClean = isUntouched && this.#client.getTransactionStatus() === 'I';
    if (isClean) this.#pool.release(this.#client);
    return isClean;
  }

  /** Gives the connection back clean, or gives it up; false where it was lost. */
  async release(): Promise<boolean> {
    await this.#cancelling;
    const isAlive = await this.#pool.rollback(this.#client, settleMs);
    const isChanged = this.#statement.wasNoRead || isKeptStatementMissing(this.#failure);
    if (isAlive && !isChanged) this.#pool.release(this.#client);
    else
      this.#pool.discard(
        this.#client,
        this.#stopReason ?? (isAlive ? 'changed session' : 'failed statement'),
      );
    return isAlive;
  }

  #stop(reason: StopReason, huge: boolean): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#emit({ kind: 'statement_cancelled', reason });
    this.#cancelling = this.#cancel(huge);
  }

  /** Nothing is read while the request is under way: what the backend still sends stays in the network's buffers. */
  async #cancel(huge: boolean): Promise<void> {
    const { stream } = this.#client.connection;
    const giveUp = setTimeout(() => stream.destroy(), settleMs);
    if (huge) stream.destroy();
    else stream.pause();
    try {
      await requestCancel(this.#client, this.#pool.target(), settleMs);
      stream.resume();
      await this.#statement.finished.catch(() => undefined);
    } finally {
      clearTimeout(giveUp);
    }
  }
}

function reasonOf(signal: AbortSignal | undefined): StopReason {
  const reason: unknown = signal?.reason;
  return reason instanceof CodedError && reason.code === 'SHUTTING_DOWN' ? 'shutdown' : 'client';
}

function serverDeadline(statementTimeoutMs: number): CodedError {
  return new CodedError('LIMIT_STATEMENT_TIMEOUT', 'the database gave no answer within the time limit', {
    detail: `The statement timeout is ${statementTimeoutMs} ms.`,
  });
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
