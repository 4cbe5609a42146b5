// Bounds a text before any parser sees it: length, depth, comments, operator runs, characters; it knows no grammar.
import type { Refusal } from './refusal.ts';

/** Most bytes of UTF-8. */
export const maxTextBytes = 100_000;
/** Deepest nesting of ( and [, counted in the text whatever they mean there. */
export const maxBracketDepth = 400;
/** Most times the text may hold `/*`: Postgres reads nested comments in quadratic time, and nothing can cancel it. */
export const maxCommentStarts = 200;
/** Longest run of operator characters: Postgres' lexer reads `+++…` anew from each `+`, in quadratic time too. */
export const maxOperatorRun = 400;

/** Bytes and bracket depth up to which a text may be parsed in this process; the test of parser.ts proves the margin. */
export const maxInProcessBytes = 1_200;
export const maxInProcessDepth = 60;

/** The measures of a text within the bounds. */
export type Readable = { readonly refusal?: undefined; readonly bytes: number; readonly depth: number };

/** What the bounds say of a text. */
export type TextMeasure = { readonly refusal: Refusal } | Readable;

/** Measures a text in linear time. */
export function measureText(sql: string): TextMeasure {
  const bytes = Buffer.byteLength(sql);
  if (bytes > maxTextBytes) return { refusal: tooLong(bytes) };
  const odd = oddCharacter(sql);
  if (odd !== undefined) return { refusal: odd };
  const comments = countOf(sql, '/*');
  if (comments > maxCommentStarts) {
    return {
      refusal: tooDeep(
        `the text opens ${comments} comments, more than ${maxCommentStarts}`,
        'Leave comments out.',
      ),
    };
  }
  const run = longOperatorRun(sql);
  if (run !== undefined) {
    const message = `the text holds more than ${maxOperatorRun} operator characters in a row`;
    return {
      refusal: {
        ...tooDeep(message, 'Shorten the row of operator characters.'),
        byteOffset: bytesBefore(sql, run),
      },
    };
  }
  const depth = bracketDepth(sql);
  if (depth > maxBracketDepth) {
    const message = `brackets are nested ${depth} deep, more than ${maxBracketDepth}`;
    return { refusal: tooDeep(message, 'Flatten the statement, for example with WITH.') };
  }
  return { bytes, depth };
}

const operatorCharacters: ReadonlySet<number> = new Set(
  [...'-+*/<>=~!@#%^&|`?'].map((character) => character.charCodeAt(0)),
);

// Where the first run that is too long begins. A regular expression would try each start of each run anew.
function longOperatorRun(sql: string): number | undefined {
  let length = 0;
  for (let at = 0; at < sql.length; at++) {
    if (!operatorCharacters.has(sql.charCodeAt(at))) length = 0;
    else if (++length > maxOperatorRun) return at - maxOperatorRun;
  }
  return undefined;
}

// C0 controls but tab, newline, form feed and carriage return; DEL. Postgres has no use for them outside of literals,
// and there E'\\x01' or chr(1) says the same in print.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/;

function oddCharacter(sql: string): Refusal | undefined {
  const found = control.exec(sql);
  if (found !== null) {
    const code = found[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    return {
      code: 'GUARD_CHARACTER',
      message: `the text holds the control character U+${code}`,
      hint: 'Remove it; write chr() or an E-string escape where a value needs one.',
      byteOffset: bytesBefore(sql, found.index),
    };
  }
  if (sql.isWellFormed()) return undefined;
  return {
    code: 'GUARD_CHARACTER',
    message: 'the text holds half a surrogate pair, which is no Unicode text',
    hint: 'Send well-formed Unicode.',
  };
}

function bracketDepth(sql: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < sql.length; at++) {
    const code = sql.charCodeAt(at);
    if (code === openParenthesis || code === openBracket) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (code === closeParenthesis || code === closeBracket) {
      if (depth > 0) depth--;
    }
  }
  return deepest;
}

const openParenthesis = 40;
const closeParenthesis = 41;
const openBracket = 91;
const closeBracket = 93;

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) count++;
  return count;
}

function bytesBefore(sql: string, offset: number): number {
  return Buffer.byteLength(sql.slice(0, offset));
}

function tooLong(bytes: number): Refusal {
  return {
    code: 'GUARD_TOO_LONG',
    message: `the text is ${bytes} bytes long, more than ${maxTextBytes}`,
    hint: 'Shorten it; pass long lists as one array parameter ($1) with = ANY($1).',
  };
}

function tooDeep(message: string, hint: string): Refusal {
  return { code: 'GUARD_TOO_DEEP', message, hint };
}
