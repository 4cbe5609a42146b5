// Starts the one Postgres of a test run, and takes away all that the run made in it.
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { type Engine, startEngine } from './postgres-engines.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of a superuser of the run's server. */
    postgresAdminUrl: string;
    /** Begins the names of all databases and roles of this run. */
    postgresRun: string;
  }
}

let engine: Engine | undefined;
const run = `test_${process.pid.toString(36)}${Date.now().toString(36).slice(-5)}`;

/** Called by vitest before the first file. */
export async function setup(project: TestProject): Promise<void> {
  const started = performance.now();
  engine = await startEngine(process.env);
  console.log(`Postgres for the tests: ${engine.description}, ${Math.round(performance.now() - started)} ms`);
  project.provide('postgresAdminUrl', engine.adminUrl);
  project.provide('postgresRun', run);
}

/** Called by vitest after the last file. */
export async function teardown(): Promise<void> {
  if (engine === undefined) return;
  await removeRun(engine.adminUrl);
  await engine.stop();
}

async function removeRun(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const databases = await client.query<{ name: string }>(
    'select quote_ident(datname) as name from pg_database where starts_with(datname, $1)',
    [`${run}_`],
  );
  for (const { name } of databases.rows) {
    await client.query(`alter database ${name} is_template false`);
    await client.query(`drop database ${name} with (force)`);
  }
  const roles = await client.query<{ name: string }>(
    'select quote_ident(rolname) as name from pg_roles where starts_with(rolname, $1)',
    [`${run}_`],
  );
  for (const { name } of roles.rows) await client.query(`drop role ${name}`);
  await client.end();
}
