// The role script on a real server: it may be run again, mends what is wrong, and nobody else notices.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderRoleScript } from '../../../src/query/role-script.ts';
import { withClient } from '../../support/postgres.ts';
import type { PrivateServer } from '../../support/private-server.ts';
import {
  failureOf,
  rowsOf,
  runRoleScript,
  startRoleServer,
  verifyStatement,
} from '../../support/role-fixture.ts';

let server: PrivateServer;
const hasPsql = spawnSync('psql', ['--version']).status === 0;
const scriptFile = fileURLToPath(new URL('../../../sql/analytics_ro_role.sql', import.meta.url));

beforeAll(async () => {
  server = await startRoleServer();
});
afterAll(() => server.stop());

/** Everything that says who may do what: roles, memberships, settings and every access list of the database. */
const rightsQuery = `
  select 'role' as kind, to_jsonb(a) - 'oid' as facts from pg_authid a
  union all select 'member', to_jsonb(m) - 'oid' from pg_auth_members m
  union all select 'setting', to_jsonb(s) from pg_db_role_setting s
  union all select 'database', jsonb_build_array(datname, datacl::text) from pg_database
  union all select 'schema', jsonb_build_array(nspname, nspacl::text) from pg_namespace where nspname !~ '^pg_t'
  union all select 'relation', jsonb_build_array(oid::regclass::text, relacl::text) from pg_class
  union all select 'column', jsonb_build_array(attrelid::regclass::text, attname, attacl::text) from pg_attribute where attacl is not null
  union all select 'routine', jsonb_build_array(oid::regprocedure::text, proacl::text) from pg_proc where proacl is not null
  union all select 'default', to_jsonb(d) - 'oid' from pg_default_acl d
  order by 1, 2`;

const password = 'a password of its own';
const readerUrl = (role = 'reader', secret = password) =>
  server.url('postgres', { user: role, password: secret });

describe('the role script', () => {
  it('changes nothing when it is run again', async () => {
    const script = renderRoleScript({ role: 'reader', schemas: ['app'], password });
    await rowsOf(server.adminUrl, script);
    const before = await rowsOf(server.adminUrl, rightsQuery);
    await rowsOf(server.adminUrl, script);
    expect(await rowsOf(server.adminUrl, rightsQuery)).toEqual(before);
  });

  it('keeps the password where none is given', async () => {
    await runRoleScript(server, { password });
    await runRoleScript(server);
    expect(await rowsOf(readerUrl(), 'select current_user::text as me')).toEqual([{ me: 'reader' }]);
  });

  it('says what to do where the role has no password, until it has one', async () => {
    const said =
      'role "No Password" has no password and cannot log in with one. Set one now with \\password "No Password" in psql, ' +
      'or let pg_hba.conf log it in by other means, such as cert or gss.';
    expect(await runRoleScript(server, { role: 'No Password' })).toContain(said);
    expect(await runRoleScript(server, { role: 'No Password' })).toContain(said);
    expect(await runRoleScript(server, { role: 'No Password', password })).toEqual([]);
    expect(await runRoleScript(server, { role: 'No Password' })).toEqual([]);
  });

  it('never holds the password itself', () => {
    expect(renderRoleScript({ schemas: ['app'], password: 'open sesame' })).not.toContain('open sesame');
  });

  it('takes from an existing role whatever it has too much', async () => {
    await rowsOf(
      server.adminUrl,
      `create role too_much superuser createdb createrole replication bypassrls inherit login;
       grant pg_write_all_data, pg_execute_server_program, app to too_much;
       grant all on database postgres to too_much with grant option;
       grant all on schema app, hidden to too_much;
       grant all on all tables in schema app to too_much with grant option;
       grant select on hidden.salaries to too_much;
       grant update (amount) on app.orders to too_much;
       grant all on all sequences in schema app to too_much;
       grant execute on function app.add_order() to too_much;
       grant usage on foreign server elsewhere to too_much;
       grant usage on foreign data wrapper files to too_much;
       grant update on large object 4711 to too_much;
       alter default privileges for role app in schema app grant all on tables to too_much;
       alter default privileges for role app grant insert on tables to too_much;
       alter role too_much set statement_timeout = 0;
       alter role too_much in database postgres set default_transaction_read_only = off;`,
    );
    await runRoleScript(server, { role: 'too_much', password });
    const verify = await rowsOf(readerUrl('too_much'), verifyStatement);
    expect(verify).toEqual([]);
    expect(await rowsOf(readerUrl('too_much'), 'show default_transaction_read_only')).toEqual([
      { default_transaction_read_only: 'on' },
    ]);
    await withClient(readerUrl('too_much'), async (client) => {
      for (const statement of [
        'insert into app.orders values (7, 7)',
        'select * from hidden.salaries',
        'set role app',
        "copy (select 1) to program 'true'",
        'create table app.mine (x int)',
      ]) {
        expect((await failureOf(client, 'read write', statement))?.code).toBe('42501');
      }
    });
  });

  it('takes nothing from other roles that they had because everybody has it', async () => {
    const appUrl = server.url('postgres', { user: 'app', password: 'app-password' });
    await runRoleScript(server, { role: 'reader' });
    await withClient(appUrl, async (client) => {
      for (const statement of [
        'create temp table mine (x int)',
        'select lo_create(0)',
        'select app.add_order()',
        "select public.dblink_disconnect('no such connection')",
      ]) {
        const failure = await failureOf(client, 'read write', statement);
        expect(failure === undefined || failure.code === '08003').toBe(true);
      }
    });
  });

  it('leaves the rights of PUBLIC alone where it is told to keep them', async () => {
    await rowsOf(server.adminUrl, 'create database kept');
    await runRoleScript(
      server,
      { role: 'keeper', schemas: ['public'], publicRights: 'keep', password },
      server.url('kept'),
    );
    const keeper = server.url('kept', { user: 'keeper', password });
    await withClient(keeper, async (client) => {
      expect(await failureOf(client, 'read write', 'create temp table mine (x int)')).toBeUndefined();
      expect((await failureOf(client, 'read only', 'create temp table mine (x int)'))?.code).toBe('25006');
    });
  });

  it('carries names and passwords that try to be SQL', async () => {
    const role = `x"; drop table app.orders; --`;
    const schema = `we'ird "schema"; drop`;
    const secret = `it's \\ $$ :'role' "ü`;
    await rowsOf(
      server.adminUrl,
      `create schema ${JSON.stringify(schema).replaceAll('\\"', '""')}; create table ${JSON.stringify(schema).replaceAll('\\"', '""')}.t as select 1 as x`,
    );
    await runRoleScript(server, { role, schemas: ['app', schema], password: secret });
    expect(await rowsOf(readerUrl(role, secret), 'select x from t')).toEqual([{ x: 1 }]);
    expect(await rowsOf(readerUrl(role, secret), 'select count(*) > 0 as there from orders')).toEqual([
      { there: true },
    ]);
  });

  it.each([
    ['another database', { database: 'elsewhere' }, 'this is database "postgres", not "elsewhere"'],
    [
      'a schema that is not there',
      { schemas: ['app', 'nowhere'] },
      'no schema for analysts is named "nowhere"',
    ],
    ['a system schema', { schemas: ['pg_catalog'] }, 'no schema for analysts is named "pg_catalog"'],
    ['the role that runs it', { role: 'postgres' }, 'role "postgres" cannot be made the read-only role'],
    ['a predefined role', { role: 'pg_monitor' }, 'role "pg_monitor" cannot be made the read-only role'],
    [
      'a role that owns things',
      { role: 'app' },
      /^role "app" owns schema app, .*, and an owner may change what it owns$/,
    ],
  ])('refuses %s, and changes nothing', async (_name, values, message) => {
    const before = await rowsOf(server.adminUrl, rightsQuery);
    await expect(runRoleScript(server, values)).rejects.toMatchObject({
      code: 'P0001',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    expect(await rowsOf(server.adminUrl, rightsQuery)).toEqual(before);
  });

  it('works for the owner of a database who is no superuser, and says what was left undone', async () => {
    await rowsOf(
      server.adminUrl,
      "create role dba login createrole password 'dba'",
      'create database owned owner dba',
    );
    const dba = server.url('owned', { user: 'dba', password: 'dba' });
    await rowsOf(dba, 'create schema facts', 'create table facts.t as select 3 as x');
    const notices = await runRoleScript(server, { role: 'dba_reader', schemas: ['facts'], password }, dba);
    expect(notices).toContain('cannot set temp_file_limit for role "dba_reader": it takes a superuser');
    const owned = server.url('owned', { user: 'dba_reader', password });
    expect(await rowsOf(owned, 'select x from t')).toEqual([{ x: 3 }]);
    await withClient(owned, async (client) => {
      expect((await failureOf(client, 'read write', 'create temp table mine (x int)'))?.code).toBe('42501');
      expect((await failureOf(client, 'read write', 'delete from facts.t'))?.code).toBe('42501');
    });
  });
});

describe.skipIf(!hasPsql)('the role script in psql (skipped where psql is not installed)', () => {
  const runPsql = (...variables: string[]) =>
    spawnSync(
      'psql',
      [
        '-X',
        '-q',
        '-d',
        server.adminUrl,
        ...variables.flatMap((variable) => ['-v', variable]),
        '-f',
        scriptFile,
      ],
      { encoding: 'utf8' },
    );

  it('takes role, schemas and password as variables', async () => {
    const run = runPsql('role=from_psql', 'schemas=app, hidden', "password=it's psql");
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    const rows = await rowsOf(
      readerUrl('from_psql', "it's psql"),
      'select (select count(*) from hidden.salaries)::int as n',
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('stops at the first error', () => {
    const run = runPsql('schemas=nowhere');
    expect(run.status).toBe(3);
    expect(run.stderr).toContain('no schema for analysts is named "nowhere"');
  });
});
