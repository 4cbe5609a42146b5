// Makes one harmless line of a text that somebody else wrote; it never judges what the text says.

import { characterStart, printable } from '../base/printable.ts';

/** The text in one line of at most `maxCharacters`, without control characters; cut texts end in `…`. */
export function oneLine(text: string, maxCharacters: number): string {
  const line = printable(text).replace(/\s+/g, ' ').trim();
  if (line.length <= maxCharacters) return line;
  return `${line.slice(0, characterStart(line, maxCharacters - 1)).trimEnd()}…`;
}

/** The same for a text that may be absent; a text of nothing but blanks counts as absent. */
export function optionalLine(text: string | null | undefined, maxCharacters: number): string | undefined {
  if (text === null || text === undefined) return undefined;
  const line = oneLine(text, maxCharacters);
  return line === '' ? undefined : line;
}
