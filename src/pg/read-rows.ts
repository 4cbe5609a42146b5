// Reads small results whole, as text cells: for SQL of our own and for plans; it never serves an analyst's rows.
import { CodedError } from '../base/errors.ts';
import type { Database } from './database.ts';
import type { RowSink } from './read-statement.ts';
import type { SessionLimits } from './session-settings.ts';
import { textCells } from './text-cells.ts';

/** Rows of a statement, every cell as Postgres' text form or null. */
export type TextRows = readonly (readonly (string | null)[])[];

/** Runs our own statement; throws CodedError (`DB_…`, `QUEUE_…`). */
export type ReadRows = (
  sql: string,
  parameters?: readonly (string | null)[],
  signal?: AbortSignal,
) => Promise<TextRows>;

/** Bounds that our own reads stay far below; one that meets them is a defect, not a cut. */
const maxBytes = 256 * 1_048_576;

/** A sink that keeps every row; `rows` is complete once the read has ended. */
export class TextRowsSink implements RowSink {
  readonly maxRowBytes: number;
  rows: (string | null)[][] = [];
  #bytesLeft: number;
  readonly #maxBytes: number;

  constructor(limitBytes = maxBytes) {
    this.maxRowBytes = limitBytes;
    this.#maxBytes = limitBytes;
    this.#bytesLeft = limitBytes;
  }

  columns(): void {
    this.rows = [];
    this.#bytesLeft = this.#maxBytes;
  }

  row(bytes: Buffer, start: number, end: number): boolean {
    this.#bytesLeft -= end - start;
    if (this.#bytesLeft >= 0) this.rows.push(textCells(bytes, start));
    return this.#bytesLeft >= 0;
  }

  oversizedRow(payloadBytes: number): void {
    this.#bytesLeft -= payloadBytes;
  }

  /** The rows, or LIMIT_VALUE_SIZE where they were larger than the sink keeps. */
  complete(): TextRows {
    if (this.#bytesLeft >= 0) return this.rows;
    throw new CodedError('LIMIT_VALUE_SIZE', `the result is larger than ${this.#maxBytes} bytes`);
  }
}

/** Reads with the limits of the session that `settings` gives at the time of the call. */
export function createReadRows(database: Database, settings: () => SessionLimits): ReadRows {
  return async (sql, parameters = [], signal = undefined) => {
    const sink = new TextRowsSink();
    await database.read({ ...settings(), sql, parameters, rowLimit: 0, sink, signal });
    return sink.complete();
  };
}
