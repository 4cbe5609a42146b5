// Corpora of other people's queries, judged by the built-in catalog: what a reader may ask is accepted.

import { afterAll, describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../../src/guard/builtin-catalog.ts';
import { defaultGuard } from '../../support/default-guard.ts';
import {
  type CorpusLine,
  hasSharedCorpora,
  ownText,
  report,
  sharedCorpus,
} from '../../support/guard-corpora.ts';

const guard = defaultGuard();
const catalog = builtInCatalog();
afterAll(() => guard.close());

type Refused = { readonly line: CorpusLine; readonly code: string; readonly message: string };

async function refusedOf(lines: readonly CorpusLine[]): Promise<Refused[]> {
  const refused: Refused[] = [];
  for (const line of lines) {
    const verdict = await guard.check(line.sql, catalog);
    if (verdict.accepted) continue;
    refused.push({ line, code: verdict.error.code, message: verdict.error.message });
  }
  return refused;
}

const countsOf = (refused: readonly Refused[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { code } of refused) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
};

const skip = it.skipIf(!hasSharedCorpora);
const why = hasSharedCorpora ? '' : ' (skipped: ../shared/guard is not beside the project)';

describe('public query sets', () => {
  skip.each(['tpch', 'clickbench'])(`accepts every query of %s${why}`, async (name) => {
    expect(await refusedOf(sharedCorpus(`corpora/${name}`))).toEqual([]);
  });

  skip(`accepts every query of defog_sqleval that is SQL${why}`, async () => {
    expect(countsOf(await refusedOf(sharedCorpus('corpora/defog_sqleval')))).toEqual({ GUARD_SYNTAX: 26 });
  });

  skip(`accepts every query of art_of_pg but the refusals that art_of_pg.refused.tsv defends${why}`, async () => {
    const defended = new Map(
      ownText('art_of_pg.refused.tsv')
        .trim()
        .split('\n')
        .slice(1)
        .map((row) => row.split('\t') as [string, string, string])
        .map(([id, code]) => [id, code]),
    );
    const refused = await refusedOf(sharedCorpus('corpora/art_of_pg'));
    expect(Object.fromEntries(refused.map(({ line, code }) => [line.id, code]))).toEqual(
      Object.fromEntries(defended),
    );
  });

  skip(`refuses of Postgres' own regression reads only what these counts by code say${why}`, async () => {
    const refused = await refusedOf(sharedCorpus('corpora/pgregress17_read'));
    expect(countsOf(refused)).toMatchInlineSnapshot(`
      {
        "GUARD_EXPANSION": 1,
        "GUARD_FUNCTION": 2072,
        "GUARD_MODIFYING_CTE": 30,
        "GUARD_MULTIPLE_STATEMENTS": 17,
        "GUARD_NODE": 1,
        "GUARD_OPERATOR": 6,
        "GUARD_RELATION": 406,
        "GUARD_ROW_LOCK": 28,
        "GUARD_SELECT_INTO": 10,
        "GUARD_SETTING": 6,
        "GUARD_STATEMENT": 37,
        "GUARD_SYNTAX": 212,
        "GUARD_TYPE": 529,
      }
    `);
    const functions = refused.filter(({ code }) => code === 'GUARD_FUNCTION').map(({ message }) => message);
    const unknown = functions.filter((message) => message.endsWith('is not known'));
    // Most call functions that the regression suite itself creates: users' functions, here as everywhere.
    expect(unknown.length / functions.length).toBeGreaterThan(0.6);
  });

  skip(`accepts of everything else in that suite only EXPLAIN of reads and SHOW${why}`, async () => {
    const lines = sharedCorpus('corpora/pgregress16_nonread');
    const accepted: string[] = [];
    for (const line of lines) {
      const verdict = await guard.check(line.sql, catalog);
      if (verdict.accepted && verdict.statement === 'select') accepted.push(report(line, verdict));
    }
    expect(accepted).toEqual([]);
  });
});
