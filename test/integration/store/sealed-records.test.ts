// Sealed records over real stores: what reaches the disk, who may open it, and what a slow or lost store costs.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/backends/index.ts';
import { checkSeal } from '../../../src/store/seal-check.ts';
import { createOpenRecords, hashedId } from '../../../src/store/sealed-records.ts';
import { createSealing } from '../../../src/store/sealing.ts';
import type { Store } from '../../../src/store/store.ts';

type Account = { readonly name: string };

const oldSecret = 'old-secret-of-32-bytes-0123456789';
const newSecret = 'new-secret-of-32-bytes-0123456789';
const deadlineMs = 5_000;

describe('sealed records', () => {
  let folder: string;
  let store: Store;
  const open = (secrets: readonly string[]) =>
    createOpenRecords({ store, sealing: createSealing(secrets), deadlineMs });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-records-'));
    store = await openStore(`filetree:${folder}`);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keep, replace under a condition, give once and forget', async () => {
    const accounts = open([newSecret])<Account>('account');
    const version = await accounts.put('ana', { name: 'Ana' }, { ifAbsent: true, ttlSeconds: 60 });
    expect(await accounts.put('ana', { name: 'Eve' }, { ifAbsent: true })).toBeUndefined();
    const held = await accounts.get('ana');
    expect(held).toEqual({ record: { name: 'Ana' }, version, expiresAtMs: expect.any(Number) });
    const next = await accounts.put('ana', { name: 'Anna' }, { ifVersion: version });
    expect(await accounts.put('ana', { name: 'Eve' }, { ifVersion: version })).toBeUndefined();
    expect(await accounts.take('ana')).toMatchObject({ record: { name: 'Anna' }, version: next });
    expect(await accounts.take('ana')).toBeUndefined();
    await accounts.put('ana', { name: 'Ana' });
    expect(await accounts.delete('ana')).toBe(true);
    expect(await accounts.get('ana')).toBeUndefined();
  });

  it('leave neither id nor content on the disk', async () => {
    const id = 'token-that-nobody-may-read-0123456789';
    await open([newSecret])<Account>('account').put(id, { name: 'content-that-nobody-may-read' });
    const texts = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
      entry.isFile()
        ? `${entry.name} ${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`
        : entry.name,
    );
    expect(texts.join('\n')).toContain(hashedId('account', id));
    for (const secret of [id, Buffer.from(id).toString('hex'), 'nobody-may-read', newSecret])
      expect(texts.join('\n')).not.toContain(secret);
  });

  it('hash the same id differently in each collection', () => {
    expect(hashedId('account', 'x')).not.toBe(hashedId('state', 'x'));
    expect(hashedId('account', 'x')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuse plaintext that somebody put there, and a record moved from another id', async () => {
    const accounts = open([newSecret])<Account>('account');
    await accounts.put('ana', { name: 'Ana' });
    const sealed = await store.get('account', hashedId('account', 'ana'));
    await store.put('account', hashedId('account', 'eve'), sealed?.value ?? '');
    await store.put('account', hashedId('account', 'bob'), '{"name":"Bob"}');
    await expect(accounts.get('eve')).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: 'a record of the state is damaged, or was sealed for another place',
    });
    await expect(accounts.get('bob')).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: 'a record of the state is not sealed',
    });
  });

  it('are not destroyed by a server with the wrong secret that tries to take them', async () => {
    await open([oldSecret])<Account>('account').put('ana', { name: 'Ana' });
    await expect(open([newSecret])('account').take('ana')).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: 'a record of the state is sealed with a secret that the server does not have',
    });
    expect(await open([newSecret, oldSecret])('account').take('ana')).toMatchObject({
      record: { name: 'Ana' },
    });
  });

  it('let exactly one of 50 takes have a record, also through two servers', async () => {
    const other = await openStore(`filetree:${folder}`);
    const sealing = createSealing([newSecret]);
    const both = [store, other].map((one) =>
      createOpenRecords({ store: one, sealing, deadlineMs: 20_000 })<Account>('account'),
    );
    await both[0]?.put('code', { name: 'Ana' });
    const takes = Array.from({ length: 50 }, (_, index) => both[index % 2]?.take('code'));
    expect((await Promise.all(takes)).filter((held) => held !== undefined)).toHaveLength(1);
    await other.close();
  });

  it('are kept in declared collections only', () => {
    expect(() => open([newSecret])('undeclared')).toThrow(
      expect.objectContaining({
        code: 'INTERNAL',
        message: 'the collection "undeclared" is not in src/store/collections.ts',
      }),
    );
  });

  it('tell at start whether the secrets are the right ones', async () => {
    await checkSeal(open([oldSecret]));
    await checkSeal(open([oldSecret]));
    await checkSeal(open([newSecret, oldSecret]));
    await expect(checkSeal(open([newSecret]))).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: 'a record of the state is sealed with a secret that the server does not have',
    });
  });

  it('give up a store that does not answer, and work again when it does', async () => {
    let silent = true;
    let asked = 0;
    const hanging: Store = {
      ...store,
      get: (...place) => {
        asked += 1;
        return silent ? new Promise<never>(() => undefined) : store.get(...place);
      },
    };
    const records = createOpenRecords({
      store: hanging,
      sealing: createSealing([newSecret]),
      deadlineMs: 150,
    });
    const accounts = records<Account>('account');
    for (let count = 0; count < 30; count += 1)
      await expect(accounts.get('ana')).rejects.toMatchObject({
        code: 'STATE_UNAVAILABLE',
        message: 'the store does not answer in time',
        facts: { retryAfterSeconds: 1 },
      });
    // Three calls wait for 150 ms each; of the others, only one now and then asks whether the store answers again.
    expect(asked).toBeLessThan(15);
    silent = false;
    const deadline = Date.now() + 10_000;
    let answer: unknown = 'none';
    while (answer === 'none' && Date.now() < deadline)
      answer = await accounts
        .get('ana')
        .catch(() => new Promise((resolve) => setTimeout(resolve, 50, 'none')));
    expect(answer).toBeUndefined();
  });
});
