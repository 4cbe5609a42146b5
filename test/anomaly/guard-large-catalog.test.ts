// Short texts over a large database: what one costs must not grow with the tables and functions there are, nor with the
// product of its own parts.
import { describe, expect, it } from 'vitest';
import { createJudge, type Judge } from '../../src/guard/judge.ts';
import { loadParser } from '../../src/guard/parser.ts';
import { createPolicy } from '../../src/guard/policy.ts';
import type { CatalogFunction, PolicyCatalog } from '../../src/guard/policy-catalog.ts';
import { maxInProcessBytes } from '../../src/guard/text-limits.ts';
import { fixtureCatalog } from '../support/guard-catalog.ts';

/** The last of 3,000 tables, and the names of 20,000 functions. */
const table = 'some_table_number_2999';
const functionName = (n: number) => `report_for_customer_segment_${n}`;

function largeCatalog(): PolicyCatalog {
  const small = fixtureCatalog();
  const userFunction = small.functions.find(({ name }) => name === 'local_now') as CatalogFunction;
  const functions = Array.from({ length: 20_000 }, (_, n) => ({ ...userFunction, name: functionName(n) }));
  const relations = Array.from({ length: 3_000 }, (_, n) => ({
    schema: 'public',
    name: `some_table_number_${n}`,
  }));
  const columns = [
    { schema: 'public', name: table, column: 'a', type: 'text' },
    { schema: 'public', name: table, column: 'nextval', type: 'int8' },
  ];
  return {
    ...small,
    functions: [...small.functions, ...functions],
    relations: [...small.relations, ...relations],
    columns: [...small.columns, ...columns],
  };
}

const times = (text: string, count: number, between = ',') => Array(count).fill(text).join(between);
const distinct = (text: string, count: number, between = ',') =>
  Array.from({ length: count }, (_, n) => text.replaceAll('#', String(n))).join(between);

const judged: Promise<Judge> = loadParser().then((parse) =>
  createJudge(parse, createPolicy(largeCatalog(), { allowFunctions: [], schemas: undefined })),
);

/** Milliseconds of this thread for one text, the least of several, as a busy machine slows single ones. */
async function leastMs(sql: string, rounds: number): Promise<number> {
  const judge = await judged;
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const before = process.threadCpuUsage();
    judge(sql + ' '.repeat(round));
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

describe('over 3,000 tables and 20,000 functions', () => {
  it.each([
    [
      'a user overload of each column of many tables',
      `select ${times('upper(a)', 45)} from ${times(table, 33)}`,
    ],
    [
      'an overload over one known and many unknown tables',
      `select ${times('upper(a)', 60)} from ${table},${times('t', 200)}`,
    ],
    [
      'columns that are named like functions',
      `select ${times('t.nextval', 60)} from ${times(`${table} t`, 19)}`,
    ],
    ['different columns of many items', `select ${distinct('upper(a#)', 60)} from ${times('t', 200)}`],
    [
      'stars of stars',
      `with a as (select * from ${table})${distinct(',a# as (select *,* from a)', 28, '')} select ${times('upper(a27.a)', 10)} from a27`,
    ],
    ['an unknown function much like all others', `select ${functionName(1)}xxx()`],
    ['casts that look like calls', `select ${distinct('regclass(#)', 80)}`],
  ])('judges %s within 20 ms', async (_, sql) => {
    expect(Buffer.byteLength(sql)).toBeLessThanOrEqual(maxInProcessBytes);
    expect(await leastMs(sql, 8)).toBeLessThan(20);
  });

  it.each([
    [
      'thousands of calls over thousands of tables',
      `select ${times('upper(a)', 3_000)} from ${times(table, 2_000)}`,
    ],
    [
      'thousands of columns of a subquery with thousands',
      `select ${times('s.nextval', 6_000)} from (select ${distinct('# c#', 3_500)}, 1 nextval) s`,
    ],
    [
      'thousands of names over thousands of items',
      `select ${distinct('upper(c#)', 4_000)} from ${times('t', 12_000)}`,
    ],
    [
      'thousands of aliases of one join',
      `select ${times('j.nextval', 5_000)} from ${times('a j', 3_000, ' cross join ')}`,
    ],
  ])(
    'leaves the worker to others soon after %s',
    async (_, sql) => {
      expect(await leastMs(sql, 3)).toBeLessThan(1_000);
    },
    60_000,
  );
});
