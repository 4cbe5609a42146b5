// The session as the second line: attack statements are run with no guard in front, as the role that the script makes.
// Whatever Postgres lets through must change nothing, hold nothing and reach nobody else. The shared corpus is read
// where it lies beside the project.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../src/base/errors.ts';
import { type OpenDatabase, openDatabase } from '../support/database.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';
import { hasGuardFixture } from '../support/postgres-templates.ts';

type Attack = { readonly sql: string; readonly category: string; readonly must: string };

const corpus = new URL('../../../shared/guard/attacks.jsonl', import.meta.url);
const present = existsSync(corpus) && hasGuardFixture;
/** Bombs are bounded by time, memory and result limits, which have tests of their own. */
const bombs = new Set(['dos', 'nesting']);

// Readers and databases of test files that run at the same time come and go: theirs are left out.
const stateOfDatabase = `
  select (select string_agg(relname || reltuples::text || coalesce(relacl::text, ''), ',' order by oid) from pg_class where relnamespace not in ('pg_toast'::regnamespace)),
    (select count(*) from pg_proc), (select count(*) from pg_largeobject_metadata), (select string_agg(rolname, ',' order by oid) from pg_authid where rolname !~ '^test_'),
    (select string_agg(setconfig::text, ',' order by setdatabase, setrole) from pg_db_role_setting
      where setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and setrole not in (select oid from pg_authid where rolname ~ '^test_')),
    (select count(*) from pg_prepared_xacts), (select count(*) from util.log), (select last_value from reporting.seq1),
    (select count(*) from reporting.trips), (select sum(amount) from secret.salaries)`;

const stateOfSession = `
  select current_setting('statement_timeout'), current_setting('transaction_read_only'),
    current_setting('search_path') like '%secret%', current_setting('standard_conforming_strings'),
    current_setting('client_encoding'), current_user = session_user,
    (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())`;

describe.skipIf(!present)(
  `the session without a guard${present ? '' : ' (the shared corpus is not beside the project)'}`,
  () => {
    let fresh: FreshDatabase;
    let open: OpenDatabase;
    const attacks = present ? readAttacks() : [];

    beforeAll(async () => {
      fresh = await freshDatabase({ template: 'guard-fixture' });
      open = openDatabase(fresh.readerUrl, { poolMax: 1 });
    });
    afterAll(async () => {
      await open.database.close();
      await fresh.drop();
    });

    const databaseState = () =>
      withClient(
        fresh.adminUrl,
        async (client) => (await client.query({ text: stateOfDatabase, rowMode: 'array' })).rows[0],
      );

    it('changes nothing in the database and leaves a clean session after every attack', async () => {
      const before = await databaseState();
      const stoppedBy = new Map<string, number>();
      const dirty: string[] = [];
      for (const { sql } of attacks) {
        const outcome = await open.rows(sql, { statementTimeoutMs: 300, rowLimit: 100 }).then(
          () => 'ran without effect',
          (error: unknown) =>
            error instanceof CodedError ? `${error.code} ${error.facts.sqlState ?? ''}`.trim() : 'CRASH',
        );
        stoppedBy.set(outcome, (stoppedBy.get(outcome) ?? 0) + 1);
        const [session] = await open.rows(stateOfSession);
        const clean = ['10s', 'on', 'f', 'on', 'UTF8', 't', '0'];
        if (JSON.stringify(session) !== JSON.stringify(clean))
          dirty.push(`${sql.slice(0, 100)} -> ${session?.join(', ')}`);
      }
      console.log(
        `stopped by: ${[...stoppedBy]
          .sort((a, b) => b[1] - a[1])
          .map(([what, count]) => `${what} ${count}`)
          .join('; ')}`,
      );
      expect(dirty).toEqual([]);
      expect([...stoppedBy.keys()]).not.toContain('CRASH');
      expect(await databaseState()).toEqual(before);
    }, 180_000);
  },
);

function readAttacks(): readonly Attack[] {
  return readFileSync(corpus, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Attack)
    .filter(({ category, must }) => must === 'hard' && !bombs.has(category));
}
