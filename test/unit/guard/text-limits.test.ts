// Both sides of every bound on a text: just under passes, just over is refused and names the bound.
import { describe, expect, it } from 'vitest';
import {
  maxBracketDepth,
  maxCommentStarts,
  maxOperatorRun,
  maxTextBytes,
  measureText,
} from '../../../src/guard/text-limits.ts';

const refusalOf = (sql: string) => measureText(sql).refusal;

describe('the length of a text', () => {
  const text = (bytes: number) => `SELECT '${'x'.repeat(bytes - 9)}'`;
  it('may be 100,000 bytes', () => expect(refusalOf(text(maxTextBytes))).toBeUndefined());
  it('may not be one byte more', () => {
    expect(refusalOf(text(maxTextBytes + 1))).toMatchObject({
      code: 'GUARD_TOO_LONG',
      message: 'the text is 100001 bytes long, more than 100000',
    });
  });
  it('counts bytes of UTF-8', () =>
    expect(refusalOf(text(60_000).replaceAll('x', 'é'))?.code).toBe('GUARD_TOO_LONG'));
});

describe('the nesting of brackets', () => {
  const text = (depth: number) => `SELECT ${'(['.repeat(depth / 2)}${'])'.repeat(depth / 2)}`;
  it('may be 400 deep', () => expect(refusalOf(text(maxBracketDepth))).toBeUndefined());
  it('may not be deeper', () => {
    expect(refusalOf(text(maxBracketDepth + 2))).toMatchObject({
      code: 'GUARD_TOO_DEEP',
      message: 'brackets are nested 402 deep, more than 400',
    });
  });
  it('does not count brackets side by side', () => expect(refusalOf('()'.repeat(5_000))).toBeUndefined());
  it('does not go below nothing where brackets close first', () => {
    expect(refusalOf(`${')'.repeat(500)}${'('.repeat(401)}`)?.code).toBe('GUARD_TOO_DEEP');
  });
});

describe('comments', () => {
  const text = (count: number) => `SELECT ${'/* '.repeat(count)}${'*/ '.repeat(count)} 1`;
  it('may be opened 200 times', () => expect(refusalOf(text(maxCommentStarts))).toBeUndefined());
  it('may not be opened once more', () => {
    expect(refusalOf(text(maxCommentStarts + 1))).toMatchObject({
      code: 'GUARD_TOO_DEEP',
      message: 'the text opens 201 comments, more than 200',
    });
  });
});

describe('operator characters in a row', () => {
  const text = (count: number) => `SELECT ${'+'.repeat(count)}1`;
  it('may be 400', () => expect(refusalOf(text(maxOperatorRun))).toBeUndefined());
  it('may not be 401, for the lexer reads them in quadratic time', () => {
    expect(refusalOf(text(maxOperatorRun + 1))).toMatchObject({
      code: 'GUARD_TOO_DEEP',
      message: 'the text holds more than 400 operator characters in a row',
      byteOffset: 7,
    });
  });
});

describe('characters', () => {
  it.each(['\t', '\n', '\r', '\f', 'é', '😀', '\u2028', '\u00a0'])('may be %j', (character) => {
    expect(refusalOf(`SELECT '${character}'`)).toBeUndefined();
  });
  it.each([
    ['\u0000', 'U+0000'],
    ['\u0008', 'U+0008'],
    ['\u000b', 'U+000B'],
    ['\u001b', 'U+001B'],
    ['\u007f', 'U+007F'],
  ])('may not be %j', (character, name) => {
    expect(refusalOf(`SELECT 'é${character}'`)).toMatchObject({
      code: 'GUARD_CHARACTER',
      message: `the text holds the control character ${name}`,
      byteOffset: 10,
    });
  });
  it.each(['\ud800', 'a\udc00', '\udc00\ud800'])('may not be half a surrogate pair', (half) => {
    expect(refusalOf(`SELECT '${half}'`)).toMatchObject({
      code: 'GUARD_CHARACTER',
      message: 'the text holds half a surrogate pair, which is no Unicode text',
    });
  });
});
