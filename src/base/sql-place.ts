// Turns an offset in SQL text into line, column and a caret line, as psql shows errors; it knows no SQL.
import type { SqlPlace } from './errors.ts';
import { characterStart, printable } from './printable.ts';

const excerptWidth = 80;

/** The place at `offset` UTF-16 code units into `text`; an offset outside the text is moved to its nearest end. */
export function placeAt(text: string, offset: number): SqlPlace {
  const at = Math.max(0, Math.min(offset, text.length));
  const lineStart = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  const newline = text.indexOf('\n', at);
  const lineEnd = newline === -1 ? text.length : newline;
  const line = 1 + countNewlines(text, lineStart);
  const column = at - lineStart + 1;
  return { offset: at, line, column, excerpt: excerptOf(text.slice(lineStart, lineEnd), column - 1) };
}

/** Offset in UTF-16 code units of a byte offset into the UTF-8 form of `text` (libpg-query counts bytes). */
export function offsetOfByte(text: string, byteOffset: number): number {
  return Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8').length;
}

/** Offset in UTF-16 code units of a character position from 1 (Postgres' error field P counts code points). */
export function offsetOfCharacter(text: string, position: number): number {
  let offset = 0;
  for (let left = position - 1; left > 0 && offset < text.length; left--) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

function countNewlines(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function excerptOf(lineText: string, caret: number): string {
  const shown = printable(lineText);
  const start = characterStart(
    shown,
    Math.max(0, Math.min(caret - excerptWidth / 2, shown.length - excerptWidth)),
  );
  const part = shown.slice(start, characterStart(shown, start + excerptWidth));
  const before = start > 0 ? '…' : '';
  const after = start + excerptWidth < shown.length ? '…' : '';
  return `${before}${part}${after}\n${' '.repeat(before.length + caret - start)}^`;
}
