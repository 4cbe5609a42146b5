// Makes one harmless line of a text that somebody else wrote; it never judges what the text says.

// Cc control, Cf format (bidirectional overrides, zero width, tags), Zl and Zp line ends, Co private, Cs lone surrogates.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]+/gu;

/** The text in one line of at most `maxCharacters`, without control characters; cut texts end in `…`. */
export function oneLine(text: string, maxCharacters: number): string {
  const line = text.replace(unprintable, ' ').replace(/\s+/g, ' ').trim();
  if (line.length <= maxCharacters) return line;
  const cut = line.slice(0, maxCharacters - 1).toWellFormed();
  return `${cut.replace(/[\uFFFD\s]+$/, '')}…`;
}

/** The same for a text that may be absent; a text of nothing but blanks counts as absent. */
export function optionalLine(text: string | null | undefined, maxCharacters: number): string | undefined {
  if (text === null || text === undefined) return undefined;
  const line = oneLine(text, maxCharacters);
  return line === '' ? undefined : line;
}
