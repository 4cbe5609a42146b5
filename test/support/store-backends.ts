// The stores that the contract test and the state commands are tried with: each is the real thing, or says why it is left out.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store/backends/index.ts';
import type { Store } from '../../src/store/store.ts';
import { startElasticsearchStandIn } from './elasticsearch-stand-in.ts';
import { startMongodbStandIn } from './mongodb-stand-in.ts';
import { pgbouncerMissing, startPgBouncer } from './pgbouncer.ts';
import { freshDatabase } from './postgres.ts';
import { containerMissing, startElasticsearch, startMongodb } from './store-containers.ts';
import {
  missing,
  type StoreServer,
  startDynalite,
  startMemcached,
  startRedis,
  startValkey,
  versionOf,
} from './store-servers.ts';

/** A place that holds state, started for one test file. */
export type StorePlace = {
  /** A value of MCP_STATE_URL that leads there. */
  readonly url: string;
  /** Opens a further client of the same place; where a backend cannot be shared it is the one client there is. */
  readonly open: () => Promise<Store>;
  /** Stops what was started and removes what was kept; the clients are closed before. */
  readonly stop: () => Promise<void>;
};

/** A row of the table. */
export type StoreUnderTest = {
  /** The scheme, and what stands behind it: `redis (redis-server 7.0)`. */
  readonly name: string;
  /** Why it cannot be tried here; undefined where it can. Found out when the file is loaded, so quickly. */
  readonly skipped?: string | undefined;
  readonly start: () => Promise<StorePlace>;
};

/** Every store that there is a backend for. */
export const storesUnderTest: readonly StoreUnderTest[] = [
  { name: 'memory', start: startMemory },
  { name: 'filetree', start: () => startInFolder('filetree') },
  { name: 'sqlite', start: () => startInFolder('sqlite') },
  { name: 'postgres', start: startPostgres },
  { name: 'postgres (behind PgBouncer)', skipped: pgbouncerMissing, start: startPostgresBehindPgBouncer },
  {
    name: `redis (${versionOf('redis')})`,
    skipped: missing.redis,
    start: () => onServer(startRedis, (port) => `redis://127.0.0.1:${port}`),
  },
  {
    name: `valkey (${versionOf('valkey')})`,
    skipped: missing.valkey,
    start: () => onServer(startValkey, (port) => `valkey://127.0.0.1:${port}/3?prefix=team`),
  },
  {
    name: 'dynamodb (dynalite)',
    start: () =>
      onServer(
        startDynalite,
        (port) => `dynamodb://id:secret@eu-west-1/state?endpoint=http://127.0.0.1:${port}`,
      ),
  },
  {
    name: 'mongodb (a container)',
    skipped: containerMissing('mongodb'),
    start: () => onServer(startMongodb, (port) => `mongodb://127.0.0.1:${port}/state`),
  },
  {
    name: 'elasticsearch (a container)',
    skipped: containerMissing('elasticsearch'),
    start: () => onServer(startElasticsearch, (port) => `elasticsearch://127.0.0.1:${port}`),
  },
  {
    name: 'mongodb (a stand-in for the server, the real driver)',
    start: () => onServer(startMongodbStandIn, (port) => `mongodb://127.0.0.1:${port}/state?table=records`),
  },
  {
    name: 'elasticsearch (a stand-in for the server)',
    start: () =>
      onServer(startElasticsearchStandIn, (port) => `elasticsearch://ann:secret@127.0.0.1:${port}/state`),
  },
  {
    name: `memcached (${versionOf('memcached')})`,
    skipped: missing.memcached,
    start: () => onServer(startMemcached, (port) => `memcached://127.0.0.1:${port}`),
  },
  { name: 'rocksdb', skipped: missing.rocksdb, start: startRocksdb },
];

/** A backend whose place is a folder or a file of the machine. */
async function startInFolder(scheme: string): Promise<StorePlace> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-store-'));
  const url = `${scheme}:${join(folder, 'state')}`;
  return {
    url,
    open: () => openStore(url),
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function startPostgres(): Promise<StorePlace> {
  const database = await freshDatabase();
  return placeAt(database.adminUrl, () => database.drop());
}

async function startPostgresBehindPgBouncer(): Promise<StorePlace> {
  const [database, pooler] = await Promise.all([freshDatabase(), startPgBouncer()]);
  return placeAt(pooler.urlFor(database.adminUrl), async () => {
    await pooler.stop();
    await database.drop();
  });
}

/** A server of its own for each place. */
async function onServer(
  startServer: () => Promise<StoreServer>,
  urlFor: (port: number) => string,
): Promise<StorePlace> {
  const server = await startServer();
  return placeAt(urlFor(server.port), server.remove);
}

function placeAt(url: string, stop: () => Promise<void>): StorePlace {
  return { url, open: () => openStore(url), stop };
}

/** One process has the folder, and in it one client. */
async function startRocksdb(): Promise<StorePlace> {
  const { url, open, stop } = await startInFolder('rocksdb');
  const store = await open();
  return {
    url,
    open: async () => store,
    stop: async () => {
      await store.close();
      await stop();
    },
  };
}

async function startMemory(): Promise<StorePlace> {
  const store = await openStore('memory:');
  return { url: 'memory:', open: async () => store, stop: () => store.close() };
}

/** A collection that no other test uses. */
export function freshCollection(): string {
  return `test.${randomUUID()}`;
}
