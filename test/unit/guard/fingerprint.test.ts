// Which statements share a name: those that differ in literals, case, blanks and comments only.
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../src/guard/fingerprint.ts';

const same: readonly (readonly [string, string, string])[] = [
  ['case', 'SELECT A FROM T', 'select a from t'],
  ['blanks and line ends', 'select  a\n\tfrom t ', 'select a from t'],
  ['blanks beside marks', 'select f( a , b )+1', 'select f(a,b)+1'],
  ['a comment to the end of the line', 'select a -- why\nfrom t', 'select a from t'],
  ['a comment in the middle', 'select a /* why */ from t', 'select a from t'],
  ['a quote in a comment', "select a /* it's */ from t where b = 'x'", "select a from t where b = 'y'"],
  ['a quote in a line comment', "select a -- it's\nfrom t where b = 'x'", "select a from t where b = 'y'"],
  ['text', "select 'a'", "select 'another'"],
  ['text with a doubled quote', "select 'it''s', b", "select 'x', b"],
  ['text with an escaped quote', "select E'it\\'s', b", "select E'x', b"],
  ['bit, hexadecimal and Unicode strings', "select b'1', x'ff', u&'\\0041'", "select b'0', x'00', u&'x'"],
  ['numbers', 'select a from t limit 10', 'select a from t limit 2.5e3'],
  ['the length of a list', 'select a where b in (1, 2, 3)', 'select a where b in (7)'],
  ['the length of a list of texts', "select a where b in ('x' , 'y')", "select a where b in ('z')"],
  ['the last semicolon', 'select a;', 'select a'],
];

const different: readonly (readonly [string, string, string])[] = [
  ['another column', 'select a from t', 'select b from t'],
  ['a name with another number', 'select a1 from t', 'select a2 from t'],
  ['a parameter with another number', 'select $1', 'select $2'],
  ['a letter beyond ASCII', 'select ä from t', 'select ö from t'],
  ['words that a blank parts', 'select a b', 'select ab'],
  ['a literal and a column', "select 'a'", 'select a'],
  ['two literals that no comma parts', "select 1 where 'a' < 'b'", "select 1 where 'a'"],
];

describe('the fingerprint', () => {
  it('is sixteen hexadecimal digits', () => {
    expect(fingerprintOf("select 'a' from t")).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each(same)('does not tell %s apart', (_what, one, other) => {
    expect(fingerprintOf(one)).toBe(fingerprintOf(other));
  });

  it.each(different)('tells %s apart', (_what, one, other) => {
    expect(fingerprintOf(one)).not.toBe(fingerprintOf(other));
  });

  it.each(["'", "e'\\'", '/*', '--', "u&'", "x'"])(
    'is made in linear time of many %j without an end',
    (part) => {
      const before = process.threadCpuUsage();
      fingerprintOf(part.repeat(20_000));
      expect(process.threadCpuUsage(before).user).toBeLessThan(1_000_000);
    },
  );
});
