// Patterns of names: * and % for anything, nothing else is special.
import { describe, expect, it } from 'vitest';
import { namePattern } from '../../../src/catalog/name-pattern.ts';

describe('namePattern', () => {
  it.each([
    ['fill', 'fuel_fills', true],
    ['FILL', 'fills', true],
    ['fill*', 'fills', true],
    ['fill*', 'refills', false],
    ['%_daily', 'km_daily', true],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'ac', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['a_c', 'abc', false],
    ['a.c', 'abc', false],
    ['(', 'a(b', true],
  ])('%s against %s is %s', (pattern, name, fits) => {
    expect(namePattern(pattern)(name)).toBe(fits);
  });

  it('takes no longer for a pattern made to be slow', () => {
    const fits = namePattern('*a'.repeat(60));
    expect(fits(`${'a'.repeat(59)}b`)).toBe(false);
  });
});
