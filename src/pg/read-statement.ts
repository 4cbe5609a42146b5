// One statement inside its own read-only transaction, sent as one pipeline of the extended query protocol: a failure
// in any step makes Postgres skip all later ones (manual, 55.2.4), so the text can never run outside the transaction.
import { CodedError, toCodedError } from '../base/errors.ts';
import type { DriverConnection, DriverStatement, FieldDescription } from './driver.ts';
import type { RowReader } from './frame-gate.ts';
import { commandsBefore, type Frame, type PipelineStatement, pipelineBytes } from './pipeline.ts';
import type { Preparation } from './prepared-statements.ts';

/** Takes what a statement returns. */
export type RowSink = {
  /** Largest row, in bytes on the wire, that is wanted at all. */
  readonly maxRowBytes: number;
  /** Called once before any row; a second call (after the one retry) starts afresh. */
  columns(fields: readonly FieldDescription[]): void;
  /** The payload of one DataRow stands in `bytes` from `start` to `end`, valid during the call; false: no more rows. */
  row(bytes: Buffer, start: number, end: number): boolean;
  /** One row was larger than `maxRowBytes` and was dropped; no row follows. */
  oversizedRow(payloadBytes: number): void;
};

export type ReadStatementOptions = PipelineStatement & {
  readonly frame: Frame;
  readonly preparation: Preparation;
  readonly sink: RowSink;
  /** The sink wants no more rows: the backend should be told to stop. `huge`: a row too large to wait for. */
  readonly onEnough: (huge: boolean) => void;
};

/** A row larger than this is not read to its end: the connection is given up instead. */
const hugeRowBytes = 4 * 1_048_576;

export class ReadStatement implements DriverStatement, RowReader {
  /** Resolves at ReadyForQuery; rejects with what node-postgres or Postgres reports. */
  readonly finished: Promise<void>;
  readonly maxRowBytes: number;
  /** True once a row has been read: from then on nothing may be run twice. */
  delivered = false;
  /** True where Postgres held back rows beyond `rowLimit`. */
  rowsLeft = false;
  /** The columns of the result, once they are known. */
  columns: readonly FieldDescription[] | undefined;
  /** True where Postgres says that it ran something else than a read: its session may not be what it was. */
  wasNoRead = false;
  readonly #options: ReadStatementOptions;
  #connection: DriverConnection | undefined;
  /** Commands that end before the statement begins; below 0 it is over. */
  #commandsBefore = commandsBefore;
  #enough = false;
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(options: ReadStatementOptions) {
    this.#options = options;
    this.maxRowBytes = options.sink.maxRowBytes;
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.finished.catch(() => undefined);
  }

  /** True once Postgres has run the statement, however much of it. */
  get hasEnded(): boolean {
    return this.#commandsBefore < 0;
  }

  submit(connection: DriverConnection): Error | undefined {
    this.#connection = connection;
    connection.gate.reader = this;
    const { frame, preparation, sink } = this.#options;
    this.columns = preparation.columns;
    if (this.columns !== undefined) sink.columns(this.columns);
    connection.stream.write(pipelineBytes(frame, this.#options, preparation));
    return undefined;
  }

  handleRowDescription(message: { readonly fields: readonly FieldDescription[] }): void {
    if (this.#commandsBefore !== 0) return;
    this.columns = message.fields;
    this.#options.sink.columns(message.fields);
  }

  row(bytes: Buffer, start: number, end: number): void {
    if (this.#commandsBefore === -1) this.#options.preparation.watch?.answer(bytes, start);
    if (this.#commandsBefore !== 0 || this.#enough) return;
    this.delivered = true;
    try {
      if (!this.#options.sink.row(bytes, start, end)) this.#stop(false);
    } catch (error) {
      // Thrown inside the socket's callback it would end the process.
      this.#enough = true;
      this.#connection?.stream.destroy(toCodedError(error));
    }
  }

  oversizedRow(payloadBytes: number): void {
    if (this.#commandsBefore !== 0 || this.#enough) return;
    this.delivered = true;
    this.#options.sink.oversizedRow(payloadBytes);
    this.#stop(payloadBytes > hugeRowBytes);
  }

  commandSuspended(): void {
    if (this.#commandsBefore === 0) this.rowsLeft = true;
    this.#commandsBefore--;
  }

  commandEnded(bytes: Buffer, start: number, end: number): void {
    if (this.#commandsBefore === 0) this.wasNoRead = !isTagOfRead(bytes.toString('latin1', start, end));
    this.#commandsBefore--;
  }

  handleReadyForQuery(): void {
    this.#detach();
    this.#resolve();
  }

  handleError(error: Error): void {
    this.#detach();
    this.#reject(error);
  }

  /** Unreachable behind the guard; node-postgres would otherwise call a missing method and end the process. */
  handleCopyInResponse(): void {
    this.#connection?.stream.destroy(copyRefused());
  }

  handleCopyData(): void {
    this.#connection?.stream.destroy(copyRefused());
  }

  /** Rows go to `row` through the gate; one that was under way when the gate let go is dropped. */
  handleDataRow(): void {}

  // The gate keeps the ends of commands for `commandEnded`; one that was under way when it let go tells nothing new.
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
  handleCommandComplete(): void {}

  #stop(huge: boolean): void {
    this.#enough = true;
    this.#options.onEnough(huge);
  }

  #detach(): void {
    if (this.#connection?.gate.reader === this) this.#connection.gate.reader = undefined;
  }
}

/** Command tags (manual, 55.7, CommandComplete) of SELECT, VALUES and TABLE, of EXPLAIN and of SHOW; none for no text. */
function isTagOfRead(tag: string): boolean {
  return tag.startsWith('SELECT ') || tag === 'EXPLAIN\0' || tag === 'SHOW\0' || tag === '';
}

function copyRefused(): CodedError {
  return new CodedError('DB_ERROR', 'COPY is not served');
}
