// Turns DataRow payloads into JSON rows and CSV lines, byte for byte, within limits; no cell becomes a JavaScript value
// on the way unless it must be escaped, so nothing can be rounded, shifted or reinterpreted.
//
// DESIGN. The CSV goes into a JSON string of the answer, so it is written escaped at once: a line ends with the two
// bytes of `\n`. Most cells hold no byte that needs care in either form and are copied to both in one loop; the others
// take the slow way through a string. An answer is cut between rows only: a row that does not fit leaves no trace.
import { ByteWriter } from './byte-writer.ts';
import { type CellKind, cellKind } from './column-types.ts';

/** What the encoder needs to know of a column (RowDescription). */
export type ColumnField = { readonly name: string; readonly dataTypeID: number };

export type RowLimits = {
  readonly maxRows: number;
  /** Most bytes of JSON rows and text together. */
  readonly maxBytes: number;
  /** Most bytes of text; rows beyond it are in the JSON only. 0 switches the text off. */
  readonly maxTextBytes: number;
};

/** Which limit cut the rows. */
export type CutBy = 'max_rows' | 'max_result_bytes';

const byte = {
  quote: 0x22,
  comma: 0x2c,
  backslash: 0x5c,
  open: 0x5b,
  close: 0x5d,
  n: 0x6e,
  t: 0x74,
} as const;
const nullText = Buffer.from('null');
const trueText = Buffer.from('true');
const falseText = Buffer.from('false');

/** 1 for bytes that JSON must escape (RFC 8259, section 7) or that make CSV quote the field (RFC 4180). */
const needsCare = Uint8Array.from({ length: 256 }, (_, code) => {
  const special = code === byte.quote || code === byte.comma || code === byte.backslash;
  return code < 0x20 || special ? 1 : 0;
});

/** Turns raw rows into the bytes of an answer as they arrive, and stops at the limits. */
export class RowEncoder {
  readonly maxRowBytes: number;
  fields: readonly ColumnField[] = [];
  rowCount = 0;
  /** Rows that the text holds; fewer than `rowCount` where the text reached its own limit. */
  textRowCount = 0;
  cutBy: CutBy | undefined;
  /** Bytes of the row that alone was too large, where that cut the answer. */
  oversizedRowBytes: number | undefined;
  readonly #limits: RowLimits;
  #kinds: readonly CellKind[] = [];
  #json = new ByteWriter();
  #text = new ByteWriter();
  #textOpen: boolean;

  constructor(limits: RowLimits) {
    this.#limits = limits;
    this.maxRowBytes = limits.maxBytes;
    this.#textOpen = limits.maxTextBytes > 0;
  }

  columns(fields: readonly ColumnField[]): void {
    this.fields = fields;
    this.#kinds = fields.map((field) => cellKind(field.dataTypeID));
  }

  /** Takes one DataRow payload; false once the answer is full, so that the backend can be told to stop. */
  row(bytes: Buffer, start: number, end: number): boolean {
    if (this.rowCount === this.#limits.maxRows) {
      this.cutBy = 'max_rows';
      return true;
    }
    const jsonMark = this.#json.length;
    const textMark = this.#text.length;
    const reserve = (end - start) * 2 + this.#kinds.length * 4 + 4;
    this.#json.reserve(reserve);
    this.#text.reserve(reserve);
    this.#encode(bytes, start);
    if (this.#textOpen && this.#text.length > this.#limits.maxTextBytes) this.#closeText(textMark);
    if (this.#json.length + this.#text.length > this.#limits.maxBytes) {
      this.#json.length = jsonMark;
      this.#text.length = Math.min(textMark, this.#text.length);
      return this.#cut(end - start);
    }
    this.rowCount++;
    if (this.#textOpen) this.textRowCount++;
    return true;
  }

  oversizedRow(payloadBytes: number): void {
    this.#cut(payloadBytes);
  }

  /** The rows as the inside of a JSON array: `[…],[…]`. */
  jsonRows(): Buffer {
    return this.#json.content();
  }

  /** The CSV lines, escaped for the inside of a JSON string, each ended by `\n`. */
  textRows(): Buffer {
    return this.#text.content();
  }

  #cut(rowBytes: number): false {
    this.cutBy = 'max_result_bytes';
    if (this.rowCount === 0) this.oversizedRowBytes = rowBytes;
    return false;
  }

  #closeText(mark: number): void {
    this.#text.length = mark;
    this.#textOpen = false;
  }

  #encode(bytes: Buffer, start: number): void {
    const kinds = this.#kinds;
    let at = start + 2;
    if (this.rowCount > 0) this.#json.writeByte(byte.comma);
    this.#json.writeByte(byte.open);
    for (let index = 0; index < kinds.length; index++) {
      if (index > 0) this.#separate();
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length === -1) this.#json.length += nullText.copy(this.#json.reserve(4), this.#json.length);
      else {
        this.#cell(kinds[index] ?? 'text', bytes, at, at + length);
        at += length;
      }
    }
    this.#json.writeByte(byte.close);
    if (this.#textOpen) this.#endLine();
  }

  #separate(): void {
    this.#json.writeByte(byte.comma);
    if (this.#textOpen) this.#text.writeByte(byte.comma);
  }

  #endLine(): void {
    this.#text.writeByte(byte.backslash);
    this.#text.writeByte(byte.n);
  }

  #cell(kind: CellKind, bytes: Buffer, start: number, end: number): void {
    if (kind === 'integer' || (kind === 'float' && isFiniteFloat(bytes, end)))
      this.#number(bytes, start, end);
    else if (kind === 'boolean') this.#boolean(bytes[start] === byte.t);
    else if (!this.#plainText(bytes, start, end)) this.#escapedText(bytes.toString('utf8', start, end));
  }

  #number(bytes: Buffer, start: number, end: number): void {
    const json = this.#json.reserve(end - start);
    for (let at = start; at < end; at++) json[this.#json.length++] = bytes[at] ?? 0;
    if (!this.#textOpen) return;
    const text = this.#text.reserve(end - start);
    for (let at = start; at < end; at++) text[this.#text.length++] = bytes[at] ?? 0;
  }

  #boolean(value: boolean): void {
    const word = value ? trueText : falseText;
    this.#json.length += word.copy(this.#json.reserve(word.length), this.#json.length);
    if (this.#textOpen) this.#text.length += word.copy(this.#text.reserve(word.length), this.#text.length);
  }

  /** Copies a cell that needs no escaping anywhere; false, with nothing written, where it does. */
  #plainText(bytes: Buffer, start: number, end: number): boolean {
    if (start === end) return false;
    const json = this.#json.reserve(end - start + 2);
    const text = this.#text.reserve(end - start);
    let jsonAt = this.#json.length;
    let textAt = this.#text.length;
    json[jsonAt++] = byte.quote;
    for (let at = start; at < end; at++) {
      const value = bytes[at] ?? 0;
      if (needsCare[value] === 1) return false;
      json[jsonAt++] = value;
      text[textAt++] = value;
    }
    json[jsonAt++] = byte.quote;
    this.#json.length = jsonAt;
    if (this.#textOpen) this.#text.length = textAt;
    return true;
  }

  #escapedText(cell: string): void {
    this.#json.writeText(JSON.stringify(cell));
    if (this.#textOpen) this.#text.writeText(JSON.stringify(csvField(cell)).slice(1, -1));
  }
}

/** A CSV field as COPY writes it: NULL is nothing, the empty string is `""` (manual, COPY, "CSV Format"). */
function csvField(cell: string): string {
  return cell === '' || /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Postgres prints `NaN`, `Infinity` and `-Infinity`, which JSON has no number for. */
function isFiniteFloat(bytes: Buffer, end: number): boolean {
  const last = bytes[end - 1] ?? 0;
  return last >= 0x30 && last <= 0x39;
}
