// Places in SQL text: line, column and caret as psql shows them.
import { describe, expect, it } from 'vitest';
import { offsetOfByte, offsetOfCharacter, placeAt } from '../../../src/base/sql-place.ts';

describe('placeAt', () => {
  it('counts lines and columns from 1 and puts the caret under the character', () => {
    const place = placeAt('select a,\n  b\nfrom t', 12);
    expect(place).toEqual({ offset: 12, line: 2, column: 3, excerpt: '  b\n  ^' });
  });

  it('shortens a long line around the place and keeps the caret under it', () => {
    const text = `select ${'x'.repeat(200)}!${'y'.repeat(200)}`;
    const [line = '', caret = ''] = placeAt(text, 207).excerpt.split('\n');
    expect(line[caret.indexOf('^')]).toBe('!');
    expect(line.length).toBeLessThan(90);
  });

  it('shows no control or format character, and keeps the caret under the character', () => {
    const text = "select '\u0000\u0001\u202e\u{e0041}\t', x";
    expect(placeAt(text, text.indexOf('x')).excerpt).toBe("select '      ', x\n                 ^");
  });

  it('cuts a line between characters, at both ends', () => {
    for (const before of ['', 'a']) {
      const text = `${before}${'😀'.repeat(100)}!${'😀'.repeat(100)}`;
      const [line = '', caret = ''] = placeAt(text, text.indexOf('!')).excerpt.split('\n');
      expect(line.isWellFormed()).toBe(true);
      expect(line[caret.indexOf('^')]).toBe('!');
    }
  });

  it('stays on line 1 where the text begins with a newline', () => {
    expect(placeAt('\nselect', 0)).toMatchObject({ line: 1, column: 1 });
  });

  it('moves an offset beyond the text to its end', () => {
    expect(placeAt('select', 99)).toMatchObject({ line: 1, column: 7 });
  });
});

describe('offsets', () => {
  it('turns byte offsets of libpg-query into UTF-16 offsets', () => {
    expect(offsetOfByte('é😀x', 6)).toBe(3);
  });

  it('turns character positions of Postgres into UTF-16 offsets', () => {
    expect(offsetOfCharacter('é😀x', 3)).toBe(3);
  });
});
