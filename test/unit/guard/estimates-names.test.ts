// Which columns the names in estimates mean: what a subquery in FROM does not see is not what it means.

import { afterAll, describe, expect, it } from 'vitest';
import { defaultGuard } from '../../support/default-guard.ts';
import { outcomeBy } from '../../support/guard-outcome.ts';

const guard = defaultGuard();
afterAll(() => guard.close());

const outcomeOf = (sql: string) => outcomeBy(guard, sql);
const grown = (megabytes: number) =>
  `GUARD_EXPANSION: a constant expression would grow to about ${megabytes} MB`;

describe('a name that a subquery gives to an expression over a column of that name', () => {
  it.each([
    "SELECT repeat('#', (litres / 10)::int) FROM (SELECT sum(litres) litres FROM fuel.fills f) s",
    "SELECT lpad('', trips) FROM (SELECT sum(trips) AS trips FROM t GROUP BY a) s",
    'SELECT array_fill(0, ARRAY[priority]) FROM (SELECT max(priority) AS priority FROM t) s',
    'SELECT count(*) FROM (SELECT min(vehicle_id) AS vehicle_id FROM t) s, generate_series(1, vehicle_id) n',
    "SELECT repeat('#', a) FROM (SELECT a + 1 AS a FROM (SELECT a * 2 AS a FROM t) t) t",
    "SELECT repeat('#', a) FROM t, LATERAL (SELECT t.a + 1 AS a) s",
    "SELECT repeat('#', a) FROM t JOIN (SELECT max(a) AS a FROM t) s USING (a)",
    "SELECT (SELECT repeat('#', a) FROM (SELECT max(a) AS a FROM u) s) FROM t",
    'WITH s AS (SELECT max(a) AS a FROM t) SELECT array_agg(n) FROM s, generate_series(1, a) AS a (n)',
    'SELECT array_agg(n) FROM t, generate_series(1, n) n',
  ])('means the column below: %s', async (sql) => {
    expect(await outcomeOf(sql)).toBe('accepted');
  });

  it.each([
    ["SELECT repeat('#', n) FROM (SELECT n * 1000 AS n FROM (SELECT 60000 AS n) s) s", 57],
    ["SELECT repeat('#', n) FROM (SELECT 60000 AS m) s, LATERAL (SELECT m * 1000 AS n) r", 57],
    ["SELECT repeat('#', n) FROM (SELECT 60000000 AS m) s, generate_series(m, m) n", 57],
    ['SELECT array_agg(n) FROM (SELECT 3000000 AS n) s, generate_series(1, s.n) n', 23],
    ["SELECT (SELECT repeat('#', n) FROM (SELECT 1) s) FROM (SELECT 60000000 AS n) s", 57],
    ['SELECT array_agg(b) FROM (SELECT 3000000 AS n) s JOIN LATERAL generate_series(1, n) b ON true', 23],
  ])('means what surely gives it, where it is a constant: %s', async (sql, megabytes) => {
    expect(await outcomeOf(sql)).toBe(grown(megabytes));
  });
});
