// What the read-only role can do, statement by statement, tried on a real server: reads, and nothing else.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../support/postgres.ts';
import type { PrivateServer } from '../../support/private-server.ts';
import { failureOf, rowsOf, runRoleScript, startRoleServer } from '../../support/role-fixture.ts';
import { deniedStatements } from './denied-statements.ts';

let server: PrivateServer;
let reader: pg.Client;
let readerUrl: string;

beforeAll(async () => {
  server = await startRoleServer();
  await runRoleScript(server, { password: 'reader-password' });
  readerUrl = server.url('postgres', { user: 'reader', password: 'reader-password' });
  reader = new pg.Client({ connectionString: readerUrl });
  await reader.connect();
});
afterAll(async () => {
  await reader.end();
  await server.stop();
});

describe('the read-only role reads', () => {
  it.each([
    ['select id, amount from app.orders order by id', 2],
    ['select * from orders', 2],
    ['select total from app.totals', 1],
    ['select total from app.totals_kept', 1],
    ['select count(*) from app.log', 1],
    ['select count(*) from app.log_2026', 1],
    ['select count(*) from app.of_second', 1],
    ['select app.plus(1)', 1],
    ["select 'red'::app.colour", 1],
    ['with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select * from r', 5],
    ['explain select * from app.orders', 1],
    ['show statement_timeout', 1],
    ['select count(*) from pg_catalog.pg_class', 1],
    ['select count(*) from information_schema.tables', 1],
  ])('%s', async (statement, atLeast) => {
    expect((await reader.query(statement)).rows.length).toBeGreaterThanOrEqual(atLeast);
  });

  it.each(['app', 'second_owner'])('a table that %s makes later', async (owner) => {
    await rowsOf(server.adminUrl, `set role ${owner}`, `create table app.later_${owner} as select 5 as x`);
    expect((await reader.query(`select x from app.later_${owner}`)).rows).toEqual([{ x: 5 }]);
  });
});

const denied = '42501';

describe('the read-only role is denied by its privileges, even in a read-write transaction', () => {
  it.each(deniedStatements)('%s', async (statement) => {
    const failure = await failureOf(reader, 'read write', statement);
    // Where Postgres looks at something else before the privilege, that refusal serves as well; nothing may run.
    expect(failure?.code).toBeOneOf([denied, ...otherRefusals(statement)]);
  });

  it.each([
    ['alter system set work_mem = $$1GB$$', denied],
    ['create database mine', denied],
    ['drop database template1', denied],
    ["create tablespace mine location '/tmp'", denied],
    ["create subscription mine connection 'dbname=x' publication p", denied],
    ['reindex database postgres', denied],
  ])('%s (outside a transaction)', async (statement, code) => {
    await reader.query('set default_transaction_read_only = off');
    await expect(reader.query(statement)).rejects.toMatchObject({ code });
    await reader.query('reset default_transaction_read_only');
  });

  it('VACUUM and ANALYZE of a table, which are skipped with a warning', async () => {
    const warnings: string[] = [];
    const keep = (notice: { message?: string | undefined }) => warnings.push(notice.message ?? '');
    reader.on('notice', keep);
    await reader.query('set default_transaction_read_only = off');
    await reader.query('vacuum app.orders');
    await reader.query('analyze app.orders');
    await reader.query('reset default_transaction_read_only');
    reader.off('notice', keep);
    expect(warnings).toEqual([
      'permission denied to vacuum "orders", skipping it',
      'permission denied to analyze "orders", skipping it',
    ]);
  });

  it("another role's session, which it cannot cancel or end", async () => {
    await withClient(server.adminUrl, async (admin) => {
      const { rows } = await admin.query<{ pid: number }>('select pg_backend_pid() as pid');
      for (const action of ['pg_cancel_backend', 'pg_terminate_backend']) {
        const failure = await failureOf(reader, 'read write', `select ${action}(${rows[0]!.pid})`);
        expect(failure?.code).toBe(denied);
      }
    });
  });

  it('GRANT and REVOKE of what it holds itself, which do nothing but warn', async () => {
    const rights = "select relacl::text from pg_class where oid = 'app.orders'::regclass";
    const before = await rowsOf(server.adminUrl, rights);
    await reader.query('begin read write');
    await reader.query('grant select on app.orders to public');
    await reader.query('revoke select on app.orders from app');
    await reader.query('commit');
    expect(await rowsOf(server.adminUrl, rights)).toEqual(before);
  });
});

describe('the read-only transaction is what stops the role from changing what is its own', () => {
  it.each([
    ['alter role reader set statement_timeout = 0', 'ALTER ROLE'],
    ['alter role reader password $$mine$$', 'ALTER ROLE'],
    ['alter default privileges grant select on tables to public', 'ALTER DEFAULT PRIVILEGES'],
    ['drop owned by reader', 'DROP OWNED'],
  ])('%s', async (statement, command) => {
    expect(await failureOf(reader, 'read write', statement)).toBeUndefined();
    expect(await failureOf(reader, 'read only', statement)).toEqual({
      code: '25006',
      message: `cannot execute ${command} in a read-only transaction`,
    });
  });

  it('and every session of the role begins read-only, with its limits', async () => {
    const names = [
      'default_transaction_read_only',
      'statement_timeout',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'idle_session_timeout',
      'temp_file_limit',
      'search_path',
    ];
    const shown: unknown[] = [];
    for (const name of names)
      shown.push(Object.values((await rowsOf(readerUrl, `show ${name}`))[0] as object)[0]);
    expect(shown).toEqual(['on', '30s', '5s', '1min', '5min', '2GB', 'app']);
  });
});

describe('Postgres does not stop the role from these, so the guard must', () => {
  it.each([
    'select pg_advisory_xact_lock(1)',
    'select pg_sleep(0)',
    "notify somebody, 'something'",
    "select set_config('statement_timeout', '0', true)",
    'set local statement_timeout = 0',
    'lock table app.orders in access share mode',
    "select query_to_xml('select 1', true, false, '')",
  ])('%s', async (statement) => {
    expect(await failureOf(reader, 'read only', statement)).toBeUndefined();
  });
});

/** Refusals that come before the check of privileges, by the words of the statement. */
function otherRefusals(statement: string): string[] {
  if (statement.startsWith('create language')) return ['0A000', '42710', '58P01'];
  if (statement.startsWith('create event trigger')) return ['42883', denied];
  if (statement.startsWith('security label')) return ['22023'];
  if (statement.startsWith('update app.totals')) return ['55000'];
  if (statement.startsWith('create rule')) return ['42P17'];
  if (statement.startsWith("load '")) return ['58P01'];
  if (statement.startsWith('import foreign')) return ['0A000'];
  return [];
}
