// Matches names against a simple pattern, in time linear in both; it is no regular expression and never becomes one.

/**
 * A test for names: `*` or `%` stands for any characters, everything else for itself, case ignored. A pattern without
 * either is looked for anywhere in the name.
 */
export function namePattern(pattern: string): (name: string) => boolean {
  const pieces = pattern.toLowerCase().split(/[*%]+/);
  if (pieces.length === 1) return (name) => name.toLowerCase().includes(pieces[0] ?? '');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  const middle = pieces.slice(1, -1);
  return (name) => {
    const text = name.toLowerCase();
    if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
      return false;
    let from = first.length;
    for (const piece of middle) {
      const at = text.indexOf(piece, from);
      if (at === -1) return false;
      from = at + piece.length;
    }
    return from <= text.length - last.length;
  };
}
