// One statement on one connection, with everything that may stop it: the caller, the limits, a backend that says nothing.
import { CodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import { requestCancel } from './cancel-request.ts';
import type { ConnectionPool, Opened } from './connection-pool.ts';
import type { DriverClient } from './driver.ts';
import { notKept, type Preparation } from './prepared-statements.ts';
import { ReadStatement, type RowSink } from './read-statement.ts';
import type { SessionLimits } from './session-settings.ts';
import { isKeptStatementMissing } from './sqlstate.ts';
import type { FrameOf } from './statement-frames.ts';
import type { RelationName, Watched } from './table-watch.ts';

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

/** What all reads of one database share. */
export type Way = {
  readonly pool: ConnectionPool;
  readonly frameOf: FrameOf;
  readonly emit: Emit;
};

type StopReason = 'client' | 'shutdown' | 'limit' | 'deadline';

/** The server's own deadline beyond statement_timeout, for a backend or a network that answers nothing. */
const backstopGraceMs = 2_000;
/** How long a stopped statement may take to end, and the ROLLBACK after a failure, before the connection is dropped. */
const settleMs = 1_000;
/** One statement on one connection, with everything that may stop it. */
export class StatementRun {
  readonly #client: DriverClient;
  readonly #pool: ConnectionPool;
  readonly #request: ReadRequest;
  readonly #emit: Emit;
  readonly #statement: ReadStatement;
  readonly #preparation: Preparation;
  readonly #wasParsed: boolean;
  readonly keepsStatements: boolean;
  /** Of a text that was parsed before and has parameters: what is known of the columns that they take their types from. */
  watched: Watched | undefined;
  #stopReason: StopReason | undefined;
  #cancelling: Promise<void> | undefined;
  #failure: unknown;

  /** Sends nothing yet. */
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

  /** True where its rows were enough before they had all come. */
  get wasCut(): boolean {
    return this.#stopReason === 'limit';
  }

  get delivered(): boolean {
    return this.#statement.delivered;
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
      this.#lookAtWatch();
      if (this.watched === 'changed') this.#preparation.forget();
      else this.#preparation.keep(this.#statement.columns);
    } catch (error) {
      this.#failure = error;
      this.#lookAtWatch();
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

  // Before the connection is given back: whoever has it next asks the same watch.
  #lookAtWatch(): void {
    if (this.#wasParsed) this.watched = this.#preparation.watch?.watched;
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
