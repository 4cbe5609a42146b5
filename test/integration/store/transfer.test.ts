// Copying, exporting and resealing between real stores while somebody writes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOpenRecords } from '../../../src/store/sealed-records.ts';
import { createSealing } from '../../../src/store/sealing.ts';
import type { Store } from '../../../src/store/store.ts';
import { createCopy } from '../../../src/store/transfer/copy-records.ts';
import { exportLines, importLines } from '../../../src/store/transfer/record-lines.ts';
import { resealRecords } from '../../../src/store/transfer/reseal-records.ts';
import { type StorePlace, storesUnderTest } from '../../support/store-backends.ts';

const oldSecret = 'old-secret-of-32-bytes-0123456789';
const newSecret = 'new-secret-of-32-bytes-0123456789';
const forever = new AbortController().signal;
const files = storesUnderTest.filter(({ name }) => name === 'filetree' || name === 'sqlite');

let places: StorePlace[] = [];
let stores: Store[] = [];

beforeEach(async () => {
  places = await Promise.all(files.map(({ start }) => start()));
  stores = await Promise.all(places.map(({ open }) => open()));
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await Promise.all(places.map(({ stop }) => stop()));
});

const source = () => stores[0]!;
const target = () => stores[1]!;
const openOf = (store: Store, secrets: readonly string[]) =>
  createOpenRecords({ store, sealing: createSealing(secrets), deadlineMs: 10_000 });

/** Every record of a store: `collection/key` to value. */
async function contentOf(store: Store): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const collection of await store.collections())
    for (const key of (await store.list(collection, { limit: 1_000 })).keys)
      all.set(`${collection}/${key}`, (await store.get(collection, key))?.value ?? '');
  return all;
}

async function fill(store: Store, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await store.put(
      `c.${index % 3}`,
      `key ${index} é`,
      `value ${index}`,
      index % 2 ? { ttlSeconds: 600 } : {},
    );
}

describe('a copy', () => {
  it('carries every record over, with the rest of its life', async () => {
    await fill(source(), 40);
    const copy = createCopy(source(), target());
    await copy.pass(forever);
    expect(copy.counts).toEqual({ copied: 40, updated: 0, removed: 0, kept: 0 });
    expect(await contentOf(target())).toEqual(await contentOf(source()));
    const [before, after] = await Promise.all(stores.map((store) => store.get('c.1', 'key 1 é')));
    expect(Math.abs((after?.expiresAtMs ?? 0) - (before?.expiresAtMs ?? 0))).toBeLessThan(10_000);
    expect((await target().get('c.0', 'key 0 é'))?.expiresAtMs).toBeUndefined();
  });

  it('never overwrites what the target has', async () => {
    await fill(source(), 5);
    await target().put('c.0', 'key 0 é', 'newer');
    const copy = createCopy(source(), target());
    await copy.pass(forever);
    expect(copy.counts).toMatchObject({ copied: 4, kept: 1 });
    expect((await target().get('c.0', 'key 0 é'))?.value).toBe('newer');
  });

  it('carries over in a later pass what has changed, ended or begun at the source', async () => {
    await fill(source(), 6);
    const copy = createCopy(source(), target());
    await copy.pass(forever);
    await source().put('c.0', 'key 0 é', 'changed');
    await source().delete('c.1', 'key 1 é');
    await source().put('c.9', 'begun', 'value');
    await copy.pass(forever);
    expect(copy.counts).toEqual({ copied: 7, updated: 1, removed: 1, kept: 0 });
    expect(await contentOf(target())).toEqual(await contentOf(source()));
  });

  it('leaves alone in a later pass what a server has changed or taken at the target', async () => {
    await fill(source(), 6);
    const copy = createCopy(source(), target());
    await copy.pass(forever);
    await target().put('c.0', 'key 0 é', 'changed by a server');
    await target().take('c.1', 'key 1 é');
    await source().put('c.0', 'key 0 é', 'changed at the source');
    await source().put('c.1', 'key 1 é', 'changed at the source');
    await copy.pass(forever);
    expect(copy.counts).toMatchObject({ copied: 6, updated: 0, kept: 2 });
    expect((await target().get('c.0', 'key 0 é'))?.value).toBe('changed by a server');
    expect(await target().get('c.1', 'key 1 é')).toBeUndefined();
  });

  it('needs no secret, and what it copied opens with it', async () => {
    await openOf(source(), [oldSecret])<string>('account').put('ana', 'Ana');
    await createCopy(source(), target()).pass(forever);
    expect((await openOf(target(), [oldSecret])<string>('account').get('ana'))?.record).toBe('Ana');
  });

  it('misses nothing that stays, while others write', async () => {
    await fill(source(), 60);
    let isDone = false;
    const writer = (async () => {
      for (let round = 0; !isDone; round += 1) await source().put('c.0', `extra ${round % 20}`, `${round}`);
    })();
    const copy = createCopy(source(), target());
    await copy.pass(forever);
    isDone = true;
    await writer;
    await copy.pass(forever);
    expect(await contentOf(target())).toEqual(await contentOf(source()));
  });
});

describe('an export', () => {
  const exported = async (store: Store) => {
    const lines: string[] = [];
    await exportLines(store, async (line) => void lines.push(line), forever);
    return lines;
  };
  const imported = async (lines: readonly string[], store: Store) => {
    const counts = { imported: 0, kept: 0, ended: 0 };
    await importLines(asyncLines(lines), store, counts, forever);
    return counts;
  };

  it('is read back whole by another kind of store', async () => {
    await fill(source(), 20);
    const lines = await exported(source());
    expect(lines).toHaveLength(22);
    expect(await imported(lines, target())).toEqual({ imported: 20, kept: 0, ended: 0 });
    expect(await contentOf(target())).toEqual(await contentOf(source()));
    expect(await imported(lines, target())).toEqual({ imported: 0, kept: 20, ended: 0 });
  });

  it('leaves out records whose life is over', async () => {
    await source().put('c', 'key', 'value', { ttlSeconds: 600 });
    const lines = (await exported(source())).map((line) =>
      line.replace(/"expiresAtMs":\d+/, `"expiresAtMs":${Date.now() - 1}`),
    );
    expect(await imported(lines, target())).toEqual({ imported: 0, kept: 0, ended: 1 });
  });

  it.each([
    ['is empty', () => [], 'the file is empty'],
    ['is something else', () => ['{"a":1}'], 'the file is no export of state'],
    ['is no JSON', () => ['hello'], 'line 1 of the file is no JSON object'],
    ['was cut off after a line', (lines: string[]) => lines.slice(0, -1), 'the file was cut off'],
    ['lost a line', (lines: string[]) => lines.toSpliced(2, 1), 'the file holds 4 of 5 records'],
    [
      'was cut off in a line',
      (lines: string[]) => [...lines.slice(0, 2), (lines[2] ?? '').slice(0, 20)],
      'line 3 of the file is no JSON object',
    ],
    [
      'holds what is no record',
      (lines: string[]) => [...lines.slice(0, 1), '{"key":1}'],
      'line 2 of the file is no record',
    ],
  ])('that %s is refused', async (_, change, message) => {
    await fill(source(), 5);
    const lines = change(await exported(source()));
    await expect(imported(lines, target())).rejects.toMatchObject({ code: 'INPUT_INVALID', message });
  });
});

describe('resealing', () => {
  it('seals everything with the newest secret, and everybody stays readable all the while', async () => {
    const before = openOf(source(), [oldSecret])<string>('account');
    for (let index = 0; index < 30; index += 1)
      await before.put(`analyst ${index}`, `record ${index}`, index % 2 ? { ttlSeconds: 600 } : {});
    const both = openOf(source(), [newSecret, oldSecret])<string>('account');
    await both.put('analyst 0', 'record 0, written anew');
    const counts = { resealed: 0, current: 0, unreadable: 0 };
    await resealRecords(source(), createSealing([newSecret, oldSecret]), counts, forever);
    expect(counts).toEqual({ resealed: 29, current: 1, unreadable: 0 });
    const after = openOf(source(), [newSecret])<string>('account');
    expect((await after.get('analyst 0'))?.record).toBe('record 0, written anew');
    for (let index = 1; index < 30; index += 1) {
      const held = await after.get(`analyst ${index}`);
      expect(held?.record).toBe(`record ${index}`);
      expect(held?.expiresAtMs === undefined).toBe(index % 2 === 0);
    }
  });

  it('loses no write of a server that runs meanwhile with the old order of secrets', async () => {
    const server = openOf(source(), [oldSecret, newSecret])<{ readonly count: number }>('account');
    for (let index = 0; index < 10; index += 1) await server.put(`analyst ${index}`, { count: 0 });
    let isDone = false;
    let written = 0;
    const writer = (async () => {
      for (let index = 0; !isDone || written < 50; index = (index + 1) % 10) {
        const held = await server.get(`analyst ${index}`);
        const count = (held?.record.count ?? 0) + 1;
        const version = await server.put(`analyst ${index}`, { count }, { ifVersion: held?.version });
        if (version !== undefined) written += 1;
      }
    })();
    const sealing = createSealing([newSecret, oldSecret]);
    for (let round = 0; round < 5; round += 1)
      await resealRecords(source(), sealing, { resealed: 0, current: 0, unreadable: 0 }, forever);
    isDone = true;
    await writer;
    const ends = await Promise.all(Array.from({ length: 10 }, (_, index) => server.get(`analyst ${index}`)));
    expect(ends.reduce((sum, held) => sum + (held?.record.count ?? 0), 0)).toBe(written);
  });

  it('leaves alone and counts what none of the secrets opens', async () => {
    await openOf(source(), ['foreign-secret-of-32-bytes-012345'])<string>('account').put('eve', 'Eve');
    await source().put('account', 'plain', 'text');
    const before = await contentOf(source());
    const counts = { resealed: 0, current: 0, unreadable: 0 };
    await resealRecords(source(), createSealing([newSecret, oldSecret]), counts, forever);
    expect(counts).toEqual({ resealed: 0, current: 0, unreadable: 2 });
    expect(await contentOf(source())).toEqual(before);
  });
});

function asyncLines(lines: readonly string[]): AsyncIterable<string> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* lines;
    },
  };
}
