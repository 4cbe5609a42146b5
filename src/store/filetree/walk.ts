// Goes through the tree: lists keys and collections, and removes what has expired or was left over. It needs no index beside the tree.
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { byKeyBytes } from '../key-order.ts';
import type { KeyPage, PageRequest } from '../store.ts';
import { isMissing, namesIn } from './disk.ts';
import { leftoverAgeMs, lookInto, remove, sweepFolder } from './key-folder.ts';
import { collectionFolder, collectionOf, isNewFolder, isShard, keyOf, recordName } from './names.ts';
import { readRecord } from './record-file.ts';
import type { Root } from './root.ts';
import { hasExpired } from './tree.ts';

type Found = { readonly key: string; readonly folder: string };

/** Most folders that are looked into at once. */
const width = 16;

/** A page of the keys of a collection. */
export async function listKeys(root: Root, collection: string, page: PageRequest): Promise<KeyPage> {
  const { after, limit } = page;
  const all = (await foldersOf(root, collection))
    .filter(({ key }) => after === undefined || byKeyBytes(key, after) > 0)
    .sort((one, other) => byKeyBytes(one.key, other.key));
  const keys: string[] = [];
  for (let start = 0; start < all.length && keys.length <= limit; start += width)
    keys.push(...(await livingOf(all.slice(start, start + width))));
  return keys.length > limit
    ? { keys: keys.slice(0, limit), next: keys[limit - 1] }
    : { keys, next: undefined };
}

/** The collections that hold a living record. */
export async function listCollections(root: Root): Promise<string[]> {
  const found: string[] = [];
  for (const collection of await collectionNames(root))
    if (await holdsLiving(root, collection)) found.push(collection);
  return found.sort();
}

/** Removes expired records and what crashes left; gives the number of records. */
export async function sweepTree(root: Root, signal: AbortSignal | undefined): Promise<number> {
  const now = await root.now();
  const ageOf = async (path: string) => now - (await mtimeOf(path, now));
  let removed = 0;
  for (const collection of await collectionNames(root))
    for (const shard of await shardsOf(root, collection)) {
      if (signal?.aborted === true) return removed;
      for (const name of (await namesIn(shard)) ?? [])
        removed += await sweepOne(join(shard, name), isNewFolder(name), ageOf);
    }
  return removed;
}

async function sweepOne(
  folder: string,
  isNew: boolean,
  ageOf: (path: string) => Promise<number>,
): Promise<number> {
  if (isNew) {
    if ((await ageOf(folder)) > leftoverAgeMs) await rm(folder, { recursive: true, force: true });
    return 0;
  }
  const { record } = await lookInto(folder);
  const removed = record !== undefined && hasExpired(record) && (await remove(folder, record));
  await sweepFolder(folder, ageOf);
  return removed ? 1 : 0;
}

async function mtimeOf(path: string, now: number): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return now;
    throw error;
  }
}

async function collectionNames(root: Root): Promise<string[]> {
  const names = await namesIn(root.records);
  if (names === undefined) await root.insist();
  return (names ?? []).map(collectionOf).filter((name) => name !== undefined);
}

async function shardsOf(root: Root, collection: string): Promise<string[]> {
  const folder = join(root.records, collectionFolder(collection));
  const names = await namesIn(folder);
  if (names === undefined) await root.insist();
  return (names ?? []).filter(isShard).map((name) => join(folder, name));
}

async function foldersOf(root: Root, collection: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const shard of await shardsOf(root, collection))
    for (const name of (await namesIn(shard)) ?? []) {
      const folder = join(shard, name);
      const key = await keyIn(folder, keyOf(name));
      if (key !== undefined) found.push({ key, folder });
    }
  return found;
}

/** The key of a folder; where its name is only a hash it stands in the record. */
async function keyIn(folder: string, named: ReturnType<typeof keyOf>): Promise<string | undefined> {
  if (named !== 'hashed') return named?.key;
  const { record } = await lookInto(folder);
  if (record === undefined) return undefined;
  return (await readRecord(join(folder, recordName(record))))?.key;
}

async function livingOf(found: readonly Found[]): Promise<string[]> {
  const keys = await Promise.all(
    found.map(async ({ key, folder }) => {
      const { record } = await lookInto(folder);
      return record === undefined || hasExpired(record) ? [] : [key];
    }),
  );
  return keys.flat();
}

async function holdsLiving(root: Root, collection: string): Promise<boolean> {
  for (const shard of await shardsOf(root, collection))
    for (const name of (await namesIn(shard)) ?? [])
      if (
        keyOf(name) !== undefined &&
        (await livingOf([{ key: name, folder: join(shard, name) }])).length > 0
      )
        return true;
  return false;
}
