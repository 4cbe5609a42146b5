// Every state in which a crash can leave the folder of a key, made by hand: what counts, what does not, and that nobody waits.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/backends/index.ts';
import { claimName, freshId, keyFolder, nextName, recordName } from '../../src/store/filetree/names.ts';
import { encodeRecord } from '../../src/store/filetree/record-file.ts';
import type { Store } from '../../src/store/store.ts';

let root: string;
let store: Store;
let folder: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'mcp-interrupted-'));
  store = await openStore(`filetree:${root}/state`);
  await store.put('c', 'other', 'x');
  const { shard, name } = keyFolder('key');
  folder = join(root, 'state/records/c-c', shard, name);
  mkdirSync(folder, { recursive: true });
});
afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

const record = () => ({ version: freshId(), expiresAtMs: undefined });
const leave = (name: string, value = 'left') =>
  writeFileSync(join(folder, name), encodeRecord({ key: 'key', value }));

/** Whatever was left, every kind of call must go on as if nothing were there. */
async function expectFree(): Promise<void> {
  expect(await store.get('c', 'key')).toBeUndefined();
  expect(await store.take('c', 'key')).toBeUndefined();
  expect(await store.put('c', 'key', 'new', { ifVersion: 'x' })).toBeUndefined();
  expect(await store.put('c', 'key', 'new', { ifAbsent: true })).toEqual(expect.any(String));
  expect((await store.take('c', 'key'))?.value).toBe('new');
}

describe('a folder with', () => {
  it('nothing in it is free', () => expectFree());

  it('a claim of a finished take is free', async () => {
    leave(claimName(freshId()));
    await expectFree();
  });

  it('a record that was prepared and never claimed is free, also at once', async () => {
    leave(nextName(record()));
    await expectFree();
  });

  it('several of both is free', async () => {
    for (let count = 0; count < 3; count += 1) {
      leave(nextName(record()));
      leave(claimName(freshId()));
    }
    await expectFree();
  });

  it('a claim and its record shows that record, and finishes the replacement', async () => {
    const next = record();
    leave(claimName(next.version), 'old');
    leave(nextName(next), 'new');
    expect(await store.get('c', 'key')).toMatchObject({ value: 'new', version: next.version });
    expect(readdirSync(folder)).toEqual([recordName(next)]);
    expect(await store.put('c', 'key', 'newer', { ifVersion: next.version })).toEqual(expect.any(String));
  });

  it('a claim and its record is taken by exactly one of many', async () => {
    const next = record();
    leave(claimName(next.version), 'old');
    leave(nextName(next), 'new');
    const takes = await Promise.all(Array.from({ length: 20 }, () => store.take('c', 'key')));
    expect(takes.filter((entry) => entry !== undefined).map(({ value }) => value)).toEqual(['new']);
  });

  it('a finished record and the claim that was not removed shows the record', async () => {
    const now = record();
    leave(claimName(now.version), 'old');
    leave(recordName(now), 'new');
    expect(await store.take('c', 'key')).toMatchObject({ value: 'new', version: now.version });
    await expectFree();
  });

  it('a record and one that was prepared shows the record, and lets it be replaced', async () => {
    const now = record();
    leave(recordName(now), 'now');
    leave(nextName(record()), 'never');
    expect(await store.get('c', 'key')).toMatchObject({ value: 'now' });
    expect(await store.put('c', 'key', 'after', { ifVersion: now.version })).toEqual(expect.any(String));
    expect((await store.take('c', 'key'))?.value).toBe('after');
    await expectFree();
  });

  it('files of others is left as it is', async () => {
    const now = record();
    leave(recordName(now), 'now');
    writeFileSync(join(folder, '.nfs0001'), '');
    expect(await store.get('c', 'key')).toMatchObject({ value: 'now' });
  });

  it('a record that was cut off says that it is damaged, and can be written anew', async () => {
    const whole = Buffer.from(encodeRecord({ key: 'key', value: 'value' }));
    for (const length of [0, 5, whole.length - 1]) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      writeFileSync(join(folder, recordName(record())), whole.subarray(0, length));
      await expect(store.get('c', 'key')).rejects.toMatchObject({
        code: 'STATE_UNREADABLE',
        message: 'a record of the store is damaged',
      });
      expect(await store.put('c', 'key', 'anew')).toEqual(expect.any(String));
      expect((await store.get('c', 'key'))?.value).toBe('anew');
    }
  });
});

describe('the sweep', () => {
  const age = (path: string, ms: number) => {
    const then = new Date(Date.now() - ms);
    utimesSync(path, then, then);
  };
  const hour = 3_600_000;

  it('removes what is older than an hour and counts for nothing, and leaves what is younger', async () => {
    const [old, young] = [nextName(record()), nextName(record())];
    leave(old);
    leave(young);
    age(join(folder, old), hour + 60_000);
    age(join(folder, young), hour - 60_000);
    await store.sweep();
    expect(readdirSync(folder)).toEqual([young]);
  });

  it('removes folders that never got their name, once they are old', async () => {
    const shard = dirname(folder);
    mkdirSync(join(shard, 'new-old'));
    mkdirSync(join(shard, 'new-young'));
    age(join(shard, 'new-old'), hour + 60_000);
    await store.sweep();
    expect(readdirSync(shard)).not.toContain('new-old');
    expect(readdirSync(shard)).toContain('new-young');
  });

  it('never removes a record that counts, however old', async () => {
    const now = record();
    leave(recordName(now), 'now');
    age(join(folder, recordName(now)), 1_000 * hour);
    const claimed = record();
    const other = join(root, 'state/records/c-c', keyFolder('claimed').shard, keyFolder('claimed').name);
    mkdirSync(other, { recursive: true });
    for (const name of [claimName(claimed.version), nextName(claimed)]) {
      writeFileSync(join(other, name), encodeRecord({ key: 'claimed', value: 'kept' }));
      age(join(other, name), 1_000 * hour);
    }
    expect(await store.sweep()).toBe(0);
    expect((await store.get('c', 'key'))?.value).toBe('now');
    expect((await store.get('c', 'claimed'))?.value).toBe('kept');
  });

  it('counts what it removed', async () => {
    for (let index = 0; index < 5; index += 1) await store.put('c', `k ${index}`, 'x', { ttlSeconds: 0.001 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await store.sweep()).toBe(5);
    expect(await store.sweep()).toBe(0);
    expect((await store.get('c', 'other'))?.value).toBe('x');
  });
});
