// What times, spans and written documents come to where they bound a series or count something.

import { afterAll, describe, expect, it } from 'vitest';
import { readSpan, readTime } from '../../../src/guard/estimates/time-literal.ts';
import { readByTemplate } from '../../../src/guard/estimates/time-template.ts';
import { defaultGuard } from '../../support/default-guard.ts';
import { outcomeBy } from '../../support/guard-outcome.ts';

const guard = defaultGuard();
afterAll(() => guard.close());

const outcomeOf = (sql: string) => outcomeBy(guard, sql);
const untold = 'GUARD_EXPANSION: the size of a constant expression cannot be told';
const grown = /^GUARD_EXPANSION: a constant expression would grow to about \d+ MB$/;
const day = 86_400;

describe('a series of times', () => {
  const series = (from: string, to: string, step = "interval '1 day'") =>
    `SELECT array_agg(d) FROM generate_series(${from}, ${to}, ${step}) d`;

  it.each([
    ["timestamp '2024-01-01'", "timestamp '2024-12-31'", "interval '1 month - 1 day'"],
    ["now() at time zone 'UTC' - interval '1 year'", "now() at time zone 'UTC'", "interval '1 day'"],
    ["date_bin('15 minutes', now(), timestamp '2001-01-01')", 'now()', "interval '15 minutes'"],
    ["to_date('2024-01-01', 'YYYY-MM-DD')", "to_date('20241231', 'YYYYMMDD')", "interval '1 day'"],
    ["to_timestamp('01.02.2024 10:00', 'DD.MM.YYYY HH24:MI')", 'now()', "interval '1 hour'"],
    [
      "lower('[2024-01-01,2024-12-31)'::daterange)",
      "upper('[2024-01-01,2024-12-31)'::daterange)",
      "interval '1 day'",
    ],
    ["lower(daterange('2024-01-01','2024-12-31'))", 'current_date', "interval '1 day'"],
    [
      "timestamptz '2024-01-01 00:00:00.5+05:30'",
      "timestamptz '2024-02-01 10:00 PM Europe/Berlin'",
      "interval '1 hour'",
    ],
  ])('is short from %s to %s by %s', async (from, to, step) => {
    expect(await outcomeOf(series(from, to, step))).toBe('accepted');
  });

  it.each([
    ["timestamp '1000-01-01 BC'", "timestamp '1000-01-02'", "interval '4 hours'"],
    ["timestamp '0001-01-01'", "timestamp '9999-01-01'", "interval '1 hour'"],
    ["to_date('0001-01-01', 'YYYY-MM-DD')", "timestamp '9999-01-01'", "interval '1 hour'"],
    ['make_date(-4000, 1, 1)', "timestamp '9999-01-01'", "interval '1 hour'"],
    ["now() at time zone 'UTC' - interval '9000 years'", 'now()', "interval '1 hour'"],
    [
      "lower('[0001-01-01,9999-12-31)'::daterange)",
      "upper('[0001-01-01,9999-12-31)'::daterange)",
      "interval '1 hour'",
    ],
  ])('is long from %s to %s by %s', async (from, to, step) => {
    expect(await outcomeOf(series(from, to, step))).toMatch(grown);
  });

  it.each(["to_date('1 Jan 2024', 'D Mon YYYY')", "timestamp '2024-01-01 something else'"])(
    'is not guessed from what is not read: %s',
    async (from) => expect(await outcomeOf(series(from, 'now()'))).toBe(untold),
  );
});

describe('a count', () => {
  it.each([
    "date_part('days', now())::int",
    "date_part('months', interval '3 months')::int",
    "extract(microseconds from interval '1 second')::int / 1000000",
    '(extract(year from now()))::int',
    "('{\"n\":3}'::jsonb->>'n')::int",
    "('{\"a\":{\"n\":3}}'::jsonb->'a'->>'n')::int",
    "json_value('{\"n\":3}'::jsonb, '$.n' returning int)",
    'upper(int4range(1, 5))',
    "upper('[1,5)'::int4range)",
    "(attrs->>'n')::int",
  ])('is read from %s', async (count) => {
    expect(await outcomeOf(`SELECT repeat('x', ${count}) FROM t`)).toBe('accepted');
  });

  it.each([
    "('{\"n\":60000000}'::jsonb->>'n')::int",
    '(\'{"n":"6e7"}\'::jsonb->>\'n\')::float::int',
    '(\'{"n":"0x3938700"}\'::jsonb->>\'n\')::int',
    '(\'{"n":"60_000_000"}\'::jsonb->>\'n\')::int',
    "json_value('{\"n\":3}'::jsonb, '$.x' returning int default 60000000 on empty)",
    'upper(int4range(1, 60000000))',
    "upper('[1,60000000)'::int4range)",
  ])('is found to be high from %s', async (count) => {
    expect(await outcomeOf(`SELECT repeat('x', ${count})`)).toMatch(grown);
  });

  it.each([
    '(\'{"n":"\\u0036\\u0030000000"}\'::jsonb->>\'n\')::int',
    "json_value('{\"n\":3}'::jsonb, '$.n * 20000000' returning int)",
    "upper('[1,)'::int4range)",
  ])('is not guessed from %s', async (count) => {
    expect(await outcomeOf(`SELECT repeat('x', ${count})`)).toBe(untold);
  });
});

describe('the readers', () => {
  it('read spans with signs of their own', () => {
    expect(readSpan('1 month - 1 day')?.high).toBe(29 * day);
    expect(readSpan('- 2 days')?.high).toBe(-2 * day);
  });

  it('read the years before Christ, and none of what goes on otherwise', () => {
    const from = readTime('1000-01-01 BC', 'time')?.low ?? 0;
    const to = readTime('1000-01-01', 'time')?.low ?? 0;
    expect((to - from) / day / 365.2425).toBeCloseTo(1_999, 0);
    expect(readTime('0050-01-01', 'date')?.low).toBeLessThan(-60_000_000_000);
    expect(readTime('2024-01-01 BCE', 'date')?.low).not.toBeLessThan(0);
    expect(readTime('2024-01-01 12:00 or so', 'time')).toBeUndefined();
  });

  it('read dates by plain templates and none by others', () => {
    expect(readByTemplate('31.12.2024', 'DD.MM.YYYY', 'date')?.low).toBe(Date.UTC(2024, 11, 31) / 1_000);
    expect(readByTemplate('Dec 2024', 'Mon YYYY', 'date')).toBeUndefined();
    expect(readByTemplate('2024(', 'YYYY(', 'date')?.low).toBe(Date.UTC(2024, 0, 1) / 1_000);
  });
});

describe('an L-system', () => {
  const grow = (turns: number, replacement = 'F+G') =>
    `WITH RECURSIVE l(s, n) AS (SELECT 'F', 0 UNION ALL SELECT replace(replace(replace(s, 'F', 'x'), 'G', 'F-G'), 'x', '${replacement}'), n + 1 FROM l WHERE n < ${turns}) SELECT s FROM l`;

  it('grows by what its rules write for a letter', async () => {
    expect(await outcomeOf(grow(8))).toBe('accepted');
    expect(await outcomeOf(grow(30))).toBe(
      'GUARD_EXPANSION: a recursive query would multiply a value with each turn, past 16 MB',
    );
  });
});
