// The statement that judges a role: it finds each thing that is wrong, wherever the right comes from.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PrivateServer } from '../../support/private-server.ts';
import { rowsOf, runRoleScript, startRoleServer, verifyStatement } from '../../support/role-fixture.ts';

let server: PrivateServer;
let readerUrl: string;
const password = 'reader-password';

beforeAll(async () => {
  server = await startRoleServer();
  await rowsOf(server.adminUrl, 'revoke connect on database template1 from public', 'create role go_between');
  await runRoleScript(server, { password });
  readerUrl = server.url('postgres', { user: 'reader', password });
});
afterAll(() => server.stop());

async function problems(url = readerUrl): Promise<string[]> {
  const rows = (await rowsOf(url, verifyStatement)) as Record<'severity' | 'problem' | 'place', string>[];
  return rows.map(({ severity, problem, place }) => `${severity}: ${problem}: ${place}`);
}

describe('the verify statement', () => {
  it('finds nothing wrong with the role that the script made', async () => {
    expect(await problems()).toEqual([]);
  });

  it('names everything about a superuser at once', async () => {
    expect(await problems(server.adminUrl)).toEqual(
      expect.arrayContaining([
        'unsafe: attribute SUPERUSER: role postgres',
        'advice: no default_transaction_read_only: role postgres',
      ]),
    );
  });

  it.each([
    [
      'createdb',
      'alter role reader createdb',
      'alter role reader nocreatedb',
      'unsafe: attribute CREATEDB: role reader',
    ],
    [
      'createrole',
      'alter role reader createrole',
      'alter role reader nocreaterole',
      'unsafe: attribute CREATEROLE: role reader',
    ],
    [
      'replication',
      'alter role reader replication',
      'alter role reader noreplication',
      'unsafe: attribute REPLICATION: role reader',
    ],
    [
      'bypassrls',
      'alter role reader bypassrls',
      'alter role reader nobypassrls',
      'unsafe: attribute BYPASSRLS: role reader',
    ],
    [
      'pg_write_all_data',
      'grant pg_write_all_data to reader',
      'revoke pg_write_all_data from reader',
      'unsafe: member of pg_write_all_data: role reader',
    ],
    [
      'pg_read_server_files',
      'grant pg_read_server_files to reader',
      'revoke pg_read_server_files from reader',
      'unsafe: member of pg_read_server_files: role reader',
    ],
    [
      'pg_execute_server_program',
      'grant pg_execute_server_program to reader',
      'revoke pg_execute_server_program from reader',
      'unsafe: member of pg_execute_server_program: role reader',
    ],
    [
      'pg_signal_backend',
      'grant pg_signal_backend to reader',
      'revoke pg_signal_backend from reader',
      'unsafe: member of pg_signal_backend: role reader',
    ],
    [
      'pg_monitor',
      'grant pg_monitor to reader',
      'revoke pg_monitor from reader',
      'advice: member of pg_monitor: role reader',
    ],
    [
      'insert',
      'grant insert on app.orders to reader',
      'revoke insert on app.orders from reader',
      'unsafe: INSERT on a table: app.orders',
    ],
    [
      'a column update',
      'grant update (amount) on app.orders to reader',
      'revoke update (amount) on app.orders from reader',
      'unsafe: UPDATE on a table: app.orders',
    ],
    [
      'a delete of everybody',
      'grant delete on app.orders to public',
      'revoke delete on app.orders from public',
      'unsafe: DELETE on a table: app.orders',
    ],
    [
      'truncate',
      'grant truncate on app.orders to reader',
      'revoke truncate on app.orders from reader',
      'unsafe: TRUNCATE on a table: app.orders',
    ],
    [
      'references',
      'grant references on app.orders to reader',
      'revoke references on app.orders from reader',
      'unsafe: REFERENCES on a table: app.orders',
    ],
    [
      'trigger',
      'grant trigger on app.orders to reader',
      'revoke trigger on app.orders from reader',
      'unsafe: TRIGGER on a table: app.orders',
    ],
    [
      'maintain',
      'grant maintain on app.orders to reader',
      'revoke maintain on app.orders from reader',
      'unsafe: MAINTAIN on a table: app.orders',
    ],
    [
      'a write through another role that it may become',
      'grant insert on app.orders to go_between; grant go_between to reader',
      'revoke insert on app.orders from go_between; revoke go_between from reader',
      'unsafe: INSERT on a table: app.orders',
    ],
    [
      'a sequence',
      'grant usage on sequence app.numbers to reader',
      'revoke usage on sequence app.numbers from reader',
      'unsafe: USAGE on a sequence: app.numbers',
    ],
    [
      'create on a schema',
      'grant create on schema public to public',
      'revoke create on schema public from public',
      'unsafe: CREATE on a schema: schema public',
    ],
    [
      'create on the database',
      'grant create on database postgres to reader',
      'revoke create on database postgres from reader',
      'unsafe: CREATE on the database: database postgres',
    ],
    [
      'temporary tables',
      'grant temporary on database postgres to public',
      'revoke temporary on database postgres from public',
      'advice: TEMPORARY on the database: database postgres',
    ],
    [
      'a SECURITY DEFINER function',
      'grant execute on function app.add_order() to public',
      'revoke execute on function app.add_order() from public',
      'unsafe: EXECUTE on a SECURITY DEFINER function: app.add_order()',
    ],
    [
      'dblink',
      'grant execute on function public.dblink(text) to public',
      'revoke execute on function public.dblink(text) from public',
      'unsafe: EXECUTE on dblink: public.dblink(text)',
    ],
    [
      'a large object',
      'grant update on large object 4711 to reader',
      'revoke update on large object 4711 from reader',
      'unsafe: UPDATE on a large object: large object 4711',
    ],
    [
      'new large objects',
      'grant execute on function lo_create(oid) to public',
      'revoke execute on function lo_create(oid) from public',
      'advice: may make large objects: lo_create(oid)',
    ],
    [
      'a foreign server',
      'grant usage on foreign server elsewhere to reader',
      'revoke usage on foreign server elsewhere from reader',
      'unsafe: USAGE on a foreign server: server elsewhere',
    ],
    [
      'a foreign data wrapper',
      'grant usage on foreign data wrapper files to reader',
      'revoke usage on foreign data wrapper files from reader',
      'unsafe: USAGE on a foreign data wrapper: foreign data wrapper files',
    ],
    [
      'what later tables will grant',
      'alter default privileges for role app grant insert on tables to reader',
      'alter default privileges for role app revoke insert on tables from reader',
      'unsafe: default privilege INSERT: what app creates',
    ],
    [
      'ownership',
      'create table public.owned (); alter table public.owned owner to reader',
      'drop table public.owned',
      'unsafe: owner of an object: table public.owned',
    ],
    [
      'no connection limit',
      'alter role reader connection limit -1',
      'alter role reader connection limit 20',
      'advice: no connection limit: role reader',
    ],
    [
      'no statement_timeout',
      'alter role reader reset statement_timeout',
      "alter role reader set statement_timeout = '30s'",
      'advice: no statement_timeout: role reader',
    ],
    [
      'a statement_timeout switched off',
      'alter role reader set statement_timeout = 0',
      "alter role reader set statement_timeout = '30s'",
      'advice: no statement_timeout: role reader',
    ],
    [
      'a session that does not begin read-only',
      'alter role reader set default_transaction_read_only = off',
      'alter role reader set default_transaction_read_only = on',
      'advice: no default_transaction_read_only: role reader',
    ],
    [
      'another database',
      'create database other',
      'drop database other',
      'advice: may connect to another database: database other',
    ],
  ])('finds %s', async (_name, plant, mend, problem) => {
    await rowsOf(server.adminUrl, plant);
    expect(await problems()).toContain(problem);
    await rowsOf(server.adminUrl, mend);
    expect(await problems()).toEqual([]);
  });

  it('says where there is nothing to read', async () => {
    await rowsOf(server.adminUrl, "create role blind login connection limit 5 password 'x'");
    expect(await problems(server.url('postgres', { user: 'blind', password: 'x' }))).toContain(
      'advice: nothing to read: role blind',
    );
  });

  it('judges another role when that is named, whoever asks', async () => {
    await rowsOf(server.adminUrl, 'create role suspect bypassrls');
    const rows = await rowsOf(readerUrl, "set analytics_ro.role = 'suspect'", verifyStatement);
    expect(rows).toContainEqual({
      severity: 'unsafe',
      problem: 'attribute BYPASSRLS',
      place: 'role suspect',
      mend: 'alter role ... nobypassrls',
    });
  });
});
