// How many rows of constants an aggregate keeps: a condition on them leaves what it can be told to leave, not few.

import { afterAll, describe, expect, it } from 'vitest';
import { defaultGuard } from '../../support/default-guard.ts';
import { outcomeBy } from '../../support/guard-outcome.ts';

const guard = defaultGuard();
afterAll(() => guard.close());

const outcomeOf = (sql: string) => outcomeBy(guard, sql);
const grown = /^GUARD_EXPANSION: a constant expression would grow to about \d+ MB$/;

describe('rows of constants', () => {
  it.each([
    "SELECT string_agg(repeat('x', 15000000), '') FROM generate_series(1, 4) g WHERE g = g",
    "SELECT string_agg(repeat('x', 15000000), '') FILTER (WHERE g = g) FROM generate_series(1, 4) g",
    "SELECT array_agg(repeat('x', 1000)) FROM generate_series(1, 60000) g WHERE g > 0",
    "SELECT array_agg(repeat('x', 1000)) FILTER (WHERE g > 0) FROM generate_series(1, 60000) g",
    'SELECT array_agg(g) FROM generate_series(1, 3000000) g WHERE g > 10 OR g < 5',
    'SELECT array_agg(g) FROM generate_series(1, 3000000) g WHERE g % 1 = 0',
    'SELECT array_agg(DISTINCT g + 1) FROM generate_series(1, 3000000) g',
    'SELECT array_agg(DISTINCT g / 7.0) FROM generate_series(1, 3000000) g',
    'SELECT array_agg(g) FROM (SELECT g FROM generate_series(1, 3000000) g GROUP BY g) s',
    'SELECT array_agg(g) FROM (SELECT DISTINCT g + 1 AS g FROM generate_series(1, 3000000) g) s',
    'SELECT array_agg(a) FROM generate_series(1, 3000) a JOIN generate_series(1, 3000) b ON a = a',
    'SELECT array_agg(1) FROM (SELECT 1 n FROM generate_series(1, 3000)) a JOIN (SELECT 1 n FROM generate_series(1, 3000)) b USING (n)',
    'SELECT array_agg(a) FROM generate_series(1, 9000) a, generate_series(1, 9000) b, generate_series(1, 900) c WHERE a = b AND b = a',
  ])('are counted: %s', async (sql) => {
    expect(await outcomeOf(sql)).toMatch(grown);
  });

  it.each([
    'SELECT array_agg(g) FROM generate_series(1, 3000000) g WHERE g < 5',
    'SELECT array_agg(g) FROM generate_series(1, 3000000) g WHERE 5 > g AND g > 1',
    'SELECT array_agg(g) FROM generate_series(1, 3000000) g WHERE g BETWEEN 10 AND 1000',
    'SELECT array_agg(g) FILTER (WHERE g % 10 = 3) FROM generate_series(1, 3000000) g',
    'SELECT array_agg(g) FROM generate_series(1, 3000000) g WHERE g = 7',
    'SELECT array_agg(g) FROM generate_series(1, 3000000) g WHERE g < $1',
    'SELECT array_agg(g) FROM generate_series(1, 3000000) g WHERE g IN (SELECT id FROM t)',
    'SELECT array_agg(g) FROM generate_series(1, 3000000) g, t WHERE g = t.id',
    'SELECT array_agg(DISTINCT g % 7) FROM generate_series(1, 3000000) g',
    'SELECT array_agg(n) FROM (SELECT g % 7 AS n, count(*) FROM generate_series(1, 3000000) g GROUP BY 1) s',
    'SELECT array_agg(n) FROM (SELECT g % 7 AS n, count(*) FROM generate_series(1, 3000000) g GROUP BY n) s',
    'SELECT array_agg(a) FROM generate_series(1, 3000) a JOIN generate_series(1, 3000) b ON a = b',
    'SELECT array_agg(n) FROM generate_series(1, 3000) a (n) JOIN generate_series(1, 3000) b (n) USING (n)',
    "SELECT array_agg(d) FROM generate_series(date '2000-01-01', date '2024-12-31', interval '1 minute') d WHERE d >= '2024-12-01'",
  ])('are few where a condition on a series says so: %s', async (sql) => {
    expect(await outcomeOf(sql)).toBe('accepted');
  });

  it('stay what one condition leaves where another says the same', async () => {
    const both = (turns: number) =>
      `SELECT array_agg(repeat('x', 1000)) FILTER (WHERE g % ${turns} = 0) FROM generate_series(1, 600000) g WHERE g % ${turns} = 0`;
    expect(await outcomeOf(both(10))).toMatch(grown);
    expect(await outcomeOf(both(100))).toBe('accepted');
  });
});
