// Changed corpora: nothing crashes the guard, nothing outlives its deadline, and an attack otherwise written is one.
//
// GUARD_FUZZ_SECONDS lengthens the run (default 20), GUARD_FUZZ_SEED repeats one.

import { afterAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/guard/guard.ts';
import { loadParser } from '../../../src/guard/parser.ts';
import { defaultGuard } from '../../support/default-guard.ts';
import { fixtureCatalog } from '../../support/guard-catalog.ts';
import { ownCorpus } from '../../support/guard-corpora.ts';
import { chanceFrom, mangled, rewritten } from '../../support/sql-mutations.ts';

const seconds = Number(process.env['GUARD_FUZZ_SECONDS'] ?? 20);
const seed = Number(process.env['GUARD_FUZZ_SEED'] ?? Date.now() % 1_000_000);
const guard = defaultGuard();
const catalog = fixtureCatalog();
afterAll(() => guard.close());

const short = ({ sql }: { sql: string }) => sql.length < 2_000;
const attacks = ownCorpus('refused').filter(short);
const reads = ownCorpus('accepted').filter(short);
/** Texts whose very characters are the point keep nothing when written otherwise. */
const rewritable = ({ category }: { category?: string }) => category !== 'text';
const plainAttacks = attacks.filter(rewritable);
const plainReads = reads.filter(rewritable);

/** Codes that say that the text is no SQL any more, which a rewriting may cause. */
const unreadable = new Set(['GUARD_SYNTAX', 'GUARD_CHARACTER', 'GUARD_EMPTY']);

async function until(share: number, step: () => Promise<void>): Promise<number> {
  const end = performance.now() + seconds * share * 1_000;
  let count = 0;
  while (performance.now() < end) {
    await step();
    count++;
  }
  return count;
}

describe(`fuzzing with seed ${seed} for ${seconds} s`, () => {
  const timeout = seconds * 2_000 + 30_000;

  it(
    'keeps refusing an attack that is only written otherwise',
    async () => {
      const chance = chanceFrom(seed);
      const through: string[] = [];
      const count = await until(0.4, async () => {
        const attack = plainAttacks[Math.floor(chance() * plainAttacks.length)]!;
        const sql = rewritten(attack.sql, chance);
        const verdict = await guard.check(sql, catalog);
        if (verdict.accepted) through.push(`${attack.sql}\n  as ${JSON.stringify(sql)}`);
      });
      console.log(`${count} rewritten attacks`);
      expect(through).toEqual([]);
    },
    timeout,
  );

  it(
    'keeps accepting a read that is only written otherwise',
    async () => {
      const chance = chanceFrom(seed + 1);
      const refused: string[] = [];
      const count = await until(0.2, async () => {
        const read = plainReads[Math.floor(chance() * plainReads.length)]!;
        const sql = rewritten(read.sql, chance);
        const verdict = await guard.check(sql, catalog);
        if (!verdict.accepted && !unreadable.has(verdict.error.code)) {
          refused.push(`${verdict.error.code} ${verdict.error.message}: ${JSON.stringify(sql)}`);
        }
      });
      console.log(`${count} rewritten reads`);
      expect(refused).toEqual([]);
    },
    timeout,
  );

  it(
    'gives a verdict on any mangled text, and accepts none that holds a call of a denied function',
    async () => {
      const chance = chanceFrom(seed + 2);
      const parse = await loadParser();
      const all = [...attacks, ...reads];
      const wrong: string[] = [];
      const count = await until(0.4, async () => {
        const [first, second] = [all, attacks].map((list) => list[Math.floor(chance() * list.length)]!.sql);
        const sql = mangled(first!, second!, chance);
        const verdict: Verdict = await guard.check(sql, catalog);
        if (verdict.accepted && isWrong(JSON.stringify(parse(sql)))) wrong.push(sql);
      });
      console.log(`${count} mangled texts`);
      expect(wrong).toEqual([]);
    },
    timeout,
  );
});

/** A second, cruder look at the tree of an accepted text. */
function isWrong(tree: string): boolean {
  return (
    /"(?:Insert|Update|Delete|Merge|Create\w*|Drop|Copy|Transaction|VariableSet)Stmt"|"intoClause"|"lockingClause"/.test(
      tree,
    ) ||
    /"funcname":\[[^\]]*"(?:pg_sleep|lo_import|nextval|set_config|query_to_xml|pg_read_file|touch|dblink)"/.test(
      tree,
    ) ||
    (/"RangeVar":\{(?:"schemaname":"pg_catalog",)?"relname":"(?:pg_authid|pg_shadow)"/.test(tree) &&
      !tree.includes('CommonTableExpr'))
  );
}
