// Turns DataRow payloads into JSON rows and CSV lines, byte for byte, within limits; no cell becomes a JavaScript value
// on the way, so nothing can be rounded, shifted or reinterpreted.
import { type ColumnField, type ResultShape, resultShape } from './result-shape.ts';
import { RowBytes } from './row-bytes.ts';

export type RowLimits = {
  readonly maxRows: number;
  /** Most bytes of JSON rows and text together. */
  readonly maxBytes: number;
  /** Most bytes of text; rows beyond it are in the JSON only. 0 switches the text off. */
  readonly maxTextBytes: number;
};

/** Which limit cut the rows. */
export type CutBy = 'max_rows' | 'max_result_bytes';

const shapeOfNothing = resultShape([]);

/** Collects rows until a limit says stop; a row that does not fit leaves no trace. */
export class RowEncoder {
  readonly maxRowBytes: number;
  fields: readonly ColumnField[] = [];
  shape: ResultShape = shapeOfNothing;
  rowCount = 0;
  /** Rows that the text holds; fewer than `rowCount` where the text reached its own limit. */
  textRowCount = 0;
  cutBy: CutBy | undefined;
  /** Bytes of the row that alone was too large, where that cut the answer. */
  oversizedRowBytes: number | undefined;
  readonly #limits: RowLimits;
  readonly #rows = new RowBytes();
  #textOpen: boolean;

  constructor(limits: RowLimits) {
    this.#limits = limits;
    this.maxRowBytes = limits.maxBytes;
    this.#textOpen = limits.maxTextBytes > 0;
  }

  columns(fields: readonly ColumnField[]): void {
    this.fields = fields;
    this.shape = resultShape(fields);
  }

  /** Takes one DataRow payload; false once the answer is full, so that the backend can be told to stop. */
  row(bytes: Buffer, start: number, end: number): boolean {
    if (this.rowCount === this.#limits.maxRows) {
      this.cutBy = 'max_rows';
      return true;
    }
    const { json, text } = this.#rows;
    const jsonMark = json.length;
    const textMark = text.length;
    this.#rows.append(this.shape.kinds, bytes, start, end);
    if (text.length > this.#limits.maxTextBytes) this.#textOpen = false;
    if (!this.#textOpen) text.length = textMark;
    // A first row that fits once only is told once: better without its text than not at all.
    if (this.rowCount === 0 && json.length + text.length > this.#limits.maxBytes) {
      this.#textOpen = false;
      text.length = textMark;
    }
    if (json.length + text.length > this.#limits.maxBytes) {
      const rowBytes = json.length - jsonMark;
      json.length = jsonMark;
      text.length = textMark;
      return this.#cut(rowBytes);
    }
    this.rowCount++;
    if (this.#textOpen) this.textRowCount++;
    return true;
  }

  oversizedRow(payloadBytes: number): void {
    if (this.rowCount === this.#limits.maxRows) this.cutBy = 'max_rows';
    else this.#cut(payloadBytes);
  }

  /** The rows as the inside of a JSON array: `[…],[…]`. */
  jsonRows(): Buffer {
    return this.#rows.json.content();
  }

  /** The CSV lines, escaped for the inside of a JSON string, each ended by `\n`. */
  textRows(): Buffer {
    return this.#rows.text.content();
  }

  #cut(rowBytes: number): false {
    this.cutBy = 'max_result_bytes';
    if (this.rowCount === 0) this.oversizedRowBytes = rowBytes;
    return false;
  }
}
