// Names a statement by a hash of its text without literals, comments and layout; equal shapes get equal names.
import { hash } from 'node:crypto';

/** Most characters that are looked at: two longer texts that begin alike share a name. */
const maxCharacters = 20_000;

/** A fingerprint that is made when first asked for: no verdict waits for it. */
export function whenAsked(make: () => string): () => string {
  let made: string | undefined;
  return () => (made ??= make());
}

/** The name of a text that is refused unread; normalising it could cost more than reading it. */
export function fingerprintOfUnread(sql: string): string {
  return hash('sha256', sql.slice(0, maxCharacters)).slice(0, 16);
}

/** SHA-256 of the normalised statement, 16 hexadecimal digits. Not a secret keeper: short texts can be guessed. */
export function fingerprintOf(sql: string): string {
  return hash('sha256', shapeOf(sql.slice(0, maxCharacters))).slice(0, 16);
}

/** What a character may begin; those beyond ASCII are letters, as to the lexer of Postgres. */
const kinds = { letter: 0, digit: 1, blank: 2, quote: 3, tight: 4, mark: 5 } as const;
const kindOf: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (' \t\n\v\f\r'.includes(character)) return kinds.blank;
  if (',()=<>+*/|;-'.includes(character)) return kinds.tight;
  if (character === "'") return kinds.quote;
  if (/\d/.test(character)) return kinds.digit;
  return /[\w$]/.test(character) ? kinds.letter : kinds.mark;
});

const codes = {
  blank: 32,
  quote: 39,
  star: 42,
  comma: 44,
  dash: 45,
  slash: 47,
  semicolon: 59,
  literal: 63,
  backslash: 92,
};

/**
 * The statement with `?` for literals, lists of them folded to one, all in lower case, without comments and blanks
 * that mean nothing, which are those beside a tight mark. One pass over the characters, written as bytes, because every
 * new statement pays for it; what the lexer of Postgres would read otherwise only costs a name.
 */
function shapeOf(sql: string): Buffer {
  const text = sql.toLowerCase();
  // A character beyond ASCII takes three bytes at most.
  const shape = Buffer.allocUnsafe(3 * text.length);
  let length = 0;
  let wasBlank = false;
  let wasTight = true;
  /** Where the last literal ended in the shape. */
  let literalEnd = -1;
  let inWord = false;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (kindOf[code] ?? kinds.mark) : kinds.letter;
    inWord &&= kind <= kinds.digit;
    if (!inWord) {
      const blankEnd = endOfBlank(text, at, kind);
      wasBlank ||= blankEnd > at;
      if (blankEnd > at) {
        at = blankEnd;
        continue;
      }
      const isTight = kind === kinds.tight;
      if (wasBlank && !wasTight && !isTight) shape[length++] = codes.blank;
      wasBlank = false;
      wasTight = isTight;
      const end = endOfLiteral(text, at, kind);
      if (end > at) {
        // Another literal of a list: its comma goes, and the first stands for all.
        if (literalEnd === length - 1 && shape[literalEnd] === codes.comma) length--;
        else shape[length++] = codes.literal;
        literalEnd = length;
        at = end;
        continue;
      }
      inWord = kind <= kinds.digit;
    }
    if (code < 128) shape[length++] = code;
    else length += shape.write(text.charAt(at), length);
    at++;
  }
  return shape.subarray(0, shape[length - 1] === codes.semicolon ? length - 1 : length);
}

/** The end of the blank or comment at `at`, or `at` where there is none. */
function endOfBlank(text: string, at: number, kind: number): number {
  if (kind === kinds.blank) return at + 1;
  if (kind !== kinds.tight) return at;
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  if (first === codes.dash && second === codes.dash) return endAfter(text, '\n', at);
  return first === codes.slash && second === codes.star ? endAfter(text, '*/', at + 2) : at;
}

const number = /\d[\d_.]*(?:e[+-]?\d+)?/y;
const prefix = /(?:[ebxn]|u&)'/y;

/** The end of the string or number at `at`, or `at` where there is none. A string without an end runs to that of the text. */
function endOfLiteral(text: string, at: number, kind: number): number {
  if (kind === kinds.quote) return endOfString(text, at + 1, false);
  if (kind === kinds.digit) return endOfMatch(number, text, at);
  const mayBePrefix = text.charCodeAt(at + 1) === codes.quote || text.charCodeAt(at + 2) === codes.quote;
  if (kind !== kinds.letter || !mayBePrefix) return at;
  const start = endOfMatch(prefix, text, at);
  return start === at ? at : endOfString(text, start, text[at] === 'e');
}

function endOfMatch(form: RegExp, text: string, at: number): number {
  form.lastIndex = at;
  return form.test(text) ? form.lastIndex : at;
}

function endOfString(text: string, start: number, hasEscapes: boolean): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (hasEscapes && code === codes.backslash) at++;
    else if (code === codes.quote) {
      if (text.charCodeAt(at + 1) !== codes.quote) return at + 1;
      at++;
    }
  }
  return text.length;
}

function endAfter(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}
