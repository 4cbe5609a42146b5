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
  const { control, comments, run, depth } = countCharacters(sql);
  if (control !== undefined) return { refusal: controlCharacter(sql, control) };
  if (!sql.isWellFormed()) return { refusal: halfSurrogate };
  if (comments > maxCommentStarts) {
    const message = `the text opens ${comments} comments, more than ${maxCommentStarts}`;
    return { refusal: tooDeep(message, 'Leave comments out.') };
  }
  if (run !== undefined) {
    const message = `the text holds more than ${maxOperatorRun} operator characters in a row`;
    const refusal = tooDeep(message, 'Shorten the row of operator characters.');
    return { refusal: { ...refusal, byteOffset: bytesBefore(sql, run) } };
  }
  if (depth > maxBracketDepth) {
    const message = `brackets are nested ${depth} deep, more than ${maxBracketDepth}`;
    return { refusal: tooDeep(message, 'Flatten the statement, for example with WITH.') };
  }
  return { bytes, depth };
}

const kinds = { plain: 0, operator: 1, opens: 2, closes: 3, control: 4 } as const;

/**
 * What an ASCII character is to the bounds. C0 controls but tab, newline, form feed and carriage return; DEL: Postgres
 * has no use for them outside of literals, and there E'\\x01' or chr(1) says the same in print.
 */
const kindOf: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if ('-+*/<>=~!@#%^&|`?'.includes(character)) return kinds.operator;
  if ('(['.includes(character)) return kinds.opens;
  if (')]'.includes(character)) return kinds.closes;
  const isControl = code === 127 || (code < 32 && !'\t\n\f\r'.includes(character));
  return isControl ? kinds.control : kinds.plain;
});

const slash = 47;
const star = 42;

/** What the bounds count, in one pass: most texts are short, and a pass each took a tenth of the guard's time. */
type Counts = {
  /** Offset of the first control character. */
  readonly control: number | undefined;
  /** Times that the text holds `/*`. */
  readonly comments: number;
  /** Offset of the first run of operator characters that is too long. */
  readonly run: number | undefined;
  /** Deepest nesting of ( and [. */
  readonly depth: number;
};

function countCharacters(sql: string): Counts {
  let control: number | undefined;
  let run: number | undefined;
  let comments = 0;
  let open = 0;
  let depth = 0;
  let runLength = 0;
  for (let at = 0; at < sql.length; at++) {
    const code = sql.charCodeAt(at);
    const kind = code < 128 ? kindOf[code] : kinds.plain;
    if (kind === kinds.operator) {
      if (code === slash && sql.charCodeAt(at + 1) === star) comments++;
      if (++runLength > maxOperatorRun) run ??= at - maxOperatorRun;
      continue;
    }
    runLength = 0;
    if (kind === kinds.plain) continue;
    if (kind === kinds.opens) depth = Math.max(depth, ++open);
    else if (kind === kinds.closes) open = Math.max(0, open - 1);
    else control ??= at;
  }
  return { control, comments, run, depth };
}

function controlCharacter(sql: string, at: number): Refusal {
  const code = sql.charCodeAt(at).toString(16).padStart(4, '0').toUpperCase();
  return {
    code: 'GUARD_CHARACTER',
    message: `the text holds the control character U+${code}`,
    hint: 'Remove it; write chr() or an E-string escape where a value needs one.',
    byteOffset: bytesBefore(sql, at),
  };
}

const halfSurrogate: Refusal = {
  code: 'GUARD_CHARACTER',
  message: 'the text holds half a surrogate pair, which is no Unicode text',
  hint: 'Send well-formed Unicode.',
};

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
