// Keeps state in a RocksDB database of this process alone: RocksDB itself locks the folder against every other process.
// One queue per key makes conditions and takes atomic; a write is acknowledged once it is on the disk.
import { mkdir, open as openFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type RocksDB from 'rocksdb-native';
import { loadDriver, type OpenBackend } from '../backend.ts';
import { createTurns } from '../filetree/turns.ts';
import { pageOf } from '../key-order.ts';
import type { Entry, PutOptions, Store } from '../store.ts';
import { boundedCall, storeUnavailable } from './bounded-call.ts';
import { expiryAfter, isAlive, newVersion, packRecord, unpackRecord } from './packed-record.ts';
import { urlProblem } from './url-parameters.ts';

/** `rocksdb:/path`. The folder is made with the first call, and locked from then on until the store is closed. */
export const open: OpenBackend = async (url) => {
  const { default: Driver } = await loadDriver('rocksdb-native', loadBinding);
  const folder = resolve(url.rest);
  const opened = openOnce(() => openDatabase(Driver, folder));
  const turns = createTurns();
  const call = <Result>(work: (database: RocksDB) => Promise<Result>) =>
    boundedCall(async () => work(await opened.database()));
  const change = <Result>(collection: string, key: string, work: (place: Place) => Promise<Result>) => {
    const name = nameOf(collection, key);
    return call((database) => turns.take(name, () => work({ database, folder, name })));
  };
  return {
    scheme: 'rocksdb',
    capabilities: {
      durable: true,
      shared: 'no',
      keepsRecords: true,
      lists: true,
      maxValueBytes: 1024 * 1024,
    },
    get: (collection, key) => call(async (database) => entryOf(await database.get(nameOf(collection, key)))),
    put: (collection, key, value, options = {}) =>
      change(collection, key, (place) => put(place, value, options)),
    take: (collection, key) => change(collection, key, remove),
    delete: async (collection, key) => (await change(collection, key, remove)) !== undefined,
    list: (collection, { after = '', limit }) =>
      call(async (database) => pageOf(await livingKeys(database, collection, after, limit + 1), { limit })),
    collections: () => call(livingCollections),
    sweep: (signal) =>
      call((database) => sweep(database, signal, (name) => turns.take(name, () => forget(database, name)))),
    close: async () => {
      await turns.idle();
      await opened.close();
    },
  } satisfies Store;
};

/** The package may be there and its library not loadable: then it is another library of the system that is missing. */
async function loadBinding() {
  try {
    return await import('rocksdb-native');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') throw error;
    const reason =
      'is of a kind whose package "rocksdb-native" cannot be loaded; on Linux it needs libatomic (libatomic1 on Debian)';
    throw urlProblem(reason);
  }
}

type Place = { readonly database: RocksDB; readonly folder: string; readonly name: string };

async function put(
  { database, folder, name }: Place,
  value: string,
  { ttlSeconds, ifAbsent, ifVersion }: PutOptions,
): Promise<string | undefined> {
  if (ifAbsent === true || ifVersion !== undefined) {
    const before = entryOf(await database.get(name));
    if (before?.version !== ifVersion) return undefined;
  }
  const entry = { value, version: newVersion(), expiresAtMs: expiryAfter(ttlSeconds) };
  await database.put(name, packRecord(entry));
  await syncLog(database, folder);
  return entry.version;
}

async function remove({ database, folder, name }: Place): Promise<Entry | undefined> {
  const entry = entryOf(await database.get(name));
  if (entry === undefined) return undefined;
  await database.delete(name);
  await syncLog(database, folder);
  return entry;
}

/**
 * The binding hands a write to the kernel and offers no fsync of the write-ahead log, so it is done here: fdatasync reaches
 * the pages of a file whichever descriptor wrote them. A log that is full gives way to a new one, and its records to
 * a table file that RocksDB syncs itself.
 */
async function syncLog(database: RocksDB, folder: string): Promise<void> {
  const { path } = await database.currentWalFile();
  const file = await openFile(join(folder, path), 'r');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function livingKeys(database: RocksDB, collection: string, after: string, count: number) {
  const keys: string[] = [];
  // "0" follows "/", so this range is the collection.
  const range = { gt: nameOf(collection, after), lt: `${collection}0` };
  for await (const { key, value } of database.iterator(range)) {
    if (entryOf(value) !== undefined) keys.push(key.toString().slice(collection.length + 1));
    if (keys.length === count) break;
  }
  return keys;
}

async function livingCollections(database: RocksDB): Promise<string[]> {
  const found = new Set<string>();
  for await (const { key, value } of database.iterator({}))
    if (entryOf(value) !== undefined) found.add(key.toString().split('/', 1)[0] ?? '');
  return [...found].sort();
}

async function sweep(
  database: RocksDB,
  signal: AbortSignal | undefined,
  forgetIfExpired: (name: string) => Promise<boolean>,
): Promise<number> {
  let removed = 0;
  for await (const { key, value } of database.iterator({})) {
    signal?.throwIfAborted();
    if (entryOf(value) === undefined && (await forgetIfExpired(key.toString()))) removed += 1;
  }
  return removed;
}

/** False where the record has been written again since it was read. */
async function forget(database: RocksDB, name: string): Promise<boolean> {
  if (entryOf(await database.get(name)) !== undefined) return false;
  await database.delete(name);
  return true;
}

async function openDatabase(Driver: typeof RocksDB, folder: string): Promise<RocksDB> {
  // Made here, so that nobody else may read it.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const database = new Driver(folder);
  try {
    await database.ready();
    return database;
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('/LOCK')) throw error;
    throw storeUnavailable(
      'another process has the RocksDB folder open, and only one can',
      'Stop the other process, or choose a store that several servers can share.',
      error,
    );
  }
}

/** Opens with the first call; an attempt that fails is made again by the next one. */
function openOnce(start: () => Promise<RocksDB>) {
  let opening: Promise<RocksDB> | undefined;
  return {
    database: (): Promise<RocksDB> => {
      opening ??= start().catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      return opening;
    },
    close: async (): Promise<void> => {
      const database = await opening?.catch(() => undefined);
      await database?.close();
    },
  };
}

/** Collections hold no "/", so this is one name for one place; names sort by the bytes of the key. */
function nameOf(collection: string, key: string): string {
  return `${collection}/${key}`;
}

function entryOf(bytes: Buffer | null): Entry | undefined {
  const entry = bytes === null ? undefined : unpackRecord(bytes.toString());
  return entry !== undefined && isAlive(entry) ? entry : undefined;
}
