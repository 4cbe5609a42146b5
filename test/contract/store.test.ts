// The contract of the store, held by every backend against the real thing; what a backend does beside it is tested elsewhere.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maxKeyBytes, maxPageKeys } from '../../src/store/checked-store.ts';
import type { Store } from '../../src/store/store.ts';
import { freshCollection, type StorePlace, storesUnderTest } from '../support/store-backends.ts';

describe.each(storesUnderTest)('a store of the kind $name', ({ name, skipped, start }) => {
  if (skipped !== undefined) {
    it.skip(`keeps the contract (skipped: ${skipped})`, () => undefined);
    return;
  }
  const open = { place: undefined as StorePlace | undefined, clients: [] as Store[] };
  const client = (index: number): Store => open.clients[index % 2]!;
  const one = () => client(0);
  const other = () => client(1);

  beforeAll(async () => {
    open.place = await start();
    open.clients = [await open.place.open(), await open.place.open()];
  });
  afterAll(async () => {
    await Promise.all(open.clients.map((store) => store.close()));
    await open.place?.stop();
  });

  describe('with one caller', () => {
    it('gives back what was put, unchanged', async () => {
      const collection = freshCollection();
      for (const value of [
        '',
        ' ',
        'plain',
        '{"a":"\\u0000 \\" \n\r\t"}',
        'é日本🚢\u0000\u{10FFFF}',
        'x'.repeat(70_000),
      ]) {
        const version = await one().put(collection, 'key', value);
        expect(await one().get(collection, 'key')).toEqual({ value, version, expiresAtMs: undefined });
      }
    });

    it('knows nothing of what was never put', async () => {
      const collection = freshCollection();
      expect(await one().get(collection, 'key')).toBeUndefined();
      expect(await one().take(collection, 'key')).toBeUndefined();
      expect(await one().delete(collection, 'key')).toBe(false);
      expect(await one().put(collection, 'key', 'x', { ifVersion: 'no such version' })).toBeUndefined();
      expect(await one().get(collection, 'key')).toBeUndefined();
    });

    it('gives every put a version of its own, also for the same value and after a delete', async () => {
      const collection = freshCollection();
      const versions = new Set<string | undefined>();
      for (let round = 0; round < 5; round += 1) {
        versions.add(await one().put(collection, 'key', 'same'));
        versions.add(await one().put(collection, 'key', 'same'));
        await one().delete(collection, 'key');
      }
      expect(versions.size).toBe(10);
      expect(versions).not.toContain(undefined);
    });

    it('puts with ifAbsent only where nothing is', async () => {
      const collection = freshCollection();
      expect(await one().put(collection, 'key', 'first', { ifAbsent: true })).toEqual(expect.any(String));
      expect(await other().put(collection, 'key', 'second', { ifAbsent: true })).toBeUndefined();
      expect((await one().get(collection, 'key'))?.value).toBe('first');
      await one().delete(collection, 'key');
      expect(await other().put(collection, 'key', 'third', { ifAbsent: true })).toEqual(expect.any(String));
      expect((await one().get(collection, 'key'))?.value).toBe('third');
    });

    it('puts with ifVersion only over that version', async () => {
      const collection = freshCollection();
      const first = await one().put(collection, 'key', 'first');
      const second = await other().put(collection, 'key', 'second', { ifVersion: first });
      expect(second).toEqual(expect.any(String));
      expect(await one().put(collection, 'key', 'third', { ifVersion: first })).toBeUndefined();
      expect(await one().get(collection, 'key')).toMatchObject({ value: 'second', version: second });
      await one().delete(collection, 'key');
      expect(await one().put(collection, 'key', 'fourth', { ifVersion: second })).toBeUndefined();
      await one().put(collection, 'key', 'second');
      expect(await one().put(collection, 'key', 'fifth', { ifVersion: second })).toBeUndefined();
    });

    it('takes and deletes once', async () => {
      const collection = freshCollection();
      const version = await one().put(collection, 'key', 'value');
      expect(await other().take(collection, 'key')).toEqual({
        value: 'value',
        version,
        expiresAtMs: undefined,
      });
      expect(await one().take(collection, 'key')).toBeUndefined();
      expect(await one().get(collection, 'key')).toBeUndefined();
      await one().put(collection, 'key', 'value');
      expect(await one().delete(collection, 'key')).toBe(true);
      expect(await other().delete(collection, 'key')).toBe(false);
    });

    it('keeps collections apart', async () => {
      const [a, b] = [freshCollection(), freshCollection()];
      await one().put(a, 'key', 'a');
      await one().put(b, 'key', 'b');
      await one().delete(a, 'key');
      expect(await one().get(a, 'key')).toBeUndefined();
      expect((await one().get(b, 'key'))?.value).toBe('b');
    });
  });

  describe('with many callers of two clients', () => {
    it('lets exactly one of 50 parallel takes have the record, ten times', { timeout: 120_000 }, async () => {
      const collection = freshCollection();
      for (let round = 0; round < 10; round += 1) {
        await one().put(collection, `once-${round}`, `prize ${round}`, { ttlSeconds: 60 });
        const takes = Array.from({ length: 50 }, (_, index) =>
          client(index).take(collection, `once-${round}`),
        );
        const prizes = (await Promise.all(takes)).filter((entry) => entry !== undefined);
        expect(prizes.map(({ value }) => value)).toEqual([`prize ${round}`]);
        expect(await one().get(collection, `once-${round}`)).toBeUndefined();
      }
    });

    it('counts 20 increments by compare-and-set to 20', { timeout: 120_000 }, async () => {
      const collection = freshCollection();
      await one().put(collection, 'counter', '0');
      const increment = async (store: Store) => {
        for (;;) {
          const now = await store.get(collection, 'counter');
          if (now === undefined) throw new Error('the counter vanished');
          const next = String(Number(now.value) + 1);
          if ((await store.put(collection, 'counter', next, { ifVersion: now.version })) !== undefined)
            return;
        }
      };
      await Promise.all(Array.from({ length: 20 }, (_, index) => increment(client(index))));
      expect((await other().get(collection, 'counter'))?.value).toBe('20');
    });

    it('lets exactly one of 50 parallel puts with ifAbsent be the first', { timeout: 120_000 }, async () => {
      const collection = freshCollection();
      for (let round = 0; round < 5; round += 1) {
        const puts = Array.from({ length: 50 }, (_, index) =>
          client(index).put(collection, `key-${round}`, `value ${index}`, { ifAbsent: true }),
        );
        const versions = await Promise.all(puts);
        const winners = versions.flatMap((version, index) => (version === undefined ? [] : [index]));
        expect(winners).toHaveLength(1);
        const kept = await one().get(collection, `key-${round}`);
        expect(kept).toMatchObject({ value: `value ${winners[0]}`, version: versions[winners[0]!] });
      }
    });

    it('keeps one of 20 parallel puts whole, and the version that it gave', {
      timeout: 120_000,
    }, async () => {
      const collection = freshCollection();
      const puts = Array.from({ length: 20 }, (_, index) =>
        client(index).put(collection, 'key', `${index} `.repeat(2_000)),
      );
      const versions = await Promise.all(puts);
      const kept = await other().get(collection, 'key');
      expect(kept?.value).toBe(`${versions.indexOf(kept?.version)} `.repeat(2_000));
    });

    it('loses and doubles nothing where takes, deletes and puts meet', { timeout: 120_000 }, async () => {
      const { put, taken, left } = await fight(client, freshCollection(), undefined);
      expect(new Set(taken).size).toBe(taken.length);
      expect(without(taken, put)).toEqual([]);
      expect(without(put, taken)).toEqual(left === undefined ? [] : [left]);
    });
  });

  describe('with records that expire', () => {
    it('shows a record until its end and never after', async () => {
      const collection = freshCollection();
      const before = Date.now();
      for (const key of ['get', 'take', 'delete', 'list'])
        await one().put(collection, key, 'x', { ttlSeconds: 1 });
      const entry = await other().get(collection, 'get');
      expect(entry?.value).toBe('x');
      expect(entry?.expiresAtMs).toBeGreaterThanOrEqual(before + 1_000 - 1);
      expect(entry?.expiresAtMs).toBeLessThanOrEqual(Date.now() + 2_000);
      await sleep((await latestEnd(other(), collection)) - Date.now() + 100);
      expect(await other().get(collection, 'get')).toBeUndefined();
      expect(await other().take(collection, 'take')).toBeUndefined();
      expect(await other().delete(collection, 'delete')).toBe(false);
      if (one().capabilities.lists) {
        expect((await one().list(collection, { limit: 10 })).keys).toEqual([]);
        expect(await one().collections()).not.toContain(collection);
      }
    });

    it('holds an expired record for absent in conditions', async () => {
      const collection = freshCollection();
      const version = await one().put(collection, 'version', 'x', { ttlSeconds: 1 });
      await one().put(collection, 'absent', 'x', { ttlSeconds: 1 });
      await sleep((await latestEnd(other(), collection, ['version', 'absent'])) - Date.now() + 100);
      expect(await other().put(collection, 'version', 'y', { ifVersion: version })).toBeUndefined();
      expect(await other().put(collection, 'absent', 'y', { ifAbsent: true })).toEqual(expect.any(String));
      expect(await one().get(collection, 'absent')).toMatchObject({ value: 'y', expiresAtMs: undefined });
    });

    it('gives a record the life of its newest put', async () => {
      const collection = freshCollection();
      await one().put(collection, 'longer', 'x', { ttlSeconds: 1 });
      await one().put(collection, 'longer', 'y', { ttlSeconds: 60 });
      await one().put(collection, 'for ever', 'x', { ttlSeconds: 1 });
      await one().put(collection, 'for ever', 'y');
      await sleep(2_200);
      expect((await other().get(collection, 'longer'))?.value).toBe('y');
      expect(await other().get(collection, 'for ever')).toMatchObject({ value: 'y', expiresAtMs: undefined });
    });

    it('loses and doubles nothing where takes and puts meet the end of a record', {
      timeout: 120_000,
    }, async () => {
      const { put, taken, left } = await fight(client, freshCollection(), 1);
      expect(new Set(taken).size).toBe(taken.length);
      expect(without(taken, [...put, 'mortal'])).toEqual([]);
      expect(without(put, taken)).toEqual(left === undefined ? [] : [left]);
    });

    it('sweeps what has expired and nothing else', { timeout: 120_000 }, async () => {
      const collection = freshCollection();
      await one().put(collection, 'stays', 'x', { ttlSeconds: 60 });
      await one().put(collection, 'for ever', 'x');
      for (let index = 0; index < 5; index += 1)
        await one().put(collection, `goes-${index}`, 'x', { ttlSeconds: 1 });
      await sleep(2_200);
      expect(await other().sweep()).toBeGreaterThanOrEqual(0);
      expect((await one().get(collection, 'stays'))?.value).toBe('x');
      expect((await one().get(collection, 'for ever'))?.value).toBe('x');
      expect(await one().get(collection, 'goes-0')).toBeUndefined();
    });
  });

  describe('with odd places', () => {
    it('tells odd keys apart, exactly', { timeout: 120_000 }, async () => {
      const collection = freshCollection();
      for (const key of oddKeys) await one().put(collection, key, `value of ${key}`);
      for (const key of oddKeys) expect((await other().get(collection, key))?.value).toBe(`value of ${key}`);
      if (one().capabilities.lists) expect(await allKeys(other(), collection)).toEqual(inByteOrder(oddKeys));
      for (const key of oddKeys) expect((await other().take(collection, key))?.value).toBe(`value of ${key}`);
      for (const key of oddKeys) expect(await one().get(collection, key)).toBeUndefined();
    });

    it.each(['a'.repeat(64), '.', '..', 'a.', '-', 'con', 'nul.txt', '0'])(
      'takes the collection "%s"',
      async (collection) => {
        await one().put(collection, 'key', collection, { ttlSeconds: 60 });
        expect((await other().get(collection, 'key'))?.value).toBe(collection);
        if (one().capabilities.lists) expect(await other().collections()).toContain(collection);
        expect((await other().take(collection, 'key'))?.value).toBe(collection);
      },
    );

    it.each(['', 'a'.repeat(65), 'A', 'a/b', 'ä', 'a b', 'a_b'])(
      'refuses the collection "%s"',
      async (collection) => {
        const refusal = {
          code: 'STATE_KEY',
          message: 'a collection is 1 to 64 characters of a-z, 0-9, "-" and "."',
        };
        await expect(one().get(collection, 'key')).rejects.toMatchObject(refusal);
        await expect(one().put(collection, 'key', 'x')).rejects.toMatchObject(refusal);
        await expect(one().list(collection, { limit: 1 })).rejects.toMatchObject(refusal);
      },
    );

    it('takes a key of 1,024 bytes and refuses one of 1,025, one of none, and U+0000', async () => {
      const collection = freshCollection();
      const longest = 'é'.repeat(maxKeyBytes / 2);
      await one().put(collection, longest, 'x');
      expect((await other().take(collection, longest))?.value).toBe('x');
      const code = 'STATE_KEY';
      await expect(one().put(collection, `${longest}x`, 'x')).rejects.toMatchObject({
        code,
        message: 'a key has 1 to 1024 bytes, not 1025',
      });
      await expect(one().get(collection, '')).rejects.toMatchObject({
        code,
        message: 'a key has 1 to 1024 bytes, not 0',
      });
      await expect(one().take(collection, 'a\0b')).rejects.toMatchObject({
        code,
        message: 'a key holds no U+0000',
      });
      await expect(one().delete(collection, '\uD800')).rejects.toMatchObject({
        code,
        message: 'a key is well-formed Unicode',
      });
    });

    it('takes a value of the most bytes and refuses one byte more', { timeout: 120_000 }, async () => {
      const collection = freshCollection();
      const most = one().capabilities.maxValueBytes;
      const value = `${'é'.repeat(Math.floor(most / 2) - 1)}${'x'.repeat(2 + (most % 2))}`;
      expect(Buffer.byteLength(value)).toBe(most);
      await one().put(collection, 'key', value);
      expect((await other().take(collection, 'key'))?.value === value).toBe(true);
      await expect(one().put(collection, 'key', `${value}x`)).rejects.toMatchObject({
        code: 'STATE_TOO_LARGE',
        message: `a value of ${most + 1} bytes is over the limit of ${most}`,
      });
      expect(await one().get(collection, 'key')).toBeUndefined();
    });
  });

  describe('in listings', () => {
    it('gives keys in the order of their bytes, page by page', { timeout: 120_000 }, async ({ skip }) => {
      if (!one().capabilities.lists) skip(`${name} cannot list, as it says`);
      const collection = freshCollection();
      const keys = Array.from({ length: 57 }, (_, index) => `${'zZ~é日🚢'.charAt(index % 6)}key ${index}`);
      await Promise.all(
        keys.filter((key) => key.isWellFormed()).map((key) => one().put(collection, key, 'x')),
      );
      const kept = inByteOrder(keys.filter((key) => key.isWellFormed()));
      expect(await allKeys(other(), collection, 10)).toEqual(kept);
      expect(await allKeys(other(), collection, maxPageKeys)).toEqual(kept);
      const whole = await other().list(collection, { limit: kept.length });
      expect(whole.keys).toEqual(kept);
      const second = await other().list(collection, { after: kept[9], limit: 5 });
      expect(second).toEqual({ keys: kept.slice(10, 15), next: kept[14] });
      const between = await other().list(collection, { after: `${kept[9]} not there`, limit: 1 });
      expect(between.keys).toEqual([kept[10]]);
      expect(await other().list(collection, { after: kept.at(-1), limit: 5 })).toEqual({
        keys: [],
        next: undefined,
      });
    });

    it('refuses a page of no keys and one of 1,001', async ({ skip }) => {
      if (!one().capabilities.lists) skip(`${name} cannot list, as it says`);
      expect(await one().list(freshCollection(), { limit: 1_000 })).toEqual({ keys: [], next: undefined });
      for (const limit of [0, 1_001])
        await expect(one().list(freshCollection(), { limit })).rejects.toMatchObject({
          code: 'INTERNAL',
          message: 'a page holds 1 to 1000 keys',
        });
    });

    it('names the collections that hold a record, in order', async ({ skip }) => {
      if (!one().capabilities.lists) skip(`${name} cannot list, as it says`);
      const [a, b] = [freshCollection(), freshCollection()];
      await one().put(b, 'key', 'x');
      await one().put(a, 'key', 'x');
      const before = await other().collections();
      expect(before).toEqual(inByteOrder(before));
      expect(before).toEqual(expect.arrayContaining([a, b]));
      await one().delete(a, 'key');
      expect(await other().collections()).not.toContain(a);
    });

    it('says that it cannot list where it cannot', async ({ skip }) => {
      if (one().capabilities.lists) skip(`${name} lists`);
      await expect(one().list(freshCollection(), { limit: 1 })).rejects.toMatchObject({
        code: 'STATE_UNSUPPORTED',
        message: expect.stringMatching(/^a store of the kind "\w+" cannot list its records$/),
      });
    });
  });

  describe('when a call is not wanted any more', () => {
    it('carries nothing out where the signal was aborted before', async () => {
      const collection = freshCollection();
      await one().put(collection, 'key', 'x');
      const signal = AbortSignal.abort();
      const refusal = { code: 'CANCELLED', message: 'the call of the store was given up' };
      await expect(one().take(collection, 'key', signal)).rejects.toMatchObject(refusal);
      await expect(one().put(collection, 'key', 'y', {}, signal)).rejects.toMatchObject(refusal);
      expect((await other().get(collection, 'key'))?.value).toBe('x');
    });

    it('gives up a call whose signal is aborted meanwhile, and works on', async () => {
      const collection = freshCollection();
      const calls = Array.from({ length: 20 }, (_, index) => {
        const stop = new AbortController();
        const call = client(index).put(collection, `key-${index}`, 'x'.repeat(10_000), {}, stop.signal);
        setImmediate(() => stop.abort());
        return call;
      });
      for (const end of await Promise.allSettled(calls))
        if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'CANCELLED' });
      await one().put(collection, 'after', 'x');
      expect((await other().get(collection, 'after'))?.value).toBe('x');
    });

    it('closes once however often it is asked, and refuses calls after that', async () => {
      const place = await start();
      const store = await place.open();
      const collection = freshCollection();
      await store.put(collection, 'key', 'x', { ttlSeconds: 60 });
      await Promise.all([store.close(), store.close()]);
      await store.close();
      const refusal = { code: 'STATE_UNAVAILABLE', message: 'the store is closed' };
      await expect(store.get(collection, 'key')).rejects.toMatchObject(refusal);
      await expect(store.put(collection, 'key', 'x')).rejects.toMatchObject(refusal);
      await expect(store.sweep()).rejects.toMatchObject(refusal);
      await place.stop();
    });
  });
});

const oddKeys = [
  '../../etc/passwd',
  '..',
  '.',
  '/',
  '//a//',
  'a/b',
  'a\\b',
  'C:\\temp',
  'A',
  'a',
  'ä',
  'Ä',
  'caf\u00e9',
  'cafe\u0301',
  '\u212b',
  '\u00c5',
  'con',
  'NUL.txt',
  'aux.',
  ' ',
  'a ',
  ' a',
  'a\n',
  '\t\r\n',
  '%2e%2e%2f',
  '%',
  '*?<>|":',
  '$where',
  "'; drop table records; --",
  '{"$gt":""}',
  '_id',
  '__proto__',
  'constructor',
  'ключ',
  '日本',
  '🚢',
  '\uFFFF',
  '\u{10FFFF}',
  '\u200b',
  'a:b',
  'a#b',
  'k-a',
  'x-61',
  `h-${'0'.repeat(64)}`,
  'x'.repeat(250),
  'x'.repeat(255),
  'x'.repeat(256),
  'x'.repeat(512),
  'x'.repeat(maxKeyBytes),
  `${'x'.repeat(maxKeyBytes - 1)}X`,
  '日'.repeat(341),
];

function without(values: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return values.filter((value) => !known.has(value));
}

function inByteOrder(keys: readonly string[]): string[] {
  return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

async function allKeys(store: Store, collection: string, limit = 7): Promise<string[]> {
  const keys: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(collection, { after, limit });
    expect(page.keys.length).toBeLessThanOrEqual(limit);
    keys.push(...page.keys);
    after = page.next;
  } while (after !== undefined);
  return keys;
}

/** When the last of these records ends, as the store says, in milliseconds since 1970. */
async function latestEnd(
  store: Store,
  collection: string,
  keys: readonly string[] = ['get', 'take', 'delete', 'list'],
): Promise<number> {
  const ends = await Promise.all(
    keys.map(async (key) => (await store.get(collection, key))?.expiresAtMs ?? Date.now() + 1_000),
  );
  return Math.max(...ends);
}

/**
 * Eight callers take and put (with ifAbsent) one key for a while, around the end of a first record where it has a life.
 * Every put that won must be taken once, or still be there.
 */
async function fight(
  client: (index: number) => Store,
  collection: string,
  lifeSeconds: number | undefined,
): Promise<{ put: string[]; taken: string[]; left: string | undefined }> {
  const put: string[] = [];
  const taken: string[] = [];
  if (lifeSeconds !== undefined)
    await client(0).put(collection, 'key', 'mortal', { ttlSeconds: lifeSeconds });
  const end = Date.now() + (lifeSeconds ?? 0) * 1_000 + 600;
  const start = lifeSeconds === undefined ? Date.now() : end - 900;
  await sleep(Math.max(0, start - Date.now()));
  const putter = async (index: number) => {
    for (let round = 0; Date.now() < end; round += 1) {
      const value = `${index}.${round}`;
      if ((await client(index).put(collection, 'key', value, { ifAbsent: true })) !== undefined)
        put.push(value);
      await sleep(1);
    }
  };
  const taker = async (index: number) => {
    while (Date.now() < end) {
      const entry = await client(index).take(collection, 'key');
      if (entry !== undefined) taken.push(entry.value);
      else await sleep(1);
    }
  };
  await Promise.all([0, 1, 2, 3].map(putter).concat([0, 1, 2, 3].map(taker)));
  return { put, taken, left: (await client(0).get(collection, 'key'))?.value };
}
