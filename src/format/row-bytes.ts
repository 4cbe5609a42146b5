// Writes rows as Postgres sends them into JSON and CSV bytes, side by side; it knows no limit and no column name.
//
// DESIGN. The CSV goes into a JSON string of the answer, so it is written escaped at once: a line ends with the two
// bytes of `\n`. Most cells hold no byte that needs care in either form and are copied to both in one loop; the others
// are escaped byte for byte, since a string for each of them would cost more than all the rest.
import { ByteWriter } from './byte-writer.ts';
import type { CellKind } from './column-types.ts';
import { care, careOfByte, extraOfByte, jsonEscapes } from './escapes.ts';

const byte = { quote: 0x22, comma: 0x2c, open: 0x5b, backslash: 0x5c, close: 0x5d, t: 0x74 } as const;
const nullText = Buffer.from('null');
const trueText = Buffer.from('true');
const falseText = Buffer.from('false');
const lineEnd = Buffer.from('\\n');
const jsonQuote = Buffer.from('\\"');

export class RowBytes {
  /** Rows as the inside of a JSON array. */
  readonly json = new ByteWriter();
  /** CSV lines as the inside of a JSON string. */
  readonly text = new ByteWriter();

  /** Appends the row whose DataRow payload (manual, 55.7) stands in `bytes` from `start` to `end`. */
  append(kinds: readonly CellKind[], bytes: Buffer, start: number, end: number): void {
    const { json, text } = this;
    this.#reserve(kinds, end - start);
    let at = start + 2;
    if (json.length > 0) json.put(byte.comma);
    json.put(byte.open);
    for (let index = 0; index < kinds.length; index++) {
      if (index > 0) {
        json.put(byte.comma);
        text.put(byte.comma);
      }
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length === -1) json.putAll(nullText);
      else {
        const cellEnd = at + length;
        if (!this.#plainCell(kinds[index] ?? 'text', bytes, at, cellEnd)) {
          this.#escapedCell(bytes, at, cellEnd);
          this.#reserve(kinds, end - cellEnd);
        }
        at = cellEnd;
      }
    }
    json.put(byte.close);
    text.putAll(lineEnd);
  }

  /**
   * Room for a row, or the rest of one, of plain cells: two quotes and a comma fit into the four bytes of a cell's
   * length on the wire, and two bytes more hold `null` or `false`. Other cells ask for room themselves.
   */
  #reserve(kinds: readonly CellKind[], payloadBytes: number): void {
    const room = payloadBytes + kinds.length * 2 + 4;
    this.json.reserve(room);
    this.text.reserve(room);
  }

  /** False, with nothing written, where a byte of the cell needs care. */
  #plainCell(kind: CellKind, bytes: Buffer, start: number, end: number): boolean {
    if (kind === 'boolean') {
      const word = bytes[start] === byte.t ? trueText : falseText;
      this.json.putAll(word);
      this.text.putAll(word);
      return true;
    }
    const isNumber = kind === 'integer' || (kind === 'float' && isFiniteFloat(bytes, end));
    return isNumber ? this.#copy(bytes, start, end, 0) : start < end && this.#copy(bytes, start, end, 1);
  }

  #copy(bytes: Buffer, start: number, end: number, quotes: number): boolean {
    const json = this.json.bytes;
    const text = this.text.bytes;
    let jsonAt = this.json.length + quotes;
    let textAt = this.text.length;
    for (let at = start; at < end; at++) {
      const value = bytes[at] ?? 0;
      if (careOfByte[value] !== care.none) return false;
      json[jsonAt++] = value;
      text[textAt++] = value;
    }
    if (quotes === 1) {
      json[this.json.length] = byte.quote;
      json[jsonAt++] = byte.quote;
    }
    this.json.length = jsonAt;
    this.text.length = textAt;
    return true;
  }

  #escapedCell(bytes: Buffer, start: number, end: number): void {
    const { json, text } = this;
    const { cares, escapeBytes, quoteCount } = weigh(bytes, start, end);
    json.reserve(end - start + escapeBytes + quoteCount + 2);
    text.reserve(end - start + escapeBytes + quoteCount * 3 + 4);
    // COPY writes NULL as nothing and the empty string as `""` (manual, COPY, "CSV Format").
    const inQuotes = start === end || (cares & care.csvQuotes) !== 0;
    json.put(byte.quote);
    if (inQuotes) text.putAll(jsonQuote);
    this.#escape(bytes, start, end);
    json.put(byte.quote);
    if (inQuotes) text.putAll(jsonQuote);
  }

  #escape(bytes: Buffer, start: number, end: number): void {
    const json = this.json.bytes;
    const text = this.text.bytes;
    let jsonAt = this.json.length;
    let textAt = this.text.length;
    for (let at = start; at < end; at++) {
      const value = bytes[at] ?? 0;
      if ((careOfByte[value] ?? 0) < care.escape) {
        json[jsonAt++] = value;
        text[textAt++] = value;
      } else if (value === byte.quote) {
        json[jsonAt++] = text[textAt++] = byte.backslash;
        json[jsonAt++] = text[textAt++] = byte.quote;
        text[textAt++] = byte.backslash;
        text[textAt++] = byte.quote;
      } else {
        jsonAt += jsonEscapes[value]?.copy(json, jsonAt) ?? 0;
        textAt += jsonEscapes[value]?.copy(text, textAt) ?? 0;
      }
    }
    this.json.length = jsonAt;
    this.text.length = textAt;
  }
}

/** What the bytes of a cell ask for together. CSV doubles a quote, and JSON escapes both. */
function weigh(bytes: Buffer, start: number, end: number) {
  let cares = 0;
  let escapeBytes = 0;
  let quoteCount = 0;
  for (let at = start; at < end; at++) {
    const value = bytes[at] ?? 0;
    cares |= careOfByte[value] ?? 0;
    if (value === byte.quote) quoteCount++;
    else escapeBytes += extraOfByte[value] ?? 0;
  }
  return { cares, escapeBytes, quoteCount };
}

/** Postgres prints `NaN`, `Infinity` and `-Infinity`, which JSON has no number for. */
function isFiniteFloat(bytes: Buffer, end: number): boolean {
  const last = bytes[end - 1] ?? 0;
  return last >= 0x30 && last <= 0x39;
}
