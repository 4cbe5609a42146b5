// State in the memory of the process: for trials and tests, and for deployments that may forget. Nothing is kept on disk.
import { randomUUID } from 'node:crypto';
import type { OpenBackend } from '../backend.ts';
import { byKeyBytes, pageOf } from '../key-order.ts';
import type { Entry, PutOptions, Store } from '../store.ts';

type Collection = Map<string, Entry>;

/** A new, empty store. Two stores of one process share nothing. */
export const open: OpenBackend = async () => {
  const kept = new Map<string, Collection>();
  return {
    scheme: 'memory',
    capabilities: {
      durable: false,
      shared: 'no',
      keepsRecords: true,
      lists: true,
      maxValueBytes: 1024 * 1024,
    },
    get: async (collection, key) => living(kept.get(collection), key),
    put: async (collection, key, value, options) => put(kept, collection, key, value, options),
    take: async (collection, key) => {
      const entry = living(kept.get(collection), key);
      remove(kept, collection, key);
      return entry;
    },
    delete: async (collection, key) => {
      const wasThere = living(kept.get(collection), key) !== undefined;
      remove(kept, collection, key);
      return wasThere;
    },
    list: async (collection, page) => pageOf(livingKeys(kept.get(collection)), page),
    collections: async () =>
      [...kept]
        .filter(([, of]) => livingKeys(of).length > 0)
        .map(([name]) => name)
        .sort(),
    sweep: async () => sweep(kept),
    close: async () => kept.clear(),
  } satisfies Store;
};

function put(
  kept: Map<string, Collection>,
  name: string,
  key: string,
  value: string,
  { ttlSeconds, ifAbsent, ifVersion }: PutOptions = {},
): string | undefined {
  const before = living(kept.get(name), key);
  if (ifAbsent === true && before !== undefined) return undefined;
  if (ifVersion !== undefined && before?.version !== ifVersion) return undefined;
  const collection = kept.get(name) ?? new Map<string, Entry>();
  kept.set(name, collection);
  const expiresAtMs = ttlSeconds === undefined ? undefined : Date.now() + ttlSeconds * 1000;
  const version = randomUUID();
  collection.set(key, { value, version, expiresAtMs });
  return version;
}

function living(collection: Collection | undefined, key: string): Entry | undefined {
  const entry = collection?.get(key);
  return entry === undefined || hasExpired(entry) ? undefined : entry;
}

function livingKeys(collection: Collection | undefined): string[] {
  return [...(collection ?? [])]
    .filter(([, entry]) => !hasExpired(entry))
    .map(([key]) => key)
    .sort(byKeyBytes);
}

function hasExpired({ expiresAtMs }: Entry): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= Date.now();
}

function remove(kept: Map<string, Collection>, name: string, key: string): void {
  const collection = kept.get(name);
  collection?.delete(key);
  if (collection?.size === 0) kept.delete(name);
}

function sweep(kept: Map<string, Collection>): number {
  let removed = 0;
  for (const [name, collection] of kept)
    for (const [key, entry] of collection) {
      if (!hasExpired(entry)) continue;
      remove(kept, name, key);
      removed += 1;
    }
  return removed;
}
