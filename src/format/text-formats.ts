// The text forms beside CSV that a caller may ask for, made from rows already encoded; it changes no value.
import type { RowEncoder } from './row-encoder.ts';

/** How the text of an answer writes rows. */
export const textFormats = ['csv', 'markdown', 'json'] as const;

/** One of them. */
export type TextFormat = (typeof textFormats)[number];

/** A number stays the text it was written as: reading and printing it again would turn -0 into 0. */
type NumberText = { readonly digits: string };
type Cell = string | boolean | null | NumberText;
type TextOfRows = { readonly text: string; readonly rowCount: number };

/** Rows as a Markdown table or as JSON arrays, one row a line, cut between rows at `maxBytes`. */
export function textOfRows(
  encoder: RowEncoder,
  format: Exclude<TextFormat, 'csv'>,
  maxBytes: number,
): TextOfRows {
  const names = encoder.fields.map(({ name }) => name);
  const rows = parseRows(encoder);
  const lines = rows.map(format === 'json' ? jsonLine : markdownLine);
  const head =
    format === 'json'
      ? JSON.stringify(names)
      : `| ${names.map(markdownCell).join(' | ')} |\n|${' --- |'.repeat(names.length)}`;
  return cutAt(head, lines, maxBytes);
}

/** `source` is the text of a primitive value (ECMAScript proposal "JSON.parse source text access", in Node 22 on). */
type Reviver = (key: string, value: unknown, context: { readonly source: string }) => unknown;

function parseRows(encoder: RowEncoder): readonly (readonly Cell[])[] {
  const keepDigits: Reviver = (_key, value, { source }) =>
    typeof value === 'number' ? { digits: source } : value;
  const text = `[${encoder.jsonRows().toString('utf8')}]`;
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) as Cell[][];
}

function jsonLine(cells: readonly Cell[]): string {
  return `[${cells.map((cell) => (isNumberText(cell) ? cell.digits : JSON.stringify(cell))).join(',')}]`;
}

function markdownLine(cells: readonly Cell[]): string {
  return `| ${cells.map(markdownCell).join(' | ')} |`;
}

function markdownCell(cell: Cell): string {
  if (cell === null) return '';
  const text = isNumberText(cell) ? cell.digits : String(cell);
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replace(/\r\n?|\n/g, '<br>');
}

function isNumberText(cell: Cell): cell is NumberText {
  return typeof cell === 'object' && cell !== null;
}

function cutAt(head: string, lines: readonly string[], maxBytes: number): TextOfRows {
  let bytes = escapedBytes(head);
  let rowCount = 0;
  for (const line of lines) {
    bytes += escapedBytes(line);
    if (bytes > maxBytes) break;
    rowCount++;
  }
  return { text: `${[head, ...lines.slice(0, rowCount)].join('\n')}\n`, rowCount };
}

/** Bytes of a line inside a JSON string: the escaped line end is as long as the quotes that fall away. */
function escapedBytes(line: string): number {
  return Buffer.byteLength(JSON.stringify(line));
}
