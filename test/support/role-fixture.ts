// A private server with everything in it that a reader must not be able to touch, for the tests of the role script.
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { type RoleScriptValues, renderRoleScript } from '../../src/query/role-script.ts';
import { withClient } from './postgres.ts';
import { type PrivateServer, startPrivateServer } from './private-server.ts';

const objects = `
  create role app login password 'app-password';
  create role second_owner;
  create schema app authorization app;
  create schema hidden;
  grant create, usage on schema app to second_owner;
  create extension dblink;
  create table app.orders (id int primary key, amount numeric);
  insert into app.orders values (1, 10.5), (2, 20);
  create table app.log (at timestamptz, line text) partition by range (at);
  create table app.log_2026 partition of app.log for values from ('2026-01-01') to ('2027-01-01');
  create view app.totals as select sum(amount) as total from app.orders;
  create materialized view app.totals_kept as select * from app.totals;
  create sequence app.numbers;
  create function app.add_order() returns void language sql security definer as 'insert into app.orders values (99, 1)';
  create function app.plus(int) returns int language sql immutable as 'select $1 + 1';
  create type app.colour as enum ('red', 'green');
  create table app.of_second (x int);
  alter table app.of_second owner to second_owner;
  do $$ declare t text; begin
    foreach t in array array['orders', 'log', 'log_2026', 'totals', 'totals_kept'] loop
      execute format('alter table app.%I owner to app', t);
    end loop;
  end $$;
  create table hidden.salaries (name text, amount int);
  create function hidden.peek() returns int language sql security definer as 'select 1';
  create foreign data wrapper files;
  create server elsewhere foreign data wrapper files;
  select lo_from_bytea(4711, 'secret');
`;

/** The product's statement that lists what is wrong with a role. */
export const verifyStatement = readFileSync(
  new URL('../../sql/analytics_ro_verify.sql', import.meta.url),
  'utf8',
);

/** A server whose database postgres holds schemas app (to be read) and hidden (not), owned by several roles. */
export function startRoleServer(): Promise<PrivateServer> {
  return startPrivateServer({ prepare: objects });
}

/** Runs the role script as superuser and gives the notices that it raised. */
export async function runRoleScript(
  server: PrivateServer,
  values: Partial<RoleScriptValues> = {},
  url = server.adminUrl,
): Promise<string[]> {
  const notices: string[] = [];
  await withClient(url, async (client) => {
    client.on('notice', ({ message = '', hint }) =>
      notices.push(hint === undefined ? message : `${message}. ${hint}`),
    );
    await client.query(renderRoleScript({ role: 'reader', schemas: ['app'], ...values }));
  });
  return notices;
}

/** Runs statements one after another in one session and gives the rows of the last. */
export async function rowsOf(url: string, ...statements: string[]): Promise<unknown[]> {
  return withClient(url, async (client) => {
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  });
}

/** SQLSTATE and message with which a statement fails inside a transaction of the given kind; undefined if it runs. */
export async function failureOf(
  client: pg.Client,
  kind: 'read write' | 'read only',
  statement: string,
): Promise<{ code: string | undefined; message: string } | undefined> {
  await client.query(`begin ${kind}`);
  try {
    await client.query(statement);
    return undefined;
  } catch (error) {
    if (error instanceof pg.DatabaseError) return { code: error.code, message: error.message };
    throw error;
  } finally {
    await client.query('rollback');
  }
}
