// The second parser: as the operator's veto, and as the oracle that what it reads as a write is never accepted.

import { afterAll, describe, expect, it } from 'vitest';
import { loadSecondParser } from '../../../src/guard/second-parser.ts';
import { defaultGuard } from '../../support/default-guard.ts';
import { fixtureCatalog } from '../../support/guard-catalog.ts';
import { type CorpusLine, hasSharedCorpora, ownCorpus, sharedCorpus } from '../../support/guard-corpora.ts';

const alone = defaultGuard();
const seconded = defaultGuard({ secondOpinion: true });
const catalog = fixtureCatalog();
afterAll(async () => {
  await alone.close();
  await seconded.close();
});

/** Texts that pgsql-ast-parser 12.0.2 misreads: it finds quotes and statements inside comments. */
const misread = ["SELECT 1 /* ' */ -- '\n"];

async function objections(lines: readonly CorpusLine[]): Promise<string[]> {
  const read = await loadSecondParser();
  const found: string[] = [];
  for (const { sql } of lines) {
    if (sql.length > 2_000 || misread.includes(sql)) continue;
    let objection: string | undefined;
    try {
      objection = read(sql);
    } catch {
      continue;
    }
    if (objection === undefined) continue;
    const verdict = await alone.check(sql, catalog);
    if (verdict.accepted && verdict.statement !== 'explain') found.push(`${objection}: ${sql}`);
  }
  return found;
}

describe('the second parser as oracle', () => {
  it('reads nothing as a write that the guard accepts, in the project’s corpora', async () => {
    expect(await objections([...ownCorpus('refused'), ...ownCorpus('accepted')])).toEqual([]);
  });

  it.skipIf(!hasSharedCorpora)(
    `reads nothing as a write that the guard accepts, in the shared corpora${hasSharedCorpora ? '' : ' (skipped: ../shared/guard is not beside the project)'}`,
    async () => {
      const lines = ['attacks', 'legit', 'corpora/defog_sqleval', 'corpora/art_of_pg'].flatMap(sharedCorpus);
      const nonreads = sharedCorpus('corpora/pgregress16_nonread').filter((_, index) => index % 10 === 0);
      expect(await objections([...lines, ...nonreads])).toEqual([]);
    },
    120_000,
  );
});

describe('the second parser as veto', () => {
  it('objects to what it reads as several statements, and the refusal says so', async () => {
    const sql = "SELECT 1 /* ' */, 2 -- ' ; DELETE FROM sales.orders\n";
    expect(await alone.check(sql, catalog)).toMatchObject({ accepted: true });
    const read = await loadSecondParser();
    expect(read('SELECT 1; DELETE FROM sales.orders')).toBe('2 statements');
    expect(read('SELECT * FROM sales.orders FOR UPDATE')).toBe('a row lock');
    expect(read('DELETE FROM sales.orders')).toBe('a statement of kind "delete"');
  });

  it('has no opinion where it cannot read, so the text stays accepted', async () => {
    for (const sql of [
      'SELECT count(*) FROM t GROUP BY ROLLUP (a)',
      'EXPLAIN SELECT 1',
      "SELECT interval '9' hour",
    ]) {
      expect(await seconded.check(sql, catalog), sql).toMatchObject({ accepted: true });
    }
  });

  it('never makes an accepted text of a refused one', async () => {
    expect(await seconded.check("SELECT 1 /* ' */, pg_sleep(10) --'", catalog)).toMatchObject({
      error: { code: 'GUARD_FUNCTION' },
    });
  });

  it('objects to none of the project’s reads', async () => {
    const refused: string[] = [];
    for (const { sql } of ownCorpus('accepted').filter((line) => line.sql.length < 2_000)) {
      const verdict = await seconded.check(sql, catalog);
      if (!verdict.accepted) refused.push(`${verdict.error.message}: ${sql}`);
    }
    expect(refused).toEqual([]);
  });
});
