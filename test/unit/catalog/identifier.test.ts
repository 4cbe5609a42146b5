// Identifiers as the Postgres manual has them (4.1.1).
import { describe, expect, it } from 'vitest';
import { identifierParts, qualifiedName, quoteIdentifier } from '../../../src/catalog/identifier.ts';

describe('quoteIdentifier', () => {
  it.each([
    ['fills', 'fills'],
    ['_a1$', '_a1$'],
    ['Fills', '"Fills"'],
    ['price list', '"price list"'],
    ['1st', '"1st"'],
    ['user', '"user"'],
    ['größe', '"größe"'],
    ['a"b', '"a""b"'],
    ['', '""'],
  ])('writes %j as %s', (name, written) => {
    expect(quoteIdentifier(name)).toBe(written);
  });

  it('quotes each part of a qualified name by itself', () => {
    expect(qualifiedName({ schema: 'fuel', name: 'Order' })).toBe('fuel."Order"');
  });
});

describe('identifierParts', () => {
  it.each([
    ['Fuel.FILLS', ['fuel', 'fills']],
    [' fuel . fills ', ['fuel', 'fills']],
    ['"Fuel"."a.b"', ['Fuel', 'a.b']],
    ['"a""b"', ['a"b']],
    ['db.public.t', ['db', 'public', 't']],
  ])('reads %s', (text, parts) => {
    expect(identifierParts(text)).toEqual(parts);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', '"a', 'a"b'])('does not read %j', (text) => {
    expect(identifierParts(text)).toBeUndefined();
  });

  it('reads what quoteIdentifier writes, whatever the name', () => {
    for (const name of ['a', 'A b', '"', '..', 'select', 'ß.ß']) {
      expect(identifierParts(quoteIdentifier(name))).toEqual([name]);
    }
  });
});
