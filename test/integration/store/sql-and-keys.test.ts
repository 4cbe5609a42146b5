// What the stores in PostgreSQL and RocksDB do beside the contract: rights, schemas, isolation, locks, kills.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/backends/index.ts';
import type { Store } from '../../../src/store/store.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../../support/postgres.ts';
import { projectRoot } from '../../support/source-tree.ts';
import { missing } from '../../support/store-servers.ts';
import { until } from '../../support/until.ts';

const left: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end();
});

async function opened(url: string): Promise<Store> {
  const store = await openStore(url);
  left.push(store.close);
  return store;
}

async function database(prepare = ''): Promise<FreshDatabase> {
  const fresh = await freshDatabase({ prepare });
  left.push(fresh.drop);
  return fresh;
}

describe('a store in PostgreSQL', () => {
  /** The statement of the page, as an operator runs it, for another table. */
  const page = readFileSync(join(projectRoot, 'docs/how-to/choose-a-store.md'), 'utf8');
  const createTable = (/CREATE TABLE [^;]+;\nCREATE INDEX [^;]+;/.exec(page)?.[0] ?? '').replaceAll(
    'pg_analytics_mcp_state',
    'state.records',
  );

  it('says what to do where its table is missing and its account may not create it, and works once it is there', async () => {
    const { adminUrl, readerUrl, reader } = await database('create schema state');
    const store = await opened(`${readerUrl}?table=state.records`);
    await expect(store.get('a', 'key')).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      message: 'the account of the store may not read and write its table',
      facts: { hint: expect.stringContaining('USAGE') },
    });
    await withClient(adminUrl, (client) =>
      client.query(`grant usage on schema state to ${reader};
        alter role ${reader} set default_transaction_read_only = off`),
    );
    const refusal = {
      code: 'STATE_UNAVAILABLE',
      message: 'the table of the state does not exist, and the account of the store may not create it',
      facts: { hint: expect.stringContaining('docs/how-to/choose-a-store.md') },
    };
    const second = await opened(`${readerUrl}?table=state.records`);
    await expect(second.get('a', 'key')).rejects.toMatchObject(refusal);
    const grants = `grant select, insert, update, delete on state.records to ${reader}`;
    await withClient(adminUrl, (client) => client.query(`${createTable} ${grants}`));
    const other = await opened(`${readerUrl}?table=state.records`);
    const version = await other.put('a', 'key', 'value', { ttlSeconds: 60 });
    expect(await other.put('a', 'key', 'new', { ifVersion: version })).toEqual(expect.any(String));
    expect((await other.take('a', 'key'))?.value).toBe('new');
    expect(await other.sweep()).toBe(0);
  });

  it('makes its table in the schema that is named, once, however many ask at the same time', async () => {
    const { adminUrl } = await database('create schema state');
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => opened(`${adminUrl}?table=state.records`)),
    );
    await Promise.all(stores.map((store, index) => store.put('a', `key ${index}`, 'value')));
    expect((await stores[0]!.list('a', { limit: 10 })).keys).toHaveLength(4);
    const { rows } = await withClient(adminUrl, (client) =>
      client.query("select schemaname || '.' || tablename as name from pg_tables where schemaname = 'state'"),
    );
    expect(rows).toEqual([{ name: 'state.records' }]);
  });

  it('lets one of 50 parallel takes win where the operator made every transaction serializable', async () => {
    const { adminUrl, name } = await database();
    await withClient(adminUrl, (client) =>
      client.query(`alter database ${name} set default_transaction_isolation = 'serializable'`),
    );
    const store = await opened(adminUrl);
    await store.put('a', 'key', 'value');
    const takes = await Promise.all(Array.from({ length: 50 }, () => store.take('a', 'key')));
    expect(takes.filter((entry) => entry !== undefined)).toHaveLength(1);
  });

  it('sweeps more than one batch of expired records, and counts them', async () => {
    const { adminUrl } = await database();
    const store = await opened(adminUrl);
    await store.put('a', 'stays', 'value', { ttlSeconds: 60 });
    await withClient(adminUrl, (client) =>
      client.query(`insert into pg_analytics_mcp_state
        select 'a', convert_to(n::text, 'UTF8'), '', n::text, now() - interval '1 second'
        from generate_series(1, 1234) n`),
    );
    expect(await store.sweep()).toBe(1234);
    expect(await store.sweep()).toBe(0);
    expect((await store.list('a', { limit: 10 })).keys).toEqual(['stays']);
  });

  it.each(['a;b', 'a.b.c', '', '"a"'])('refuses the table "%s"', async (table) => {
    const url = `postgres://user:hidden@127.0.0.1/db?table=${encodeURIComponent(table)}`;
    await expect(openStore(url)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'the URL of the store needs a name or schema.name as its parameter "table"',
    });
  });
});

describe('a store in RocksDB', () => {
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'mcp-rocksdb-'));
    left.push(async () => rmSync(path, { recursive: true, force: true }));
    return join(path, 'state');
  };
  const program = (...words: string[]) => [join('test/support/programs', words[0] ?? ''), ...words.slice(1)];
  const skipped = missing.rocksdb;
  const why = skipped === undefined ? '' : ` (skipped: ${skipped})`;

  it.skipIf(skipped !== undefined)(`tells a second process that the folder is in use${why}`, async () => {
    const url = `rocksdb:${folder()}`;
    const store = await opened(url);
    await store.put('a', 'key', 'value');
    const words = program('use-store.ts', url);
    const run = await promisify(execFile)(process.execPath, words, { cwd: projectRoot, timeout: 60_000 });
    expect(run.stdout).toBe('STATE_UNAVAILABLE\nclosed\n');
    const second = await opened(url);
    await expect(second.get('a', 'key')).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      message: 'another process has the RocksDB folder open, and only one can',
    });
    await store.close();
    expect((await second.get('a', 'key'))?.value).toBe('value');
  });

  it.skipIf(skipped !== undefined)(`says so where its folder cannot be made${why}`, async () => {
    const store = await opened('rocksdb:/etc/hostname/records');
    const refusal = { code: 'STATE_UNAVAILABLE' };
    await expect(store.get('a', 'key')).rejects.toMatchObject(refusal);
    await expect(store.put('a', 'key', 'value')).rejects.toMatchObject(refusal);
  });

  it.skipIf(skipped !== undefined)(
    `keeps every acknowledged write through ten kills${why}`,
    { timeout: 120_000 },
    async () => {
      const url = `rocksdb:${folder()}`;
      const acknowledged: string[] = [];
      for (let round = 0; round < 10; round += 1) {
        const child = spawn(process.execPath, program('write-to-store.ts', url, String(round)), {
          cwd: projectRoot,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const ended = new Promise((resolve) => child.once('close', resolve));
        let said = '';
        child.stdout.on('data', (chunk) => {
          said += chunk;
        });
        await until(() => said.split('\n').length > 20 + round * 7, 'some writes', 20_000);
        child.kill('SIGKILL');
        await ended;
        acknowledged.push(...said.split('\n').slice(0, -1));
      }
      const store = await opened(url);
      const kept = await Promise.all(acknowledged.map((key) => store.get('writes', key)));
      expect(kept.filter((entry, place) => entry?.value !== `value of ${acknowledged[place]}`)).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(200);
    },
  );
});
