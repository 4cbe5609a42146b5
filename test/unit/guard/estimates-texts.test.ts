// How long texts of constants become that are written short, quoted in each other, or put together by patterns.

import { afterAll, describe, expect, it } from 'vitest';
import { defaultGuard } from '../../support/default-guard.ts';
import { outcomeBy } from '../../support/guard-outcome.ts';

const guard = defaultGuard();
afterAll(() => guard.close());

const outcomeOf = (sql: string) => outcomeBy(guard, sql);
const grown =
  /^GUARD_EXPANSION: a(?: constant expression|ll constant expressions together) would grow to about \d+ MB$/;
const within = (before: string, inner: string, after: string, depth: number) =>
  before.repeat(depth) + inner + after.repeat(depth);

describe('a number that is written short', () => {
  it.each([
    'length(repeat(1e131000::text, 7000))',
    "length(repeat('1e131000'::numeric::text, 7000))",
    "repeat('x', length(1e131000::text) * 500)",
    'array_agg(1e131000::text) FROM generate_series(1, 1000000)',
    'array_agg(factorial(10000) + g) FROM generate_series(1, 200000) g',
    'array_agg((10::numeric ^ 100000)::text) FROM generate_series(1, 1000) g',
    'array_agg(power(10::numeric, 100000)::text) FROM generate_series(1, 1000) g',
    'array_agg(exp(200000::numeric)::text) FROM generate_series(1, 1000) g',
    'array_agg(round(g::numeric, 16000)::text) FROM generate_series(1, 10000) g',
    'array_agg(g::numeric(1000, 900)::text) FROM generate_series(1, 100000) g',
    'array_agg((1e60000 * 1e60000)::text) FROM generate_series(1, 200) g',
  ])('counts by its digits as a text: %s', async (expression) => {
    expect(await outcomeOf(`SELECT ${expression}`)).toMatch(grown);
  });

  it.each([
    "repeat('x', 1e6::int)",
    "repeat('-', round(a)::int)",
    'array_agg(round(g / 7.0, 2)) FROM generate_series(1, 100000) g',
    'array_agg(power(2, g)) FROM generate_series(1, 60) g, t',
    "string_agg(g::text, ',') FROM generate_series(1, 1000000) g",
    'array_agg(exp(t.price)) FROM generate_series(1, 100000) g, t',
  ])('is short otherwise: %s', async (expression) => {
    expect(await outcomeOf(`SELECT ${expression}`)).toBe('accepted');
  });
});

describe('a text that is quoted in each level around it', () => {
  it.each([
    ['%L', within("format('%L',", "''''", ')', 29)],
    ['%I', within("format('%I',", "'\"'", ')', 29)],
    ['quote_literal', within('quote_literal(', "''''", ')', 15)],
    ['JSON', within('json_build_array(', "'\"'", ')::text', 28)],
    ['an object of JSON', within("jsonb_build_object('a',", "'\"'", ')::text', 28)],
    ['an array', within('array_fill(', "'\"'::text", ',array[1])::text', 28)],
    ['an aggregate of JSON', within('(select json_agg(', "'\"'", ')::text)', 28)],
  ])('doubles with each: %s', async (_, expression) => {
    expect(await outcomeOf(`SELECT ${expression}`)).toMatch(grown);
  });

  it.each([
    within("json_build_object('a',", '1', ')', 40),
    within("json_build_object('a',", 'note', ')', 40),
    within("json_build_object('a',", 'note', ')::text', 5),
    "json_agg(json_build_object('id', id, 'lines', (SELECT json_agg(l) FROM lines l)))",
    "format('%L, %I, %s', a, b, c)",
  ])('stays as it is where nothing quotes it: %s', async (expression) => {
    expect(await outcomeOf(`SELECT ${expression} FROM t`)).toBe('accepted');
  });
});

describe('what stands in the place of a match', () => {
  it.each([
    `length(regexp_replace(repeat('a',4000000),'(?:a|${'b'.repeat(200)})',repeat('y',200),'g'))`,
    `length(regexp_replace(repeat('a',4000000),'(?:a*|${'b'.repeat(1_000)})',repeat('\\&',1000),'g'))`,
    "regexp_replace(repeat('a',4000000),'(a*)',repeat('\\1',10))",
    "array_to_string(array_fill(null::int, array[900000]), ',', repeat('x', 1100))",
  ])('counts for each match there may be: %s', async (expression) => {
    expect(await outcomeOf(`SELECT ${expression}`)).toMatch(grown);
  });

  it.each([
    "regexp_replace(repeat('a',4000000),'a','y')",
    "regexp_replace(note, '[^a-z]', ' ', 'g')",
    `${within('regexp_replace(', 'note', ", '\\s+', ', ', 'g')", 20)}`,
    "array_to_string(tags, ', ', '(none)')",
    "array_to_string(array_agg(note), ', ')",
  ])('is little otherwise: %s', async (expression) => {
    expect(await outcomeOf(`SELECT ${expression} FROM t`)).toBe('accepted');
  });
});
