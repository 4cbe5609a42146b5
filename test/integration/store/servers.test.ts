// What the stores on Redis, Valkey, DynamoDB, MongoDB, Elasticsearch and Memcached do beside the contract.
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/backends/index.ts';
import type { Store } from '../../../src/store/store.ts';
import { startElasticsearchStandIn } from '../../support/elasticsearch-stand-in.ts';
import { startMongodbStandIn } from '../../support/mongodb-stand-in.ts';
import { projectRoot } from '../../support/source-tree.ts';
import {
  clusterOfOne,
  missing,
  type StoreServer,
  startDynalite,
  startEncryptedRedis,
  startMemcached,
  startRedis,
  startValkey,
} from '../../support/store-servers.ts';
import { until } from '../../support/until.ts';

const left: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end();
});

async function started(start: () => Promise<StoreServer>): Promise<number> {
  const server = await start();
  left.push(server.remove);
  return server.port;
}

async function opened(url: string): Promise<Store> {
  const store = await openStore(url);
  left.push(store.close);
  return store;
}

/** Redis and Valkey are one backend, tried with both servers. */
const redisKinds = [
  { name: 'redis', start: startRedis, skipped: missing.redis },
  { name: 'valkey', start: startValkey, skipped: missing.valkey },
] as const;

describe.each(redisKinds)('a store on $name', ({ name, start, skipped }) => {
  const run = it.skipIf(skipped !== undefined);
  const why = skipped === undefined ? '' : ` (skipped: ${skipped})`;

  run(`keeps prefixes and databases apart${why}`, async () => {
    const port = await started(start);
    const [a, b, c] = await Promise.all([
      opened(`${name}://127.0.0.1:${port}/0?prefix=a`),
      opened(`${name}://127.0.0.1:${port}/0?prefix=b`),
      opened(`${name}://127.0.0.1:${port}/1?prefix=a`),
    ]);
    await a.put('records', 'key', 'of a');
    expect(await b.get('records', 'key')).toBeUndefined();
    expect(await c.collections()).toEqual([]);
    expect(await b.sweep()).toBe(0);
    expect((await a.get('records', 'key'))?.value).toBe('of a');
  });

  run(`works with a cluster${why}`, async () => {
    const options = await clusterOfOne();
    const port = await started(() => start(options));
    const admin = new Redis(port);
    left.push(async () => admin.disconnect());
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until(async () => (await admin.cluster('INFO')).includes('cluster_state:ok'), 'a cluster', 20_000);
    const store = await opened(`${name}://127.0.0.1:${port}?cluster=yes`);
    await Promise.all(['one', 'two', 'three'].map((key) => store.put('a', key, 'value')));
    await store.put('b', 'key', 'value');
    expect((await store.list('a', { limit: 10 })).keys).toEqual(['one', 'three', 'two']);
    expect(await store.collections()).toEqual(['a', 'b']);
    const takes = await Promise.all(Array.from({ length: 20 }, () => store.take('b', 'key')));
    expect(takes.filter((entry) => entry !== undefined)).toHaveLength(1);
    expect(await store.sweep()).toBe(0);
  });

  run(`says that the server is full, and loses nothing${why}`, async () => {
    const port = await started(() => start(['--maxmemory', '8mb', '--maxmemory-policy', 'noeviction']));
    const store = await opened(`${name}://127.0.0.1:${port}`);
    const fill = async () => {
      for (let count = 0; count < 40; count += 1) await store.put('a', `key ${count}`, 'x'.repeat(500_000));
    };
    await expect(fill()).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      message: 'the store is full',
      facts: { hint: expect.stringContaining('noeviction') },
    });
    expect((await store.get('a', 'key 0'))?.value).toHaveLength(500_000);
    expect(await store.delete('a', 'key 0')).toBe(true);
  });

  run(`needs no more rights than the page names${why}`, async () => {
    const page = readFileSync(join(projectRoot, 'docs/how-to/choose-a-store.md'), 'utf8');
    const rules = /`(~pg-analytics-mcp\* [^`]+)`/.exec(page)?.[1] ?? '';
    const port = await started(() => start(['--user', 'keeper', 'on', '>secret', ...rules.split(' ')]));
    const store = await opened(`${name}://keeper:secret@127.0.0.1:${port}`);
    const version = await store.put('a', 'key', 'value', { ttlSeconds: 60 });
    expect(await store.put('a', 'key', 'new', { ifVersion: version })).toEqual(expect.any(String));
    expect((await store.list('a', { limit: 1 })).keys).toEqual(['key']);
    expect(await store.collections()).toEqual(['a']);
    expect((await store.take('a', 'key'))?.value).toBe('new');
    expect(await store.delete('a', 'key')).toBe(false);
    expect(await store.sweep()).toBe(0);
  });

  run(`fails plainly with a wrong password, and shows none of it${why}`, async () => {
    const port = await started(() => start(['--requirepass', 'right']));
    const store = await opened(`${name}://:wrong-secret@127.0.0.1:${port}`);
    const refusal = await store.get('a', 'key').catch((error) => error);
    expect(refusal).toMatchObject({ code: 'STATE_UNAVAILABLE' });
    expect(`${refusal.message} ${JSON.stringify(refusal.facts)}`).not.toContain('wrong-secret');
  });
});

describe('a store on Redis with TLS', () => {
  const openssl = existsSync('/usr/bin/openssl') ? undefined : 'openssl is not installed';
  const skipped = missing.redis ?? openssl;
  const why = skipped === undefined ? '' : ` (skipped: ${skipped})`;

  it.skipIf(skipped !== undefined)(
    `trusts a certificate whose authority is known, and no other${why}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'mcp-store-tls-'));
      left.push(async () => rmSync(folder, { recursive: true }));
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
      const files = ['-keyout', key, '-out', cert];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...names, ...files], {
        stdio: 'ignore',
      });
      const port = await started(() => startEncryptedRedis(cert, key));
      const use = (env: Record<string, string>) =>
        promisify(execFile)(
          process.execPath,
          ['test/support/programs/use-store.ts', `rediss://localhost:${port}`],
          {
            cwd: projectRoot,
            env,
            timeout: 60_000,
          },
        );
      expect((await use({ NODE_EXTRA_CA_CERTS: cert })).stdout).toBe('took value\nclosed\n');
      expect((await use({})).stdout).toBe('STATE_UNAVAILABLE\nclosed\n');
    },
  );
});

const sweeping = [
  {
    name: 'redis',
    start: startRedis,
    skipped: missing.redis,
    url: (port: number) => `redis://127.0.0.1:${port}`,
  },
  {
    name: 'dynamodb (dynalite)',
    start: startDynalite,
    url: (port: number) => `dynamodb://id:secret@eu-west-1/state?endpoint=http://127.0.0.1:${port}`,
  },
  {
    name: 'mongodb (a stand-in for the server, the real driver)',
    start: startMongodbStandIn,
    url: (port: number) => `mongodb://127.0.0.1:${port}`,
  },
  {
    name: 'elasticsearch (a stand-in for the server)',
    start: startElasticsearchStandIn,
    url: (port: number) => `elasticsearch://127.0.0.1:${port}`,
  },
];

describe.each(sweeping)('a store of the kind $name', ({ start, url, skipped }) => {
  const why = skipped === undefined ? '' : ` (skipped: ${skipped})`;
  it.skipIf(skipped !== undefined)(
    `removes what has expired, counts it, and lists none of it${why}`,
    async () => {
      const store = await opened(url(await started(start)));
      await Promise.all(['x', 'y', 'z'].map((key) => store.put('goes', key, 'value', { ttlSeconds: 0.5 })));
      await store.put('stays', 'key', 'value', { ttlSeconds: 60 });
      await sleep(700);
      expect(await store.collections()).toEqual(['stays']);
      expect((await store.list('goes', { limit: 10 })).keys).toEqual([]);
      expect(await store.sweep()).toBe(3);
      expect(await store.sweep()).toBe(0);
      expect((await store.list('stays', { limit: 10 })).keys).toEqual(['key']);
    },
  );
});

describe('a store in DynamoDB', () => {
  it('says what to do where its table is missing and its account may not create it', async () => {
    const server = createServer((request, response) => {
      const creates = String(request.headers['x-amz-target']).endsWith('CreateTable');
      const kind = creates ? 'AccessDeniedException' : 'ResourceNotFoundException';
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(
        JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${kind}`, message: 'arn:secret' }),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    left.push(async () => server.close());
    const { port } = server.address() as AddressInfo;
    const store = await opened(`dynamodb://id:secret@eu-west-1/state?endpoint=http://127.0.0.1:${port}`);
    await expect(store.get('a', 'key')).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      message: 'the table of the state does not exist, and the account of the store may not create it',
      facts: { hint: expect.stringContaining('dynamodb:CreateTable') },
    });
  });
});

describe('a store on Elasticsearch', () => {
  it.each([
    [401, 'the Elasticsearch server does not let the account of the store do this'],
    [429, 'the Elasticsearch server refused a request'],
    [503, 'the Elasticsearch server refused a request'],
  ])('answers %i of the server with "%s"', async (status, message) => {
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end('{"error":{"type":"security_exception","reason":"user keeper of host.example"}}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    left.push(async () => server.close());
    const { port } = server.address() as AddressInfo;
    const store = await opened(`elasticsearch://keeper:secret@127.0.0.1:${port}`);
    await expect(store.get('a', 'key')).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE', message });
  });

  it('is no other web server', async () => {
    const server = createServer((_request, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    left.push(async () => server.close());
    const { port } = server.address() as AddressInfo;
    const store = await opened(`elasticsearch://127.0.0.1:${port}`);
    await expect(store.get('a', 'key')).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      message: 'what answers is no Elasticsearch server',
    });
  });
});

describe('a store on Memcached', () => {
  const why = missing.memcached === undefined ? '' : ` (skipped: ${missing.memcached})`;
  it.skipIf(missing.memcached !== undefined)(
    `refuses what is larger than the server takes, by name${why}`,
    async () => {
      const store = await opened(
        `memcached://127.0.0.1:${await started(() => startMemcached(['-I', '512k']))}`,
      );
      await store.put('a', 'key', 'x'.repeat(400_000));
      await expect(store.put('a', 'key', 'x'.repeat(600_000))).rejects.toMatchObject({
        code: 'STATE_TOO_LARGE',
        message: 'the record is larger than the Memcached server takes',
      });
      await store.put('a', 'after', 'value');
      expect((await store.get('a', 'after'))?.value).toBe('value');
    },
  );
});
