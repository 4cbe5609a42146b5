// Puts up the Postgres that all subjects share, its one table and the read-only role; it keeps nothing after `stop`.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../src/demo/embedded-postgres.ts';
import { renderRoleScript } from '../src/query/role-script.ts';
import { type Bounds, calibrate } from './workloads.ts';

export type BenchDatabase = {
  readonly port: number;
  /** Logs in as the read-only role. */
  readonly connectionString: string;
  readonly login: { readonly user: string; readonly password: string; readonly database: string };
  readonly version: string;
  readonly bounds: Bounds;
  readonly stop: () => Promise<void>;
};

const database = 'bench';
const role = 'analytics_ro';

/** Twelve columns of mixed types; texts hold commas, quotes and umlauts, and some cells are null. */
const tableText = `
create schema bench;
create table bench.trip (
  id int4 primary key,
  odometer_m int8 not null,
  cost numeric(10,2),
  driver text not null,
  started_at timestamptz not null,
  day date not null,
  finished bool not null,
  speed_kmh float8,
  vehicle uuid not null,
  detail jsonb not null,
  label varchar(40) not null,
  remark text
);
insert into bench.trip
select n,
       9007199254740993 + n * 37::int8,
       case when n % 11 > 0 then round((n * 7919 % 100000) / 100.0, 2) end,
       (array['Jörg Müller', 'Anna Schäfer', 'Zoë O''Neill', 'Grüner, Max', 'Li Wei', 'José Núñez'])[1 + n % 6],
       timestamptz '2026-01-01 00:00:00.000001+00' + n * interval '173.123457 seconds',
       date '2026-01-01' + n % 365,
       n % 3 > 0,
       case when n % 7 > 0 then (n * 31 % 13000) / 100.0 end,
       md5(n::text)::uuid,
       jsonb_build_object('stops', n % 9, 'fuel', (n % 500) / 10.0),
       (array['north', 'south, harbour', 'the "old" depot', 'Straßenmeisterei', 'east'])[1 + n % 5],
       case when n % 4 = 0 then 'delayed by ' || n % 90 || ' minutes' end
from generate_series(1, $rows) as n;
vacuum analyze bench.trip;
`;

/** A server with the table and the role. Parallel workers and JIT are off: they blur the figures of two cores. */
export async function startBenchDatabase(tableRows: number): Promise<BenchDatabase> {
  const server = await startEmbeddedPostgres({
    settings: { max_connections: '100', max_parallel_workers_per_gather: '0', jit: 'off' },
  });
  const login = { user: role, password: randomBytes(18).toString('base64url'), database };
  try {
    await run(server.connectionString(), [`create database ${database}`]);
    const script = renderRoleScript({
      role,
      database,
      schemas: ['bench'],
      password: login.password,
      connectionLimit: 60,
    });
    const bounds = await withClient(server.connectionString(database), async (client) => {
      for (const text of tableText.replace('$rows', String(tableRows)).split(';\n'))
        if (text.trim() !== '') await client.query(text);
      await client.query(script);
      return await calibrate(client, tableRows);
    });
    return {
      port: server.port,
      connectionString: server.connectionString(database, login),
      login,
      version: server.version,
      bounds,
      stop: () => server.stop('immediate'),
    };
  } catch (error) {
    await server.stop('immediate');
    throw error;
  }
}

async function run(connectionString: string, texts: readonly string[]): Promise<void> {
  await withClient(connectionString, async (client) => {
    for (const text of texts) await client.query(text);
  });
}

async function withClient<Result>(
  connectionString: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
