// Makes texts that somebody else wrote safe to show: without unseen characters, and cut between characters, never in one.

// Cc control, Cf format (bidirectional overrides, zero width, tags), Zl and Zp line ends, Co private, Cs lone surrogates.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** The text with blanks in place of control and format characters, as long as before. */
export function printable(text: string): string {
  return text.replace(unprintable, (found) => ' '.repeat(found.length));
}

/** The text, or where it is longer its first `most` UTF-16 code units and `…`. */
export function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, characterStart(text, most))}…` : text;
}

/** Where the character at `offset` UTF-16 code units begins. */
export function characterStart(text: string, offset: number): number {
  return offset > 0 && (text.codePointAt(offset - 1) ?? 0) > 0xffff ? offset - 1 : offset;
}
