// Names a statement by a hash of its text without literals, comments and layout; equal shapes get equal names.
import { hash } from 'node:crypto';

/** Most characters that are looked at: two longer texts that begin alike share a name. */
const maxCharacters = 20_000;

/** The name of a text that is refused unread; normalising it could cost more than reading it. */
export function fingerprintOfUnread(sql: string): string {
  return hash('sha256', sql.slice(0, maxCharacters)).slice(0, 16);
}

/** SHA-256 of the normalised statement, 16 hexadecimal digits. Not a secret keeper: short texts can be guessed. */
export function fingerprintOf(sql: string): string {
  return hash('sha256', normalised(sql.slice(0, maxCharacters))).slice(0, 16);
}

const comment = /--[^\n]*|\/\*[\s\S]*?\*\//g;
const literal =
  /\be'(?:[^'\\]|\\[\s\S]|'')*'|(?:\b[bxn]|\bu&)?'(?:[^']|'')*'|(?<![\w$])\d[\d_.]*(?:e[+-]?\d+)?/g;

/**
 * The statement with `?` for literals, lists of them folded to one, all in lower case, without comments and blanks
 * that mean nothing. Each step is one linear pass; what the lexer of Postgres would read otherwise only costs a name.
 */
function normalised(sql: string): string {
  return sql
    .toLowerCase()
    .replace(literal, '?')
    .replace(comment, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ?([,()=<>+*/|;-]) ?/g, '$1')
    .replace(/\?(?:,\?)+/g, '?')
    .trim()
    .replace(/;$/, '');
}
