// Puts up the whole demo database: an embedded Postgres, the fleet data and the read-only role; no server of ours.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { renderRoleScript } from '../query/role-script.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { type FleetSize, fleetSchemas, loadFleet } from './fleet-data.ts';

/** What the demo is asked for. */
export type DemoOptions = {
  readonly size?: FleetSize | undefined;
  /** Told what is being done, in a few words each. */
  readonly onProgress?: ((step: string) => void) | undefined;
};

/** A demo database that is ready; everything is gone after `stop`, and after the process ends in any way. */
export type Demo = {
  /** As analytics_ro, in the database fleet. */
  readonly databaseUrl: string;
  readonly schemas: readonly string[];
  /** Three questions that have an answer worth finding in the data. */
  readonly questions: readonly string[];
  readonly stop: () => Promise<void>;
};

const role = 'analytics_ro';
const database = 'fleet';

const questions = [
  'Which vehicles lose fuel at night while they stand still, and how many litres in all?',
  'Is the fuel economy of any depot getting worse from week to week? Compare with the rated consumption.',
  'Do GPS tickets depend on the firmware of the tracker? Show tickets per device.',
] as const;

/** Starts the server, loads the data, makes the role. Throws DEMO_PLATFORM or DEMO_POSTGRES; leaves nothing then. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const report = options.onProgress ?? (() => undefined);
  report('starting PostgreSQL');
  const server = await startEmbeddedPostgres();
  try {
    const password = randomBytes(24).toString('base64url');
    await fill(server, password, options.size, report);
    return {
      databaseUrl: server.connectionString(database, { user: role, password }),
      schemas: fleetSchemas,
      questions,
      stop: () => server.stop('fast'),
    };
  } catch (error) {
    await server.stop('immediate');
    throw error;
  }
}

async function fill(
  server: EmbeddedPostgres,
  password: string,
  size: FleetSize | undefined,
  report: (step: string) => void,
): Promise<void> {
  await withAdmin(
    server.connectionString(),
    async (client) => void (await client.query(`create database ${database}`)),
  );
  await withAdmin(server.connectionString(database), async (client) => {
    await loadFleet(client, { size, onProgress: (part) => report(`loading data: ${part}`) });
    report('making the read-only role');
    await client.query(renderRoleScript({ role, database, schemas: fleetSchemas, password }));
    await client.query('revoke connect on database postgres from public');
  });
}

async function withAdmin(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
