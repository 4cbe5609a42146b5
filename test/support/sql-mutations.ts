// Changes SQL texts by chance, from a seed: changes that keep the meaning, and changes that keep nothing.

/** A source of numbers from 0 up to 1, the same for the same seed (mulberry32). */
export type Chance = () => number;

export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pick = <Item>(chance: Chance, items: readonly Item[]): Item =>
  items[Math.floor(chance() * items.length)] as Item;

const token =
  /--[^\n]*\n?|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|(?:[uU]&)?"(?:[^"]|"")*"|(?:[eE]|[uU]&)?'(?:[^']|'')*'|\w+|\s+|[^\w\s]/g;

/** The text cut into pieces that can be joined again without loss. */
function tokensOf(sql: string): string[] {
  return sql.match(token) ?? [];
}

const blanks = [
  ' ',
  '\n',
  '\t',
  ' /* x */ ',
  ' /* pg_sleep( */ ',
  ' -- c\n',
  '\r\n',
  ' /* /* n */ */ ',
  '  ',
];

/**
 * The same statement otherwise written: comments and blanks between tokens, other case of words, quoted names, an
 * outer bracket. Texts that are no single SELECT come back with blanks changed only.
 */
export function rewritten(sql: string, chance: Chance): string {
  const tokens = tokensOf(sql);
  const changed = tokens.map((part, index) => rewrittenToken(part, tokens[index + 1], chance)).join('');
  if (!/^\s*(?:select|with|values|table)\b/i.test(sql) || /;\s*\S|--|\/\*/.test(sql)) return changed;
  return chance() < 0.2 ? `(${changed.replace(/;\s*$/, '')})` : changed;
}

function rewrittenToken(part: string, next: string | undefined, chance: Chance): string {
  // Blanks between two literals join them, and only where a newline is among them: left as they are.
  if (/^\s+$/.test(part)) return next?.includes("'") === true ? part : pick(chance, blanks);
  if (!/^[a-z_]\w*$/i.test(part) || next?.startsWith("'") || next?.startsWith('&')) return part;
  if (chance() < 0.3) return pick(chance, [part.toUpperCase(), part.toLowerCase()]);
  if (next === '(' && /^pg_\w+$/.test(part)) return pick(chance, [part, `"${part}"`, escaped(part)]);
  return part;
}

/** A quoted name with one character written as a Unicode escape. */
function escaped(name: string): string {
  const code = name.charCodeAt(0).toString(16).padStart(4, '0');
  return `U&"\\${code}${name.slice(1)}"`;
}

const splices = [
  '(',
  ')',
  ',',
  ';',
  "'",
  '"',
  '$$',
  '--',
  '/*',
  '*/',
  '::',
  '.',
  'SELECT',
  'FROM',
  'UNION',
  'WITH x AS (',
  'FOR UPDATE',
  'INTO t',
  '\u0000',
  '\ud800',
  'é',
  'U&"',
  "E'\\",
  '$1',
  'CASE',
  'ARRAY[',
  '~',
  '@@',
  'NULL',
];

/** A text made of pieces of two, with tokens dropped, doubled, swapped and put in. */
export function mangled(first: string, second: string, chance: Chance): string {
  const left = tokensOf(first);
  const right = tokensOf(second);
  const tokens = [
    ...left.slice(0, Math.floor(chance() * left.length)),
    ...right.slice(Math.floor(chance() * right.length)),
  ];
  for (let count = Math.floor(chance() * 4); count > 0; count--) {
    const at = Math.floor(chance() * tokens.length);
    const action = chance();
    if (action < 0.4) tokens.splice(at, 0, pick(chance, splices));
    else if (action < 0.7) tokens.splice(at, 1);
    else tokens.splice(at, 0, tokens[Math.floor(chance() * tokens.length)] ?? '');
  }
  return tokens.join('');
}
