// What numbers of constants come to at most where they are counts.

import { afterAll, describe, expect, it } from 'vitest';
import { defaultGuard } from '../../support/default-guard.ts';
import { outcomeBy } from '../../support/guard-outcome.ts';

const guard = defaultGuard();
afterAll(() => guard.close());

const outcomeOf = (sql: string) => outcomeBy(guard, sql);
const untold = 'GUARD_EXPANSION: the size of a constant expression cannot be told';
const grown = /^GUARD_EXPANSION: a constant expression would grow to about \d+ MB$/;

describe('a count that is too high', () => {
  it.each([
    "array_upper('[60000000:60000000]={1}'::int[], 1)",
    "array_position('[60000000:60000000]={1}'::int[], 1)",
    'array_upper(array_fill(1, ARRAY[1], ARRAY[60000000]), 1)',
    "array_upper('[60000000:60000000]={1}'::int[] || 1, 1)",
    'generate_series(1, 60000000, 59999999)',
    'lag(1, 1, 60000000) over ()',
    'lead(1, 1, 60000000) over ()',
    "B'11100100111000011100000000'::bit(26)::int",
    "B'1'::bit(27)::int",
    "X'3938700'::int",
    '(60000 / CASE WHEN random() < 2 THEN 0.001 ELSE -1 END)::int',
  ])('is found: %s', async (count) => {
    expect(await outcomeOf(`SELECT repeat('x', ${count})`)).toMatch(grown);
  });

  it.each([
    "SELECT repeat('x', n) FROM (SELECT generate_subscripts('[60000000:60000000]={1}'::int[], 1) n) s",
    "SELECT repeat('x', n) FROM generate_subscripts('[60000000:60000000]={1}'::int[], 1) n",
    "SELECT repeat('x', array_upper(a, 1)) FROM (SELECT '[60000000:60000000]={1}'::int[] a) s",
    "SELECT repeat('x', log(1.00000001::numeric, 2)::int)",
  ])('is found through names and functions: %s', async (sql) => {
    expect(await outcomeOf(sql)).toMatch(grown);
  });

  it.each([
    "SELECT repeat('x', array_upper(('[60000' || '000:60000000]={1}')::int[], 1))",
    "SELECT repeat('x', f1) FROM (SELECT (row(60000000, 2)).*) s",
    "SELECT repeat('x', b) FROM (SELECT (row(60000000, 2)).*, 5) s (a, b, c)",
    "SELECT repeat('x', a.n) FROM (SELECT hashtext('88') n) a, (SELECT 1 n) b WHERE b.n < 10",
    "SELECT format('%*s', n, 'x') FROM (SELECT hashtext('455') n) s WHERE n < 10",
  ])('is not guessed where it cannot be told: %s', async (sql) => {
    expect(await outcomeOf(sql)).toMatch(/cannot be told$|would grow to about/);
  });
});

describe('a count that is low', () => {
  it.each([
    'array_upper(ARRAY[1,2,3], 1)',
    "array_upper('{1,2,3}'::int[], 1)",
    "array_length(string_to_array('a,b', ','), 1)",
    "array_position(ARRAY['a','b'], 'b')",
    "array_position('{a,b}'::text[] || 'c'::text, 'b')",
    'lag(1, 1, 60) over ()',
    'log(2, 8)::int',
    "B'101'::bit(3)::int",
    "('x' || '0a')::bit(8)::int",
    "('x' || '000a')::bit(16)::int",
    '5::bit(8)::int',
    "get_byte('\\x0a'::bytea, 0)",
    'scale(1.25)',
    'nlevel(path)',
    'array_upper(tags, 1)',
  ])('passes: %s', async (count) => {
    expect(await outcomeOf(`SELECT repeat('x', ${count}) FROM t`)).toBe('accepted');
  });

  it.each([
    "SELECT repeat('x', n) FROM (SELECT hashtext('88') n) a WHERE n < 10",
    "SELECT repeat('x', a.n) FROM (SELECT hashtext('88') n) a WHERE a.n < 10",
    "SELECT repeat('x', a.n) FROM (SELECT hashtext('88') n) a WHERE n < 10",
    "SELECT repeat('x', n) FROM (SELECT hashtext('88') n) a WHERE a.n < 10",
    "SELECT format('%*s', -10, 'x'), format('%*s', -(2 + 3), 'x'), format('%-*s', width, a) FROM t",
    "SELECT (row(60000000, 2)).*, repeat('x', 3)",
  ])('passes through names: %s', async (sql) => {
    expect(await outcomeOf(sql)).toBe('accepted');
  });

  it('is held to be one of any size where the lowest number hides', async () => {
    expect(await outcomeOf("SELECT repeat('x', hashtext('a'))")).toBe(untold);
  });
});
