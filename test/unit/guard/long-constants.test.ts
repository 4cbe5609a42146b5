// What the guard says of work over long constants: again and again in one row, along paths, level by level.

import { afterAll, describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../../src/guard/builtin-catalog.ts';
import { defaultGuard } from '../../support/default-guard.ts';

const guard = defaultGuard();
const catalog = builtInCatalog();
afterAll(() => guard.close());

async function messageOf(sql: string): Promise<string | undefined> {
  const verdict = await guard.check(sql, catalog);
  return verdict.accepted ? undefined : `${verdict.error.code}: ${verdict.error.message}`;
}

const many = (count: number, expression: string) =>
  Array.from({ length: count }, () => expression).join(', ');
const fromLong = "FROM (SELECT repeat('a', 16000000) x OFFSET 0) s";

describe('calls over a long constant', () => {
  const refusal =
    'GUARD_EXPANSION: calls and operators would work through long constants again and again, past 256 MB in one row';

  it.each([
    ['casts', `SELECT ${many(200, 'length(x::bytea)')} ${fromLong}`],
    ['copies', `SELECT ${many(200, 'length(left(x, -1))')} ${fromLong}`],
    ['conversions', `SELECT ${many(150, 'length(upper(x))')} ${fromLong}`],
    ['digests', `SELECT ${many(400, 'md5(x)')} ${fromLong}`],
    ['digests in an array', `SELECT cardinality(ARRAY[${many(5000, 'md5(x)')}]) ${fromLong}`],
    [
      'digests of bytes',
      `SELECT ${many(600, 'sha512(x)')} FROM (SELECT repeat('a', 16000000)::bytea x OFFSET 0) s`,
    ],
    ['arrays of it', `SELECT cardinality(ARRAY[${many(60, 'x')}]) ${fromLong}`],
    ['digests beside a table', `SELECT ${many(100, 'md5(x)')} FROM t, (SELECT repeat('a', 16000000) x) s`],
    [
      'products of long numbers',
      `SELECT cardinality(ARRAY[${many(4000, 'x*y')}]) FROM (SELECT factorial(15000) x, factorial(15001) y OFFSET 0) s`,
    ],
  ])('are refused where one row holds many: %s', async (_, sql) => {
    expect(await messageOf(sql)).toBe(refusal);
  });

  it.each([
    ['some of them', `SELECT ${many(5, 'md5(x)')} ${fromLong}`],
    ['many over a table', `SELECT ${many(500, 'md5(note)')} FROM t`],
    ['many over a short constant', `SELECT ${many(500, 'md5(x)')} FROM (SELECT repeat('a', 1000) x) s`],
    ['many products of columns', `SELECT ${many(500, 'a * b / c')} FROM t`],
    ['many products of sums', `SELECT ${many(50, 'sum(a) * sum(b)')} FROM t`],
    ['many products of constants', `WITH p AS (SELECT 2 AS x, 3.5 AS y) SELECT ${many(500, 'x * y')} FROM p`],
  ])('pass where they are few, short or of a table: %s', async (_, sql) => {
    expect(await messageOf(sql)).toBeUndefined();
  });
});

const arrays = (count: number) =>
  `('{"a":[' || repeat('1,', ${count}) || '1],"b":[' || repeat('2,', ${count}) || '2]}')::jsonb`;

describe('a path that compares two paths', () => {
  const refusal =
    'GUARD_EXPANSION: a path would hold the parts of a long constant against each other, which no time limit ends';

  it.each([
    `jsonb_path_match(${arrays(100_000)}, '$.a[*] == $.b[*]')`,
    `jsonb_path_match(${arrays(100_000)}, '$.a == $.b')`,
    `jsonb_path_exists(${arrays(100_000)}, '$ ? (@.a[*] /* " */ == @.b[*] /* " */)')`,
    `jsonb_path_match(${arrays(100_000)}, $1)`,
    `${arrays(20_000)} @? '$ ? (@.a[*] == @.b[*])'`,
    `${arrays(20_000)} @@ '$.a[*] < $.b[*]'::jsonpath`,
    `json_exists(${arrays(200_000)}, '$ ? (@.a[*] == @.b[*])')`,
    `json_value(${arrays(200_000)}, '$ ? (@.a[*] == @.b[*])')`,
    `'{"a":[${many(12_000, '1')}],"b":[${many(12_000, '2')}]}'::jsonb @@ '${Array.from({ length: 8 }, () => '$.a[*] == $.b[*]').join(' || ')}'`,
  ])('is refused over a long constant: %s', async (expression) => {
    expect(await messageOf(`SELECT ${expression}`)).toBe(refusal);
  });

  it('is refused in the columns of JSON_TABLE too', async () => {
    const column = `COLUMNS (c bool PATH '$ ? (@.a[*] == @.b[*])')`;
    expect(await messageOf(`SELECT * FROM json_table(${arrays(200_000)}, '$' ${column}) t`)).toBe(refusal);
  });

  it.each([
    "jsonb_path_match(j, '$.a[*] == $.b[*]')",
    "j @? '$.items[*] ? (@.price > @.cost)'",
    'jsonb_path_query(j, $1)',
    `jsonb_path_query_array(${arrays(100_000)}, '$.a[*] ? (@ > 5)')`,
    `jsonb_path_exists(${arrays(100_000)}, '$.b[*] ? (@ == "$ == @")')`,
    `jsonb_path_match(${arrays(1_000)}, '$.a[*] == $.b[*]')`,
    "to_tsvector(repeat('word ', 100000)) @@ to_tsquery('a & b')",
  ])('passes over a table, over a short constant, and against a value: %s', async (expression) => {
    expect(await messageOf(`SELECT ${expression} FROM t`)).toBeUndefined();
  });
});

describe('texts in search of words', () => {
  const refusal =
    'GUARD_EXPANSION: two long constants would be held against each other part by part, which no time limit ends';
  const positions = Array.from({ length: 255 }, (_, at) => at + 1).join(',');
  const vector = `(SELECT string_agg('x' || g || ':${positions}', ' ') FROM generate_series(1, 1000) g)::tsvector`;
  const query = "(SELECT string_agg('x' || g, ' & ') FROM generate_series(1, 1000) g)::tsquery";

  it.each([
    `ts_rank(${vector}, ${query})`,
    `ts_rank_cd('{0.1, 0.2, 0.4, 1.0}', ${vector}, ${query}, 2)`,
    `ts_rewrite(('a' || repeat(' & a', 20000))::tsquery, 'a', ('b' || repeat(' & b', 20000))::tsquery)`,
  ])('are refused where two long constants meet: %s', async (expression) => {
    expect(await messageOf(`SELECT ${expression}`)).toBe(refusal);
  });

  it.each([
    "ts_rank(to_tsvector('english', body), to_tsquery('a & b'))",
    "ts_rank_cd('{0.1, 0.2, 0.4, 1.0}', v, plainto_tsquery($1), 32)",
    "ts_rewrite(q, 'a', 'b & c')",
  ])('pass where one side is short or of a table: %s', async (expression) => {
    expect(await messageOf(`SELECT ${expression} FROM t`)).toBeUndefined();
  });
});

describe('a nested document', () => {
  const refusal =
    'GUARD_EXPANSION: a nested document would be given again for each of its levels, or indented, beyond 64 MB';
  const deep = (levels: number, items: number) =>
    `(repeat('[', ${levels}) || repeat('1,', ${items}) || '1' || repeat(']', ${levels}))::jsonb`;
  const xml = (levels: number, inner: string) =>
    `(repeat('<a>', ${levels}) || ${inner} || repeat('</a>', ${levels}))::xml`;
  const long = "repeat('x', 9000000)";

  it.each([
    `xpath('//a', ${xml(200, long)})`,
    `xpath('/a/descendant::a', ${xml(200, long)})`,
    `xpath('//a', (SELECT ${xml(200, long)}))`,
    `xpath('//a', (repeat('<a>', 200) || repeat('<b x="/>"/>', 400000) || repeat('</a>', 200))::xml)`,
    `jsonb_path_query_array(${deep(200, 500_000)}, '$.**')`,
    `jsonb_path_query_array(${deep(200, 500_000)}, '$."**".**')`,
    `jsonb_path_query(${deep(1000, 1)}, '$.**.**.**')`,
    `json_query(${deep(200, 500_000)}, '$.**' WITH WRAPPER)`,
    `jsonb_pretty(${deep(900, 250_000)})`,
    `jsonb_pretty((repeat('["', 1) || repeat('a', 5) || '",' || repeat('["]",', 900) || repeat('1,', 250000) || '1' || repeat(']', 901))::jsonb)`,
    `jsonb_pretty(lpad('', 900, '[')::jsonb || ${deep(900, 250_000)})`,
    `xmlserialize(DOCUMENT ${xml(250, "repeat('<b/>', 300000)")} AS text INDENT)`,
  ])('is not given level by level where it is a long constant: %s', async (expression) => {
    expect(await messageOf(`SELECT ${expression}`)).toBe(refusal);
  });

  it('is not given again and again in small portions', async () => {
    const some = (count: number) => `SELECT ${many(count, `jsonb_pretty(${deep(100, 10_000)})`)}`;
    expect(await messageOf(some(10))).toBeUndefined();
    expect(await messageOf(some(20))).toBe(refusal);
  });

  it('is not spread out by XMLTABLE either', async () => {
    const sql = `SELECT cardinality(array_agg(c)) FROM xmltable('//a' PASSING (${xml(200, long)}) COLUMNS c xml PATH '.') t`;
    expect(await messageOf(sql)).toBe(refusal);
  });

  it.each([
    "xpath('//a', x)",
    "xpath('//a/text()', ('<r>' || repeat('<a/>', 3000000) || '</r>')::xml)",
    `xpath('/a/a/a', ${xml(200, long)})`,
    "jsonb_path_query(j, '$.**.name')",
    "jsonb_path_query(j, '$.**.**.**')",
    `jsonb_path_query('{"a":[{"b":1},{"b":[1,2]}]}', '$.**.**.b')`,
    'jsonb_pretty(j)',
    'jsonb_pretty(jsonb_agg(t))',
    "jsonb_pretty(('[' || repeat('{\"a\":[1]},', 100000) || '1]')::jsonb) IS NULL",
    'xmlserialize(CONTENT x AS text INDENT)',
  ])('passes where it is of a table, flat or short: %s', async (expression) => {
    expect(await messageOf(`SELECT ${expression} FROM t`)).toBeUndefined();
  });

  it('passes where functions build it out of many rows', async () => {
    expect(
      await messageOf('SELECT jsonb_pretty(jsonb_agg(g)) FROM generate_series(1, 100000) g'),
    ).toBeUndefined();
    const pairs =
      "SELECT jsonb_pretty(jsonb_agg(jsonb_build_object('n', g, 'm', repeat('x', 100)))) FROM generate_series(1, 9000) g";
    expect(await messageOf(pairs)).toBeUndefined();
  });
});

describe('a recursive UNION', () => {
  it('keeps no rows that a constant makes wide', async () => {
    const refusal =
      'GUARD_EXPANSION: a recursive UNION would keep every row in memory, each of them wide by a constant';
    const start = "WITH RECURSIVE t(n, x) AS (SELECT 1, repeat('x', 100000)";
    expect(await messageOf(`${start} UNION SELECT n + 1, x FROM t) SELECT count(*) FROM t`)).toBe(refusal);
    const turn = "WITH RECURSIVE t(n, x) AS (SELECT 1, 'x' UNION SELECT n + 1, repeat('x', 100000) FROM t)";
    expect(await messageOf(`${turn} SELECT count(*) FROM t`)).toBe(refusal);
    expect(
      await messageOf(`${start} UNION ALL SELECT n + 1, x FROM t) SELECT count(*) FROM t LIMIT 9`),
    ).toBeUndefined();
  });

  it('walks trees and graphs of tables', async () => {
    const sql = `WITH RECURSIVE t AS (SELECT id, parent, name, ARRAY[id] AS path FROM nodes WHERE parent IS NULL
      UNION SELECT n.id, n.parent, n.name, t.path || n.id FROM nodes n JOIN t ON n.parent = t.id) SELECT * FROM t`;
    expect(await messageOf(sql)).toBeUndefined();
  });
});
