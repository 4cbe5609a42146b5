// The guard as its callers see it: verdicts, places, hints, fingerprints, what a live catalog could change.

import { afterAll, describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../../src/guard/builtin-catalog.ts';
import type { Verdict } from '../../../src/guard/guard.ts';
import { maxConstantBytes } from '../../../src/guard/rules/expansion.ts';
import { maxTreeDepth } from '../../../src/guard/walk.ts';
import { defaultGuard } from '../../support/default-guard.ts';
import { fixtureCatalog } from '../../support/guard-catalog.ts';

const guard = defaultGuard();
const catalog = fixtureCatalog();
const check = (sql: string) => guard.check(sql, catalog);
afterAll(() => guard.close());

function refusal(verdict: Verdict) {
  if (verdict.accepted) throw new Error('the text was accepted');
  const { code, message, facts } = verdict.error;
  return { code, message, hint: facts.hint, column: facts.place?.column, line: facts.place?.line };
}

describe('an accepted text', () => {
  it('tells its kind, its placeholders and the relations it names, CTEs left out', async () => {
    const sql = 'WITH c AS (SELECT * FROM sales.orders) SELECT * FROM c, places p WHERE p.id = $2 OR $1';
    expect(await check(sql)).toMatchObject({
      accepted: true,
      statement: 'select',
      placeholderCount: 2,
      relations: [{ schema: 'sales', name: 'orders' }, { name: 'places' }],
    });
    expect(await check('EXPLAIN SELECT 1')).toMatchObject({ statement: 'explain', placeholderCount: 0 });
    expect(await check('SHOW TimeZone')).toMatchObject({ statement: 'show', relations: [] });
  });

  it.each([
    ["SELECT * FROM sales.orders WHERE note = 'x' AND id = $1", true],
    ['SELECT now(), current_date', true],
    ["SELECT * FROM sales.orders WHERE day = 'Today'", false],
    ["SELECT U&'\\0074omorrow'::date", false],
    ["SELECT '{yesterday}'::date[]", false],
    ["SELECT timestamptz ' NOW '", false],
    ["SELECT '10:00 Europe/Berlin'::timetz", false],
  ])('tells whether it means the same whenever it is parsed: %s', async (sql, isTimeless) => {
    expect(await check(sql)).toMatchObject({ accepted: true, isTimeless });
  });

  it('has the fingerprint of the same statement with other literals, case, blanks and comments', async () => {
    const first = await check("SELECT a FROM t WHERE b IN (1, 2) AND c = 'x'");
    const second = await check("select a\nfrom t -- why\nwhere b in (7) and c='it''s'");
    const other = await check("SELECT a FROM t WHERE d IN (1, 2) AND c = 'x'");
    expect(first.fingerprint()).toMatch(/^[0-9a-f]{16}$/);
    expect(second.fingerprint()).toBe(first.fingerprint());
    expect(other.fingerprint()).not.toBe(first.fingerprint());
  });
});

describe('a refusal', () => {
  it.each([
    ['select top 5 * from t', 'LIMIT 5'],
    ['select 1 limit 5, 10', 'LIMIT count OFFSET start'],
    ['\\d orders', 'describe_table'],
    ['select `a` from t', 'double quotes'],
    ['select [a] from [t]', 'double quotes'],
    ['select a from t qualify row_number() over () = 1', 'QUALIFY'],
    ['select now() - interval 1 day', "interval '1 day'"],
    ['select @total from t where', '$1'],
    ["select '`a` top 5' fromm t", 'grammar of PostgreSQL'],
    ['select datediff(now(), now())', 'Subtract'],
    ['select IFNULL(1, 2)', 'coalesce'],
    ['select year(now())', 'extract(year from value)'],
  ])('hints at what PostgreSQL writes instead of %s', async (sql, instead) => {
    expect(refusal(await check(sql)).hint).toContain(instead);
  });

  it('points at the place, counted in characters also behind wider ones', async () => {
    expect(refusal(await check("SELECT 'é😀',\n  pg_sleep(1)"))).toMatchObject({
      code: 'GUARD_FUNCTION',
      message: 'function "pg_sleep" is not allowed: it may change, hold or reveal something on the server',
      line: 2,
      column: 3,
    });
    expect(refusal(await check("SELECT '日本' FORM x y"))).toMatchObject({
      code: 'GUARD_SYNTAX',
      column: 18,
    });
  });

  it.each([
    ['SELECT cuont(1)', 'Did you mean count? Otherwise use a built-in function.'],
    [
      'SELECT local_now()',
      'Use a built-in function, or ask the operator to allow it: MCP_ALLOW_FUNCTIONS=public.local_now.',
    ],
    ['SELECT upper(1)', 'Write pg_catalog.upper(…) to mean the built-in function.'],
    ['SELECT 1 INTO t', 'Leave INTO out and read the rows directly; WITH names an intermediate result.'],
    ['SELECT 1; SELECT 2', 'Send each statement in a call of its own.'],
    ['DELETE FROM t', 'This server only reads; nothing can be changed through it.'],
    [
      'SELECT * FROM pg_settings',
      'Use SHOW with the name of one harmless setting, for example SHOW TimeZone.',
    ],
    [
      'SELECT s.total FROM generate_series(1,2) s',
      'If "total" is a column, read it through its table: give the table an alias in FROM and write alias."total".',
    ],
  ])('says what to write instead of %s', async (sql, hint) => {
    expect(refusal(await check(sql)).hint).toBe(hint);
  });
});

describe('what a live catalog could change', () => {
  const floor = builtInCatalog();
  const depends = async (sql: string) => {
    const verdict = await guard.check(sql, floor);
    return verdict.accepted ? 'accepted' : verdict.dependsOnCatalog;
  };

  it.each(['SELECT my_function(1)', 'SELECT 1 ### 2', "SELECT 'x'::my_type", "SELECT 'x'::app.my_type"])(
    'is a name that only a database can know: %s',
    async (sql) => expect(await depends(sql)).toBe(true),
  );

  it.each([
    'SELECT pg_sleep(1)',
    'DELETE FROM t',
    'SELECT * FROM pg_authid',
    "SELECT dblink('', '')",
    'SELECT 1 1',
  ])('is never what the policy itself refuses: %s', async (sql) => expect(await depends(sql)).toBe(false));

  it('is nothing once a live catalog was asked', async () => {
    expect(await check('SELECT my_function(1)')).toMatchObject({ accepted: false, dependsOnCatalog: false });
  });
});

describe('limits on the tree', () => {
  it('lets a chain of operators pass that is nearly as deep as allowed', async () => {
    expect(await check(`SELECT 1${'+1'.repeat(maxTreeDepth - 10)}`)).toMatchObject({ accepted: true });
  });

  it('refuses a deeper one and names the limit', async () => {
    expect(refusal(await check(`SELECT 1${'+1'.repeat(maxTreeDepth)}`))).toMatchObject({
      code: 'GUARD_TOO_DEEP',
      message: 'the statement is nested deeper than 1500 levels',
    });
  });

  it('lets a constant grow to 16 MB and no further', async () => {
    expect(await check(`SELECT repeat('x', ${maxConstantBytes})`)).toMatchObject({ accepted: true });
    expect(refusal(await check(`SELECT repeat('xy', ${maxConstantBytes})`))).toMatchObject({
      code: 'GUARD_EXPANSION',
      message: 'a constant expression would grow to about 32 MB',
    });
  });
});

describe('the operator’s choices', () => {
  it('serve only the schemas that are named', async () => {
    const served = defaultGuard({ schemas: ['sales'] });
    expect(
      await served.check('SELECT * FROM sales.orders, information_schema.tables', catalog),
    ).toMatchObject({ accepted: true });
    expect(refusal(await served.check('SELECT * FROM hr.salaries', catalog))).toMatchObject({
      code: 'GUARD_RELATION',
      message: 'relation "hr.salaries" is outside the schemas that are served',
      hint: 'Use list_tables to see what is there; served are sales.',
    });
    await served.close();
  });

  it('never open what initdb made', async () => {
    const open = defaultGuard({ allowFunctions: ['pg_sleep', 'pg_catalog.pg_sleep'] });
    expect(await open.check('SELECT pg_sleep(1)', catalog)).toMatchObject({ accepted: false });
    await open.close();
  });

  it('open a function of a user, and the operators and types that run it', async () => {
    const open = defaultGuard({ allowFunctions: ['ops.both', 'ops.is_fine', 'touch_all'] });
    for (const sql of [
      'SELECT 1 <!!> 2',
      "SELECT 'x'::watched",
      'SELECT touch_all(1)',
      'SELECT ops.both(1, 2)',
    ]) {
      expect(await open.check(sql, catalog), sql).toMatchObject({ accepted: true });
    }
    expect(await open.check('SELECT ops.touch()', catalog)).toMatchObject({ accepted: false });
    await open.close();
  });
});

describe('a user’s overload of a function in an extension’s schema', () => {
  it('is refused although the extension’s own overload is trusted', async () => {
    const own = catalog.functions.find(({ name }) => name === 'local_now')!;
    const mixed = fixtureCatalog({ functions: [...catalog.functions, { ...own, name: 'similarity' }] });
    expect(await guard.check("SELECT similarity('a', 'b')", mixed)).toMatchObject({
      error: {
        code: 'GUARD_FUNCTION',
        message: 'function "public.similarity" is not allowed: it was defined by a user',
      },
    });
  });
});
