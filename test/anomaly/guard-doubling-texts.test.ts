// Texts in which each level holds the one below twice: what one costs must not double with each level, in this process no
// more than in the worker.
import { describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../src/guard/builtin-catalog.ts';
import { createJudge, type Judge, type Judgement, stepsInProcess } from '../../src/guard/judge.ts';
import { loadParser } from '../../src/guard/parser.ts';
import { createPolicy } from '../../src/guard/policy.ts';
import {
  maxBracketDepth,
  maxInProcessBytes,
  maxInProcessDepth,
  maxTextBytes,
  measureText,
} from '../../src/guard/text-limits.ts';
import { defaultGuard } from '../support/default-guard.ts';

const list = (count: number, item: (at: number) => string, between = ',') =>
  Array.from({ length: count }, (_, at) => item(at)).join(between);

/** A subquery in a subquery, `depth` times; each has one column `v`. */
const nested = (depth: number, start: string, expression: string) =>
  `${'(select '.repeat(depth)}`.replaceAll('(select ', `(select ${expression} v from `) +
  start +
  ' s)'.repeat(depth);

/** WITH queries c0, c1, …, each from the one before it. */
const chained = (depth: number, start: string, next: (before: string) => string) =>
  `c0(v) as (${start})${list(depth, (at) => `,c${at + 1}(v) as (${next(`c${at}`)})`, '')}`;

/** What is asked of the column `v`, so that every estimate is at work. */
const questions = [
  "repeat('x',v::int)",
  'array_fill(0,v)',
  "format(v::text,'x')",
  'array_agg(v)',
  "xpath(v::text,'<a/>')",
  "v::text like v::text||'%'",
  'interval (v)::text',
];

const expressions = [
  'v||v',
  'coalesce(v,v)',
  'case when v is null then v else v end',
  'array[v,v]',
  'v+v',
  'greatest(v,v)',
  'nullif(v,v)||v',
  'concat(v,v)',
  'replace(v,v,v)',
  'array_cat(v,v)',
  '(select v||v)',
  'array(select v union all select v)',
  'row(v,v)',
  'unnest(array[v,v])',
];

/** By name: the text of a family at a depth. */
const families: Readonly<Record<string, (depth: number) => string>> = {
  ...Object.fromEntries(
    expressions.flatMap((expression) => [
      [
        `subqueries of ${expression}`,
        (depth: number) => `select ${questions[0]} from ${nested(depth, "(select '1' v)", expression)} z`,
      ],
      [
        `a recursive arm over subqueries of ${expression}`,
        (depth: number) =>
          `with recursive r(v) as (select 'x' union all select v from ${nested(depth, 'r', expression)} z where length(v) < 9) select 1`,
      ],
      [
        `a chain of WITH queries of ${expression}`,
        (depth: number) =>
          `with recursive ${chained(depth, "select '1'", (before) => `select ${expression} from ${before}`)},r(v) as (select 'x' union all select v from c${depth}) select ${questions[3]} from r`,
      ],
    ]),
  ),
  ...Object.fromEntries(
    questions.flatMap((question) => [
      [
        `unions of stars for ${question}`,
        (depth: number) =>
          `with ${chained(depth, 'select 1', (before) => `select * from ${before} union all select * from ${before}`)} select ${question} from c${depth}`,
      ],
      [
        `joins of stars for ${question}`,
        (depth: number) =>
          `with ${chained(depth, 'select 1', (before) => `select * from ${before} a,${before} b`)} select ${question} from c${depth}`,
      ],
      [
        `rows of functions for ${question}`,
        (depth: number) =>
          `with ${chained(depth, 'select 1', (before) => `select v from unnest(array(select * from ${before} union all select * from ${before})) v`)} select ${question} from c${depth}`,
      ],
      [
        `concatenations for ${question}`,
        (depth: number) => `select ${question} from ${nested(depth, "(select '1' v)", 'v||v')} z`,
      ],
      [
        `many columns of many items for ${question}`,
        (depth: number) =>
          `with c as (select ${list(depth, (at) => `1 c${at}`)},1 v) select ${list(depth, () => question.replaceAll('v', 'x0.v'))} from ${list(depth, (at) => `c x${at}`)}`,
      ],
      [
        `whole rows for ${question}`,
        (depth: number) =>
          `select ${list(depth, () => question.replaceAll('v', 'x'))} from (select ${list(depth, (at) => `${at}`)}) x`,
      ],
      [
        `names of many items for ${question}`,
        (depth: number) =>
          `select ${list(depth, () => question)} from ${list(depth, (at) => `(select 1 v) x${at}`)}`,
      ],
    ]),
  ),
  'arms of a recursion that double': (depth) =>
    `with recursive r(v) as (select 'x'${list(depth, () => ' union all select v||v from r', '')}) select 1`,
  'arms of a recursion that double by turns': (depth) =>
    `with recursive r(a,v) as (select 'x','y'${list(depth, () => ' union all select v||v,a from r union all select a,a||v from r', '')}) select 1`,
  'arms of a recursion that are counted': (depth) =>
    `with recursive r(n,v) as (select 1,'x'${list(depth, () => ' union all select n+1,v||v from r where n<5', '')}) select 1`,
  'columns of a recursion that change places': (depth) =>
    `with recursive r(${list(depth, (at) => `c${at}`)}) as (select ${list(depth, () => "'x'")} union all select ${list(depth, (at) => `c${at}||c${(at + 1) % depth}`)} from r) select 1`,
  'recursions that read each other': (depth) =>
    `with recursive ${list(depth, (at) => `c${at}(v) as (select 'x' union all select v||v from c${(at + 1) % depth})`)} select repeat(v,2) from c0`,
  'recursions that read the one before twice': (depth) =>
    `with recursive c0(v) as (select '1'),${list(depth, (at) => `c${at + 1}(v) as (select v from c${at} union all select a.v||b.v from c${at} a,c${at} b)`)} select repeat(v,2) from c${depth}`,
  'calls within each other': (depth) =>
    `select ${'concat('.repeat(depth)}v${',v)'.repeat(depth)} from (select 'x' v) s`,
  'repeats within each other': (depth) => `select ${'repeat('.repeat(depth)}'x'${',2)'.repeat(depth)}`,
  'CASE within each other': (depth) =>
    `select repeat('x',${'case when a then 1 else '.repeat(depth)}1${' end'.repeat(depth)}) from t`,
  'long templates': (depth) => `select ${list(depth, (at) => `format(repeat('%s',49000),${at})`)}`,
  'long templates of one column': (depth) =>
    `select ${list(depth, (at) => `format(v,${at})`)} from (select repeat('%s',49000) v) s`,
  'long paths': (depth) => `select ${list(depth, (at) => `xpath(repeat('a|',49000)||'a',x${at})`)} from t`,
  'long texts of SQL': (depth) =>
    `select ${list(depth, () => "(select count(*) from ts_stat('select repeat(''x'',9)'))")}`,
  'documents of many parts': (depth) =>
    `select ${list(depth, () => "xpath('//a//b[//c]',v)")} from (select (${list(depth, () => "'<a/>'", '||')})::xml v) s`,
  'conditions on one name': (depth) =>
    `select ${list(depth, () => "repeat('x',v)")} from (select 1 v) s where ${list(depth, (at) => `v<${at}`, ' and ')}`,
};

type Judges = { readonly near: Judge; readonly far: Judge };
const judges: Promise<Judges> = loadParser().then((parse) => {
  const policy = createPolicy(builtInCatalog(), { allowFunctions: [], schemas: undefined });
  return { near: createJudge(parse, policy, stepsInProcess), far: createJudge(parse, policy) };
});

/** Milliseconds of this thread for one text, the least of several, as a busy machine slows single ones. */
function leastMs(judge: Judge, sql: string, rounds: number, enough: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && least > enough; round++) {
    const before = process.threadCpuUsage();
    judge(sql + ' '.repeat(round));
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

/** Whether the guard would give a text to a judge of these bounds; what it refuses before reaches no parser. */
function isWithin(sql: string, mostBytes: number, mostDepth: number): boolean {
  const measure = measureText(sql);
  return measure.refusal === undefined && measure.bytes <= mostBytes && measure.depth <= mostDepth;
}

/** The texts of a family at growing depths, the last as deep as the bounds allow. */
function textsOf(
  family: (depth: number) => string,
  isWithinBounds: (sql: string) => boolean,
  first: number,
  growth: number,
): string[] {
  const texts: string[] = [];
  let depth = first;
  for (let next = family(depth); isWithinBounds(next); next = family(depth)) {
    texts.push(next);
    depth = Math.ceil(depth * growth);
  }
  // The deepest one, as far as a bisection finds it.
  let [fits, tooDeep] = [Math.floor(depth / growth), depth];
  while (tooDeep - fits > 1) {
    const middle = Math.floor((fits + tooDeep) / 2);
    if (isWithinBounds(family(middle))) fits = middle;
    else tooDeep = middle;
  }
  if (isWithinBounds(family(fits))) texts.push(family(fits));
  return texts;
}

const rounds = 6;

describe('texts that double with each level', () => {
  it.each(Object.keys(families))('take this process less than 20 ms: %s', async (name) => {
    const { near } = await judges;
    const bounds = (sql: string) => isWithin(sql, maxInProcessBytes, maxInProcessDepth);
    for (const sql of textsOf(families[name] as (depth: number) => string, bounds, 2, 1.5)) {
      expect(leastMs(near, sql, rounds, 10), sql.slice(0, 200)).toBeLessThan(20);
    }
  });

  it.each(Object.keys(families))(
    'leave the worker to others soon: %s',
    async (name) => {
      const { far } = await judges;
      const bounds = (sql: string) => isWithin(sql, maxTextBytes, maxBracketDepth);
      for (const sql of textsOf(families[name] as (depth: number) => string, bounds, 60, 4)) {
        expect(leastMs(far, sql, rounds, 500), sql.slice(0, 200)).toBeLessThan(1_000);
      }
    },
    120_000,
  );
});

describe('a short text whose constants take long to tell', () => {
  it('is left to the worker, which may accept it', async () => {
    const { near, far } = await judges;
    const sql = "select format(repeat('%s',24500),1)";
    expect(near(sql)).toMatchObject({ accepted: false, isSpent: true });
    expect(far(sql)).toMatchObject({ accepted: true });
    const guard = defaultGuard();
    expect(await guard.check(sql, builtInCatalog())).toMatchObject({ accepted: true });
    await guard.close();
  });

  it('is refused where the worker cannot tell either', async () => {
    const { far } = await judges;
    const texts = list(20, (at) => `format(repeat('%s',49000),${at})`);
    expect(outcome(far(`select ${texts}`))).toBe(
      'GUARD_EXPANSION: the size of a constant expression cannot be told',
    );
  });
});

const outcome = (judgement: Judgement) =>
  judgement.accepted ? 'accepted' : `${judgement.refusal.code}: ${judgement.refusal.message}`;
const multiplied = 'GUARD_EXPANSION: a recursive query would multiply a value with each turn, past 16 MB';

describe('a recursion of several arms', () => {
  it.each([
    ['that double each', "select 'x','y' union all select a||a,b from r union all select a||a,b from r"],
    ['that double by turns', "select 'x','y' union all select b||b,'' from r union all select '',a from r"],
    [
      'of which one puts the counter of the other back',
      "select 'x',1 union all select a||a,b+1 from r where b<9 union all select a,1 from r",
    ],
  ])('is refused where they grow together: %s', async (_, arms) => {
    const { near } = await judges;
    expect(outcome(near(`with recursive r(a,b) as (${arms}) select 1`))).toBe(multiplied);
  });

  it.each([
    [
      'that are counted',
      "select 'a',1 union all select a||'x'||a,b+1 from r where b<5 union all select a||'y'||a,b+1 from r where b<5",
    ],
    ['that add', "select 'a','b' union all select a||'x',b from r union all select b,a||'y' from r"],
  ])('is read where they do not: %s', async (_, arms) => {
    const { near } = await judges;
    expect(outcome(near(`with recursive r(a,b) as (${arms}) select * from r`))).toBe('accepted');
  });
});
