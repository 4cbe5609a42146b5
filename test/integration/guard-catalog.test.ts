// The guard with the catalog of a real database: every corpus again, and that what it accepts does run there.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../src/guard/builtin-catalog.ts';
import type { PolicyCatalog } from '../../src/guard/policy-catalog.ts';
import { defaultGuard } from '../support/default-guard.ts';
import { hasSharedCorpora, ownCorpus, ownText, report, sharedCorpus } from '../support/guard-corpora.ts';
import { catalogOf } from '../support/guarded-database.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';

const guard = defaultGuard();
afterAll(() => guard.close());

/** Errors that only say that this server is older, or that an extension or a table is not there. */
const absent = new Set(['42P01', '42883', '42704', '42703', '3F000']);

/** Runs a statement as the product does: read only, extended protocol, rolled back. Gives the SQLSTATE, or undefined. */
async function run(url: string, sql: string, placeholders: number): Promise<string | undefined> {
  return withClient(url, async (client) => {
    await client.query('begin read only');
    await client.query("set local statement_timeout = '10s'");
    const values = Array.from({ length: placeholders }, () => null);
    try {
      await client.query({ text: sql, values, queryMode: 'extended' } as { text: string; values: null[] });
      return undefined;
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  });
}

describe('the corpora of the project on a database made for them', () => {
  let database: FreshDatabase;
  let catalog: PolicyCatalog;
  beforeAll(async () => {
    database = await freshDatabase({
      prepare: ownText('fixture.sql'),
      role: { schemas: ['sales', 'public'] },
    });
    catalog = await catalogOf(database);
  });

  it('refuses every attack, with the code that the corpus names', async () => {
    const wrong: string[] = [];
    for (const line of ownCorpus('refused')) {
      const verdict = await guard.check(line.sql, catalog);
      if (verdict.accepted || verdict.error.code !== line.code) wrong.push(report(line, verdict));
    }
    expect(wrong).toEqual([]);
  });

  it('accepts every read, and Postgres runs it as the reader', async () => {
    const wrong: string[] = [];
    for (const line of ownCorpus('accepted')) {
      const verdict = await guard.check(line.sql, catalog);
      const sqlState = verdict.accepted
        ? await run(database.readerUrl, line.sql, verdict.placeholderCount)
        : 'refused';
      if (sqlState !== undefined && !absent.has(sqlState)) wrong.push(`${sqlState} ${report(line, verdict)}`);
    }
    expect(wrong).toEqual([]);
  });

  it('runs a function of a user where the operator allows it by name or by schema and name', async () => {
    for (const name of ['local_now', 'public.local_now']) {
      const allowing = defaultGuard({ allowFunctions: [name] });
      const verdict = await allowing.check('select local_now(), public.local_now()', catalog);
      expect(verdict).toMatchObject({ accepted: true });
      expect(await allowing.check('select ops.touch()', catalog)).toMatchObject({ accepted: false });
      await allowing.close();
    }
  });

  it('hides an unqualified relation that the search path finds in a schema that is not served', async () => {
    await withClient(database.adminUrl, (client) => client.query('create table public.inside (i int)'));
    const served = defaultGuard({ schemas: ['sales'] });
    const fresh = await catalogOf(database);
    expect(await served.check('select * from sales.orders', fresh)).toMatchObject({ accepted: true });
    for (const sql of ['select * from inside', 'select * from public.inside', 'select * from hr.salaries']) {
      expect(await served.check(sql, fresh)).toMatchObject({ error: { code: 'GUARD_RELATION' } });
    }
    await served.close();
  });

  it('finds every built-in function of this server in the built-in table, and none of them milder there', async () => {
    const floor = new Map(builtInCatalog().functions.map((entry) => [entry.name, entry]));
    const milder = catalog.functions
      .filter((entry) => entry.builtIn && entry.schema === 'pg_catalog')
      .filter(({ name, isVolatile, takesOneArgument }) => {
        const known = floor.get(name);
        if (known === undefined) return true;
        return (isVolatile && !known.isVolatile) || (takesOneArgument && !known.takesOneArgument);
      });
    expect(milder.map((entry) => entry.name)).toEqual([]);
  });
});

describe.skipIf(!hasSharedCorpora)(
  `the shared corpora on their fixture${hasSharedCorpora ? '' : ' (skipped: ../shared/guard is not beside the project)'}`,
  () => {
    let database: FreshDatabase;
    let catalog: PolicyCatalog;
    beforeAll(async () => {
      database = await freshDatabase({ template: 'guard-fixture' });
      catalog = await catalogOf(database);
    });

    it('refuses every hard attack, also by the built-in catalog alone', async () => {
      const through: string[] = [];
      for (const line of sharedCorpus('attacks').filter(({ must }) => must === 'hard')) {
        for (const known of [catalog, builtInCatalog()]) {
          const verdict = await guard.check(line.sql, known);
          if (verdict.accepted) through.push(`${known.origin} ${report(line, verdict)}`);
        }
      }
      expect(through).toEqual([]);
    });

    it('accepts every read, by the live catalog and by the built-in one', async () => {
      const refused: string[] = [];
      for (const line of sharedCorpus('legit')) {
        for (const known of [catalog, builtInCatalog()]) {
          const verdict = await guard.check(line.sql, known);
          if (!verdict.accepted) refused.push(`${known.origin} ${report(line, verdict)}`);
        }
      }
      expect(refused).toEqual([]);
    });

    it('leaves of the other attacks only those that grants and limits stop', async () => {
      const left: string[] = [];
      for (const line of sharedCorpus('attacks').filter(({ must }) => must === 'policy')) {
        const verdict = await guard.check(line.sql, catalog);
        if (verdict.accepted) left.push(`${line.category}: ${line.sql.slice(0, 60)}`);
      }
      expect(left).toMatchSnapshot();
    });
  },
);
