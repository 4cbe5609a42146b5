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
  select (select md5(string_agg(relname || relkind::text || coalesce(relacl::text, ''), ',' order by oid)) from pg_class where relnamespace not in ('pg_toast'::regnamespace)),
    (select count(*) from pg_proc), (select count(*) from pg_largeobject_metadata), (select string_agg(roleid::regrole::text, ',') from pg_auth_members where member = to_regrole(current_database() || '_reader')),
    (select string_agg(setconfig::text, ',' order by setdatabase, setrole) from pg_db_role_setting
      where setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and setrole in (0, to_regrole(current_database() || '_reader'))),
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
      const stoppedBy = new Map<string, Map<string, number>>();
      const dirty: string[] = [];
      for (const { sql, category } of attacks) {
        const outcome = await open.rows(sql, { statementTimeoutMs: 300, rowLimit: 100 }).then(
          () => 'ran, no effect',
          (error: unknown) => (error instanceof CodedError ? lineOf(error) : 'CRASH'),
        );
        const counts = stoppedBy.get(category) ?? new Map<string, number>();
        stoppedBy.set(category, counts.set(outcome, (counts.get(outcome) ?? 0) + 1));
        const [session] = await open.rows(stateOfSession);
        const clean = ['10s', 'on', 'f', 'on', 'UTF8', 't', '0'];
        if (JSON.stringify(session) !== JSON.stringify(clean))
          dirty.push(`${sql.slice(0, 100)} -> ${session?.join(', ')}`);
      }
      console.log(table(stoppedBy));
      expect(dirty).toEqual([]);
      expect([...stoppedBy.values()].filter((counts) => counts.has('CRASH'))).toEqual([]);
      expect(await databaseState()).toEqual(before);
    }, 180_000);
  },
);

const lines = [
  'read-only transaction',
  'privileges',
  'one statement only',
  'no such thing',
  'time limit',
  'other refusal',
  'ran, no effect',
];

/** Which line behind the guard stopped a statement. */
function lineOf({ code, facts }: CodedError): string {
  if (code === 'DB_READ_ONLY' || facts.sqlState === '25001') return 'read-only transaction';
  if (code === 'DB_PERMISSION') return 'privileges';
  if (code === 'DB_SYNTAX') return 'one statement only';
  if (code.startsWith('DB_UNDEFINED')) return 'no such thing';
  return code === 'LIMIT_STATEMENT_TIMEOUT' ? 'time limit' : 'other refusal';
}

/** The table of docs/explanation/guard.md. */
function table(stoppedBy: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  const rows = [...stoppedBy].sort().map(([category, counts]) => {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return `| ${[category, total, ...lines.map((line) => counts.get(line) ?? '')].join(' | ')} |`;
  });
  return [`| kind | attacks | ${lines.join(' | ')} |`, `|${' --- |'.repeat(lines.length + 2)}`, ...rows].join(
    '\n',
  );
}

function readAttacks(): readonly Attack[] {
  return readFileSync(corpus, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Attack)
    .filter(({ category, must }) => must === 'hard' && !bombs.has(category));
}
