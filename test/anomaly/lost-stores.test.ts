// Stores whose server is not there, goes, comes back, or falls silent: calls fail in time and plainly, and work again by themselves.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { CodedError } from '../../src/base/errors.ts';
import { openStore } from '../../src/store/backends/index.ts';
import type { Store } from '../../src/store/store.ts';
import { startElasticsearchStandIn } from '../support/elasticsearch-stand-in.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startMongodbStandIn } from '../support/mongodb-stand-in.ts';
import { startPrivateServer } from '../support/private-server.ts';
import { projectRoot } from '../support/source-tree.ts';
import {
  missing,
  type StoreServer,
  startDynalite,
  startMemcached,
  startRedis,
  startValkey,
} from '../support/store-servers.ts';
import { until } from '../support/until.ts';

type Kind = {
  readonly name: string;
  readonly skipped?: string | undefined;
  readonly start: () => Promise<StoreServer>;
  readonly urlFor: (port: number) => string;
};

const password = 'hunter2hunter2';
const kinds: readonly Kind[] = [
  {
    name: 'postgres',
    start: startPostgres,
    urlFor: (port) => `postgres://keeper:${password}@127.0.0.1:${port}/postgres`,
  },
  {
    name: 'redis',
    skipped: missing.redis,
    start: () => startRedis(['--requirepass', password]),
    urlFor: (port) => `redis://:${password}@127.0.0.1:${port}`,
  },
  {
    name: 'valkey',
    skipped: missing.valkey,
    start: () => startValkey(['--requirepass', password]),
    urlFor: (port) => `valkey://:${password}@127.0.0.1:${port}`,
  },
  {
    name: 'dynamodb (dynalite)',
    start: startDynalite,
    urlFor: (port) => `dynamodb://id:${password}@eu-west-1/state?endpoint=http://127.0.0.1:${port}`,
  },
  {
    name: 'mongodb (a stand-in for the server, the real driver)',
    start: startMongodbStandIn,
    urlFor: (port) => `mongodb://127.0.0.1:${port}/state`,
  },
  {
    name: 'elasticsearch (a stand-in for the server)',
    start: startElasticsearchStandIn,
    urlFor: (port) => `elasticsearch://keeper:${password}@127.0.0.1:${port}/state`,
  },
  {
    name: 'memcached',
    skipped: missing.memcached,
    start: startMemcached,
    urlFor: (port) => `memcached://127.0.0.1:${port}`,
  },
];

const left: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end();
});

async function started(kind: Kind): Promise<StoreServer> {
  const server = await kind.start();
  left.push(server.remove);
  return server;
}

async function opened(url: string): Promise<Store> {
  const store = await openStore(url);
  left.push(store.close);
  return store;
}

/** The failure of a call, and how long it took. */
async function failureOf(call: Promise<unknown>): Promise<{ error: CodedError; tookMs: number }> {
  const start = performance.now();
  const error = await call.then(
    () => undefined,
    (thrown: CodedError) => thrown,
  );
  if (error === undefined) throw new Error('the call did not fail');
  return { error, tookMs: performance.now() - start };
}

/** Nothing that is shown says where the store is or how one logs in. */
function expectPlain({ error, tookMs }: { error: CodedError; tookMs: number }, port: number): void {
  expect(error).toMatchObject({ code: 'STATE_UNAVAILABLE', message: expect.stringMatching(/^[a-z]/) });
  const shown = `${error.message} ${error.facts.detail} ${error.facts.hint}`;
  for (const secret of [String(port), '127.0.0.1', 'localhost', password, 'keeper'])
    expect(shown).not.toContain(secret);
  expect(`${error.facts.logDetail}`).not.toContain(password);
  expect(tookMs).toBeLessThan(20_000);
}

describe.each(kinds)('a store of the kind $name', (kind) => {
  if (kind.skipped !== undefined) {
    it.skip(`lives through the loss of its server (skipped: ${kind.skipped})`, () => undefined);
    return;
  }

  it('opens while its server is down, fails plainly, and works once the server is there', async () => {
    const server = await started(kind);
    await server.stop();
    const store = await opened(kind.urlFor(server.port));
    expectPlain(await failureOf(store.put('a', 'key', 'value')), server.port);
    expectPlain(await failureOf(store.take('a', 'key')), server.port);
    await server.start();
    const put = () => store.put('a', 'key', 'value').catch(() => undefined);
    expect(await until(put, 'a put that works')).toEqual(expect.any(String));
    expect((await store.get('a', 'key'))?.value).toBe('value');
  });

  it('fails plainly when its server is killed, and works again when it is back', async () => {
    const server = await started(kind);
    const store = await opened(kind.urlFor(server.port));
    await store.put('a', 'before', 'value');
    await server.stop();
    expectPlain(await failureOf(store.get('a', 'before')), server.port);
    expectPlain(await failureOf(store.put('a', 'meanwhile', 'value')), server.port);
    await server.start();
    const works = () =>
      store.put('a', 'after', 'value').then(
        () => true,
        () => false,
      );
    await until(works, 'a put that works');
    expect((await store.get('a', 'after'))?.value).toBe('value');
    if (store.capabilities.keepsRecords) expect((await store.get('a', 'before'))?.value).toBe('value');
  });

  it('gives up a call that nobody waits for, ends one that meets silence, and works on after it', async () => {
    const server = await started(kind);
    const proxy = await startFaultProxy(server.port);
    left.push(proxy.close);
    const store = await opened(kind.urlFor(proxy.port));
    await store.put('a', 'key', 'value');
    proxy.setFault({ blackHole: 'both' });
    const start = performance.now();
    const impatient = failureOf(store.get('a', 'key', AbortSignal.timeout(100)));
    expect((await impatient).error.code).toBe('CANCELLED');
    expect(performance.now() - start).toBeLessThan(4_500);
    expectPlain(await failureOf(store.get('a', 'key')), proxy.port);
    proxy.setFault({});
    const get = () => store.get('a', 'key').catch(() => undefined);
    expect((await until(get, 'a get that works', 20_000)).value).toBe('value');
  });

  it('lets the process end after it was closed, whether or not its server was there', async () => {
    const server = await started(kind);
    const run = () =>
      promisify(execFile)(
        process.execPath,
        ['test/support/programs/use-store.ts', kind.urlFor(server.port)],
        {
          cwd: projectRoot,
          timeout: 60_000,
        },
      );
    expect((await run()).stdout).toBe('took value\nclosed\n');
    await server.stop();
    expect((await run()).stdout).toBe('STATE_UNAVAILABLE\nclosed\n');
  });
});

/** A private server with an account of the store's own. */
async function startPostgres(): Promise<StoreServer> {
  const server = await startPrivateServer({
    // What the tests' servers leave out for speed, and what no kill may take away here.
    settings: { synchronous_commit: 'on' },
    prepare: `create role keeper login password '${password}'; grant create on schema public to keeper`,
  });
  return {
    port: server.port,
    stop: () => server.halt('immediate'),
    start: server.start,
    remove: server.stop,
  };
}
