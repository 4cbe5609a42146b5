// The databases that test databases are cloned from; each is made once per run, when a file first asks for it.
import { existsSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { inject } from 'vitest';
import { fleetSchemas, loadFleet } from '../../src/demo/fleet-data.ts';

/** What a template holds and which schemas its reader sees. */
type Template = {
  readonly schemas: readonly string[];
  readonly load: (client: pg.Client) => Promise<void>;
};

const guardFixture = new URL('../../../shared/guard/fixture.sql', import.meta.url);

/** True where the guard's shared fixture lies beside the project; tests that need it are skipped by name elsewhere. */
export const hasGuardFixture = existsSync(guardFixture);

export const templates = {
  empty: { schemas: ['public'], load: async () => undefined },
  /** The demo's data, small: about 75,000 rows (see sql/demo). */
  fleet: { schemas: fleetSchemas, load: (client: pg.Client) => loadFleet(client) },
  'guard-fixture': { schemas: ['reporting'], load: loadGuardFixture },
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates;

/** Makes the template unless this run has it; two test files that ask at once get one. */
export async function ensureTemplate(name: TemplateName): Promise<void> {
  const database = `${inject('postgresRun')}_template_${name.replaceAll('-', '_')}`;
  const adminUrl = inject('postgresAdminUrl');
  const admin = await connected(adminUrl);
  try {
    await admin.query('select pg_advisory_lock(hashtext($1))', [database]);
    const { rowCount } = await admin.query('select from pg_database where datname = $1 and datistemplate', [
      database,
    ]);
    if (rowCount === 0) await makeTemplate(admin, adminUrl, database, templates[name].load);
  } finally {
    await admin.end();
  }
}

async function makeTemplate(
  admin: pg.Client,
  adminUrl: string,
  database: string,
  load: Template['load'],
): Promise<void> {
  await admin.query(`drop database if exists ${database}`);
  await admin.query(`create database ${database} template template0 encoding 'UTF8'`);
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  const client = await connected(url.href);
  try {
    await load(client);
  } finally {
    await client.end();
  }
  await waitUntilUnused(admin, database);
  await admin.query(`alter database ${database} with is_template true allow_connections false`);
}

/** CREATE DATABASE refuses a template that somebody is connected to, and a closed connection takes a moment to end. */
async function waitUntilUnused(admin: pg.Client, database: string): Promise<void> {
  for (;;) {
    const { rowCount } = await admin.query('select from pg_stat_activity where datname = $1', [database]);
    if (rowCount === 0) return;
  }
}

/**
 * The shared fixture is a psql script for Postgres 15 in a database "fleet": here it runs in the template, without
 * the extension that Postgres 17 dropped, and its roles are made only where the cluster does not have them.
 */
async function loadGuardFixture(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ current: string }>(
    'select quote_ident(current_database()) as current',
  );
  const script = readFileSync(guardFixture, 'utf8')
    .replace(/^CREATE DATABASE .*$/m, '')
    .replace(/^\\c .*$/m, '')
    .replaceAll(/ON DATABASE fleet/g, `ON DATABASE ${rows[0]!.current}`)
    .replace(/CREATE EXTENSION adminpack;/, await available(client, 'adminpack'))
    .replaceAll(/^CREATE ROLE (\w+) .*;$/gm, (statement, role: string) => createRoleOnce(role, statement));
  await client.query(script);
}

async function available(client: pg.Client, extension: string): Promise<string> {
  const found = await client.query('select from pg_available_extensions where name = $1', [extension]);
  return found.rowCount === 0 ? '' : `CREATE EXTENSION ${extension};`;
}

function createRoleOnce(role: string, statement: string): string {
  return `do $role$ begin if not exists (select from pg_roles where rolname = '${role}') then ${statement} end if; end $role$;`;
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
