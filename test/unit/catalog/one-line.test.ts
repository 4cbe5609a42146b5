// Texts of the database's owner become one harmless line.
import { describe, expect, it } from 'vitest';
import { oneLine, optionalLine } from '../../../src/catalog/one-line.ts';

describe('oneLine', () => {
  it('turns line ends, tabs and control characters into single spaces', () => {
    expect(oneLine(' a\r\n\tb\u0000\u001b[31mc\u2028d ', 99)).toBe('a b [31mc d');
  });

  it('removes characters that hide or reorder text', () => {
    expect(oneLine('pay\u202eecived\u200b\u{e0041}x\ufeff', 99)).toBe('pay ecived x');
  });

  it('keeps a text that just fits and cuts one that is one character longer', () => {
    expect(oneLine('abcde', 5)).toBe('abcde');
    expect(oneLine('abcdef', 5)).toBe('abcd…');
  });

  it('never cuts a character in two', () => {
    expect(oneLine('ab😀😀', 4)).toBe('ab…');
  });
});

describe('optionalLine', () => {
  it('counts null and a text of blanks as absent', () => {
    expect(optionalLine(null, 9)).toBeUndefined();
    expect(optionalLine(' \u200b\n', 9)).toBeUndefined();
    expect(optionalLine(' x ', 9)).toBe('x');
  });
});
