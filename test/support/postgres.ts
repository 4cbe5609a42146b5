// Gives each test file a database of its own on the run's server, with a reader made by the product's role script.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { quoteIdentifier, type RoleScriptValues, renderRoleScript } from '../../src/query/role-script.ts';
import { ensureTemplate, type TemplateName, templates } from './postgres-templates.ts';

/** What a test may want of its database. */
export type FreshDatabaseOptions = {
  readonly template?: TemplateName | undefined;
  /** Of a database that is made from nothing, not from the template; UTF8 else. */
  readonly encoding?: 'LATIN1' | 'SQL_ASCII' | undefined;
  /** SQL run as superuser before the reader is made: one simple query, several statements allowed. */
  readonly prepare?: string | undefined;
  /** Values of the role script; schemas default to those of the template. */
  readonly role?: Partial<RoleScriptValues> | undefined;
};

/** A database of one test file. It is dropped after the file at the latest, and may leave no connection. */
export type FreshDatabase = {
  readonly name: string;
  /** Superuser, in this database. */
  readonly adminUrl: string;
  /** The reader that the role script made, in this database. */
  readonly readerUrl: string;
  readonly reader: string;
  /** Throws, naming them, where connections are left; drops the database and its reader either way. */
  readonly drop: () => Promise<void>;
};

const open = new Map<string, FreshDatabase>();
const leaveDeadlineMs = 15_000;

/** A new database cloned from a template (default: empty), about 0.2 s. */
export async function freshDatabase(options: FreshDatabaseOptions = {}): Promise<FreshDatabase> {
  const template = options.template ?? 'empty';
  const name = `${inject('postgresRun')}_${randomBytes(4).toString('hex')}`;
  await ensureTemplate(template);
  const { encoding } = options;
  const origin =
    encoding === undefined
      ? `template ${templateDatabase(template)}`
      : `template template0 encoding '${encoding}' locale 'C'`;
  await asAdmin((client) => client.query(`create database ${name} ${origin}`));
  const adminUrl = urlFor({ database: name });
  const password = randomBytes(12).toString('hex');
  const role = { schemas: templates[template].schemas, ...options.role, role: `${name}_reader`, password };
  await withClient(adminUrl, async (client) => {
    if (options.prepare !== undefined) await client.query(options.prepare);
    await client.query(renderRoleScript(role));
  });
  const readerUrl = urlFor({ database: name, user: role.role, password });
  const database = { name, adminUrl, readerUrl, reader: role.role, drop: () => dropDatabase(name) };
  open.set(name, database);
  return database;
}

/** Runs one piece of work with a client that is closed afterwards. */
export async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  // A server that is killed under an idle client says so twice; the work itself sees the failure.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Drops what the file left; the leak check calls it after every file. */
export async function dropOpenDatabases(): Promise<void> {
  const results = await Promise.allSettled([...open.values()].map((database) => database.drop()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function dropDatabase(name: string): Promise<void> {
  if (!open.delete(name)) return;
  await asAdmin(async (client) => {
    const left = await connectionsLeft(client, name);
    await client.query(`drop database ${name} with (force)`);
    await client.query(`drop role if exists ${quoteIdentifier(`${name}_reader`)}`);
    if (left.length > 0) throw new Error(`connections left to the test's database:\n${left.join('\n')}`);
  });
}

/** A closed connection takes a moment to end in the server: only those that stay count. */
async function connectionsLeft(client: pg.Client, name: string): Promise<string[]> {
  const deadline = performance.now() + leaveDeadlineMs;
  for (;;) {
    const { rows } = await client.query<{ line: string }>(
      `select format('pid %s of %s (%s) %s: %s', pid, usename, application_name, state, left(query, 200)) as line
       from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
      [name],
    );
    if (rows.length === 0 || performance.now() > deadline) return rows.map((row) => row.line);
    await sleep(25);
  }
}

function asAdmin<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  return withClient(inject('postgresAdminUrl'), work);
}

function templateDatabase(template: TemplateName): string {
  return `${inject('postgresRun')}_template_${template.replaceAll('-', '_')}`;
}

function urlFor(place: { database: string; user?: string; password?: string }): string {
  const url = new URL(inject('postgresAdminUrl'));
  url.pathname = `/${place.database}`;
  if (place.user !== undefined) url.username = place.user;
  if (place.password !== undefined) url.password = place.password;
  return url.href;
}
