// Puts encoded rows together into the answer of the query tool: data, text, and the line that says what was cut.
// It never leaves a cut unsaid.
import { isUtf8 } from 'node:buffer';
import { columnsJson } from './result-shape.ts';
import type { RowEncoder, RowLimits } from './row-encoder.ts';
import { type TextFormat, textOfRows } from './text-formats.ts';

export type QueryAnswerParts = {
  readonly encoder: RowEncoder;
  /** One name per column, in order; asked for only where users made one of the types. */
  readonly typeNames?: readonly string[] | undefined;
  readonly format: TextFormat;
  readonly limits: RowLimits;
  /** The highest `max_rows` that a caller may ask for. */
  readonly maxRowsAllowed: number;
  readonly elapsedMs: number;
};

/** Part of an answer, ready to stand inside JSON: text where it is short, UTF-8 bytes where it is long. */
type Encoded = string | Buffer;

/** The answer encoded, with the forms that programs read made only when they are asked for. */
export type QueryAnswer = {
  readonly structured: Record<string, unknown>;
  readonly text: string;
  readonly encoded: { readonly structured: Encoded; readonly text: Encoded };
};

/** The answer of the query tool: data, text, and both already encoded. */
export function queryAnswer(parts: QueryAnswerParts): QueryAnswer {
  return new EncodedAnswer(encodedData(parts), encodedText(parts));
}

/** A class, because V8 makes the accessors of an object literal anew, and slowly, for each object. */
class EncodedAnswer implements QueryAnswer {
  readonly encoded: QueryAnswer['encoded'];

  constructor(structured: Encoded, text: Encoded) {
    this.encoded = { structured, text };
  }

  get structured(): Record<string, unknown> {
    return JSON.parse(this.encoded.structured.toString());
  }

  get text(): string {
    return JSON.parse(`"${this.encoded.text.toString()}"`);
  }
}

function encodedData({ encoder, typeNames, elapsedMs }: QueryAnswerParts): Encoded {
  const { cutBy, fields, shape } = encoder;
  const columns = shape.columnsJson ?? columnsJson(fields, typeNames ?? []);
  const cut = cutBy === undefined ? '"truncated":false' : `"truncated":true,"truncated_by":"${cutBy}"`;
  return joined(
    `{"columns":[${columns}],"rows":[`,
    encoder.jsonRows(),
    `],"row_count":${encoder.rowCount},${cut},"elapsed_ms":${tenths(elapsedMs)}}`,
  );
}

/** A number from 0 with at most one decimal; V8 prints whole ones a good deal faster than others. */
function tenths(value: number): string {
  const count = Math.max(0, Math.round(value * 10));
  const rest = count % 10;
  return rest === 0 ? `${count / 10}` : `${(count - rest) / 10}.${rest}`;
}

function encodedText(parts: QueryAnswerParts): Encoded {
  const { encoder, format, limits } = parts;
  if (format === 'csv') {
    const head = JSON.stringify(`${headline(parts, encoder.textRowCount)}\n`).slice(1, -1);
    return joined(head + encoder.shape.csvHeader, encoder.textRows(), '');
  }
  const budget = Math.max(0, Math.min(limits.maxTextBytes, limits.maxBytes - encoder.jsonRows().length));
  const body = textOfRows(encoder, format, budget);
  return JSON.stringify(`${headline(parts, body.rowCount)}\n${body.text}`).slice(1, -1);
}

/** Below this the bytes cost less as text, which Node sends in one piece with the headers. */
const shortBytes = 4_096;

/**
 * A SQL_ASCII database may hold bytes of any encoding, but JSON must be UTF-8 (RFC 8259, section 8.1): what is not
 * becomes the replacement character.
 */
function joined(head: string, rows: Buffer, tail: string): Encoded {
  if (rows.length < shortBytes || !isUtf8(rows)) return `${head}${rows.toString('utf8')}${tail}`;
  return Buffer.concat([Buffer.from(head), rows, Buffer.from(tail)]);
}

/** One line: how many rows, what was cut by which limit, and how to get the rest. */
function headline(parts: QueryAnswerParts, textRowCount: number): string {
  const { encoder, limits } = parts;
  const count = `${encoder.rowCount} ${encoder.rowCount === 1 ? 'row' : 'rows'}`;
  const cut = cutText(parts);
  const shown =
    textRowCount < encoder.rowCount
      ? `; this text shows the first ${textRowCount}, structuredContent has all: ${howToSeeAll(limits)} to see them here`
      : '';
  return `${count}${cut}${shown}`;
}

function howToSeeAll({ maxTextBytes, maxBytes }: QueryAnswerParts['limits']): string {
  const wasAskedFor = maxTextBytes >= maxBytes;
  return wasAskedFor ? 'select fewer or shorter columns' : 'set max_rows, or select fewer columns,';
}

function cutText({ encoder, limits, maxRowsAllowed }: QueryAnswerParts): string {
  if (encoder.cutBy === undefined) return '';
  if (encoder.cutBy === 'max_rows') {
    const instead =
      limits.maxRows < maxRowsAllowed
        ? `: raise max_rows (up to ${maxRowsAllowed}), `
        : ', the most that may be asked for: ';
    return `, more exist; cut by max_rows = ${limits.maxRows}${instead}aggregate, or narrow the WHERE clause`;
  }
  if (encoder.oversizedRowBytes !== undefined) {
    return `; the first row alone has ${encoder.oversizedRowBytes} bytes, cut by the limit of ${limits.maxBytes} bytes an answer: select less of it, for example left(column, 1000) or length(column)`;
  }
  return `, more exist; cut by the limit of ${limits.maxBytes} bytes an answer: select fewer or shorter columns, or aggregate`;
}
