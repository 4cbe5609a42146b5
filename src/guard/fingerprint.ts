// Names a statement by a hash of its text without literals, comments and layout; equal shapes get equal names.
import { createHash } from 'node:crypto';

const pieces =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?\*\/)|(?<literal>[eE]'(?:[^'\\]|\\[\s\S]|'')*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'|\b\d[\d_.]*(?:[eE][+-]?\d+)?\b)|(?<identifier>"(?:[^"]|"")*")|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<space>\s+)|(?<other>[\s\S])/gu;

/** Most characters that are looked at: two longer texts that begin alike share a name. */
const maxCharacters = 20_000;

/** SHA-256 of the normalised statement, 16 hexadecimal digits. Not a secret keeper: short texts can be guessed. */
export function fingerprintOf(sql: string): string {
  return createHash('sha256')
    .update(normalised(sql.slice(0, maxCharacters)))
    .digest('hex')
    .slice(0, 16);
}

/** The statement with `?` for literals, lists of them folded, words in lower case, one blank between words. */
export function normalised(sql: string): string {
  const parts: string[] = [];
  let last = '';
  for (const { groups = {} } of sql.matchAll(pieces)) {
    if (groups['comment'] !== undefined || groups['space'] !== undefined) continue;
    const part =
      groups['literal'] === undefined
        ? (groups['word']?.toLowerCase() ?? groups['identifier'] ?? groups['other'] ?? '')
        : '?';
    if (part === '?' && last === ',' && parts.at(-2) === '?') {
      parts.pop();
      last = '?';
      continue;
    }
    parts.push(part);
    last = part;
  }
  if (last === ';') parts.pop();
  return parts.join(' ');
}
