// What the guard says of constants: how big they grow, how much work two of them make, and what it takes to find out.

import { afterAll, describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../../src/guard/builtin-catalog.ts';
import { maxTextBytes } from '../../../src/guard/text-limits.ts';
import { defaultGuard } from '../../support/default-guard.ts';

const guard = defaultGuard();
/** For what may take a second, and several on a busy machine. */
const patientGuard = defaultGuard({ parseDeadlineMs: 10_000 });
const catalog = builtInCatalog();
afterAll(() => Promise.all([guard.close(), patientGuard.close()]));

async function messageOf(sql: string): Promise<string | undefined> {
  const verdict = await guard.check(sql, catalog);
  return verdict.accepted ? undefined : `${verdict.error.code}: ${verdict.error.message}`;
}

const untold = 'GUARD_EXPANSION: the size of a constant expression cannot be told';
const pairwise =
  'GUARD_EXPANSION: two long constants would be held against each other part by part, which no time limit ends';
const multiplied = 'GUARD_EXPANSION: a recursive query would multiply a value with each turn, past 16 MB';
const searched = 'GUARD_FUNCTION: an XPath expression may search the document only once';

describe('the size of constants', () => {
  it('may come to 64 MB in all and no further', async () => {
    const value = "repeat('x', 16000000)";
    expect(await messageOf(`SELECT ${[value, value, value, value].join(', ')}`)).toBeUndefined();
    expect(await messageOf(`SELECT ${[value, value, value, value, value].join(', ')}`)).toBe(
      'GUARD_EXPANSION: all constant expressions together would grow to about 76 MB',
    );
  });

  it.each([
    ["repeat('x', (SELECT 16000000))", "repeat('x', (SELECT 17000000))"],
    ["repeat('x', CASE WHEN a THEN 1 ELSE 16000000 END)", "repeat('x', CASE WHEN a THEN 17000000 END)"],
    ["repeat('x', ('16' || '000000')::int)", "repeat('x', ('17' || '000000')::int)"],
    ['array_fill(1, ARRAY[2000000]::int[])', 'array_fill(1, ARRAY[2200000]::int[])'],
    ["format('%*s', 16000000, 'x')", "format('%*s', 17000000, 'x')"],
    [
      "lpad('x', extract(epoch from interval '180 days')::int)",
      "lpad('x', extract(epoch from interval '200 days')::int)",
    ],
  ])('is told through what stands around a number: %s passes and %s does not', async (small, big) => {
    expect(await messageOf(`SELECT ${small} FROM t`)).toBeUndefined();
    expect(await messageOf(`SELECT ${big} FROM t`)).toMatch(/would grow to about \d+ MB$/);
  });

  it.each(["repeat('x', hashtext('a'))", "repeat('x', $1)", "format(reverse('s%'), 'x')"])(
    'is not guessed where constants hide it: %s',
    async (expression) => expect(await messageOf(`SELECT ${expression} FROM t`)).toBe(untold),
  );

  it.each(["repeat('x', hashtext(a))", "repeat('x', a * 1000)", "format(a, 'x')", 'lpad(a, $1 + b)'])(
    'is taken to be small where columns of tables decide: %s',
    async (expression) => expect(await messageOf(`SELECT ${expression} FROM t`)).toBeUndefined(),
  );

  it('of an aggregate is that of its rows, but where a condition on columns or DISTINCT leaves few', async () => {
    const from = 'FROM generate_series(1, 3000000) n';
    for (const sql of [
      `SELECT array_agg(n) ${from}`,
      `SELECT array_agg(n) FILTER (WHERE true) ${from} WHERE 1 = 1`,
      `SELECT array_agg(DISTINCT n) ${from} LIMIT 1`,
      `SELECT 1 ${from} HAVING array_agg(n) IS NULL`,
    ]) {
      expect(await messageOf(sql), sql).toBe(
        'GUARD_EXPANSION: a constant expression would grow to about 23 MB',
      );
    }
    for (const sql of [
      `SELECT array_agg(n) FILTER (WHERE n < 5) ${from}`,
      `SELECT array_agg(n) ${from} WHERE n % 5 = 0`,
      `SELECT array_agg(DISTINCT n % 5) ${from}`,
      `SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY n), mode() WITHIN GROUP (ORDER BY n) ${from}`,
    ]) {
      expect(await messageOf(sql), sql).toBeUndefined();
    }
  });

  it('in a recursion is that after its last turn', async () => {
    const doubling = (where: string) =>
      `WITH RECURSIVE t(s, i) AS (SELECT 'x', 0 UNION ALL SELECT s || s, i + 1 FROM t ${where}) SELECT 1 FROM t`;
    expect(await messageOf(doubling('WHERE i < 23'))).toBeUndefined();
    expect(await messageOf(doubling('WHERE i < 24'))).toBe(multiplied);
    expect(await messageOf(doubling(''))).toBe(multiplied);
    expect(await messageOf(doubling('WHERE length(s) < 1000'))).toBeUndefined();
  });
});

describe('the work of two constants', () => {
  it('may come to 2 x 10^8 and no further', async () => {
    const like = (bytes: number) => `SELECT repeat('a', ${bytes}) LIKE '%' || repeat('a', ${bytes}) || 'b'`;
    expect(await messageOf(like(14_000))).toBeUndefined();
    expect(await messageOf(like(14_200))).toBe(pairwise);
  });

  it('is no matter where one side is a short literal or a column', async () => {
    const long = "repeat('a', 16000000)";
    expect(await messageOf(`SELECT ${long} LIKE '%an ordinary pattern_%'`)).toBeUndefined();
    expect(
      await messageOf(`SELECT a LIKE ${long}, translate(b, ${long}, ''), c @> d, e - f FROM t`),
    ).toBeUndefined();
  });
});

describe('XPath', () => {
  it.each(['//b//b', '//b | //c', '//b/..', '//b = //c', '//b[following-sibling::c]', '/r/b/following::b'])(
    'is bounded by the size of a constant document: %s',
    async (path) => {
      const sql = (count: number) =>
        `SELECT xpath('${path}', ('<r>' || repeat('<b/>', ${count}) || '</r>')::xml)`;
      expect(await messageOf(sql(300))).toBeUndefined();
      expect(await messageOf(sql(300_000))).toBe(searched);
      expect(await messageOf(`SELECT xpath('${path}', doc) FROM t`)).toBe(searched);
    },
  );

  it('of one search passes over the biggest constant', async () => {
    const document = "('<r>' || repeat('<b><a/></b>', 1400000) || '</r>')::xml";
    expect(await messageOf(`SELECT xpath('count(//b/a) div count(//b)', ${document})`)).toBeUndefined();
  });

  it('is read as the grammar has it, or refused', async () => {
    expect(await messageOf("SELECT xpath('//b[$x]', doc) FROM t")).toBe(
      'GUARD_FUNCTION: an XPath expression cannot be read',
    );
    expect(await messageOf("SELECT xpath('//div[div div div * 2 > 1]', doc) FROM t")).toBeUndefined();
  });
});

const list = (count: number, item: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => item(at)).join(', ');

describe('what it takes to tell', () => {
  // Each of these made one of the estimates quadratic or worse at some time.
  it.each([
    ['a path of one word', `SELECT xpath('${'descendant-'.repeat(8_900)}', '<a/>')`],
    [
      'a chain of names',
      `WITH a0 AS (SELECT 1 n), ${list(2_500, (at) => `a${at + 1} AS (SELECT n+1 AS n FROM a${at})`)} SELECT repeat('x', n) FROM a2500`,
    ],
    [
      'many names for many rows',
      `WITH v(a, b) AS (VALUES ${list(2_000, (at) => `('x',${at})`)}) SELECT ${list(2_000, () => 'repeat(a,b)')} FROM ${list(2_000, (at) => `v v${at}`)}`,
    ],
    [
      'doubled lists of columns',
      `WITH a0 AS (SELECT 1 n), ${list(40, (at) => `a${at + 1} AS (SELECT * FROM a${at} x, a${at} y)`)} SELECT repeat('x', n) FROM a40${' '.repeat(2_000)}`,
    ],
    [
      'many conditions on many names',
      `WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM t) SELECT ${list(4_000, () => "repeat('x',n)")} FROM t WHERE ${Array(4_000).fill('n<9').join(' AND ')}`,
    ],
  ])('is little for %s', async (_, sql) => {
    expect(sql.length).toBeLessThanOrEqual(maxTextBytes);
    const verdict = await patientGuard.check(sql, catalog);
    expect(verdict.accepted ? '' : verdict.error.code).not.toMatch(/^GUARD_DEADLINE|^GUARD_TOO_DEEP/);
  });
});
