// The project's own corpora, judged by a catalog held as data; test/integration/guard asks a real database.

import { afterAll, describe, expect, it } from 'vitest';
import { rules } from '../../../src/guard/rules/index.ts';
import { defaultGuard } from '../../support/default-guard.ts';
import { fixtureCatalog } from '../../support/guard-catalog.ts';
import { ownCorpus, report } from '../../support/guard-corpora.ts';

const guard = defaultGuard();
const catalog = fixtureCatalog();
afterAll(() => guard.close());

describe('the refused corpus', () => {
  const attacks = ownCorpus('refused');

  it('holds at least 250 statements, and some for every code that a rule refuses with', () => {
    const codes = new Set(attacks.map((line) => line.code));
    expect(attacks.length).toBeGreaterThanOrEqual(250);
    expect(rules.flatMap((rule) => rule.codes).filter((code) => !codes.has(code))).toEqual([]);
  });

  const categories = [...new Set(attacks.map((line) => line.category))];
  it.each(categories)('refuses every statement of kind %s with the code it names', async (category) => {
    const wrong: string[] = [];
    for (const line of attacks.filter((each) => each.category === category)) {
      const verdict = await guard.check(line.sql, catalog);
      if (verdict.accepted || verdict.error.code !== line.code) wrong.push(report(line, verdict));
    }
    expect(wrong).toEqual([]);
  });

  it('gives each refusal one line without a full stop, and a sentence as hint', async () => {
    for (const { sql } of attacks) {
      const verdict = await guard.check(sql, catalog);
      if (verdict.accepted) continue;
      expect(verdict.error.message).not.toMatch(/\.$/);
      expect(verdict.error.facts.hint, sql.slice(0, 80)).toMatch(/[.?]$/);
    }
  });
});

describe('the accepted corpus', () => {
  const reads = ownCorpus('accepted');

  it('holds at least 200 reads', () => expect(reads.length).toBeGreaterThanOrEqual(200));

  const categories = [...new Set(reads.map((line) => line.category))];
  it.each(categories)('accepts every read of kind %s', async (category) => {
    const wrong: string[] = [];
    for (const line of reads.filter((each) => each.category === category)) {
      const verdict = await guard.check(line.sql, catalog);
      if (!verdict.accepted) wrong.push(report(line, verdict));
    }
    expect(wrong).toEqual([]);
  });
});
