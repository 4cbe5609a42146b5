// Records by collection and key: finds the folder of a key and repeats what another process was faster at. What keeps
// it right is in key-folder.ts; listing and sweeping are in walk.ts.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../base/errors.ts';
import type { Entry, PutOptions } from '../store.ts';
import { forgetCached, makeFolder } from './disk.ts';
import { create, lookInto, remove, replace } from './key-folder.ts';
import { collectionFolder, freshId, keyFolder, type RecordName, recordName } from './names.ts';
import { encodeRecord, readRecord } from './record-file.ts';
import type { Root } from './root.ts';

/** Most repetitions of one call; each means that another one got its will of the same key meanwhile. */
const maxAttempts = 200;

/** Where the record of a key is or would be. */
export type Place = { readonly folder: string; readonly shard: string; readonly key: string };

/** The place of a key. */
export function placeOf(root: Root, collection: string, key: string): Place {
  const { shard, name } = keyFolder(key);
  const shardFolder = join(root.records, collectionFolder(collection), shard);
  return { folder: join(shardFolder, name), shard: shardFolder, key };
}

/** The living record, or undefined. */
export function readEntry(root: Root, { folder }: Place): Promise<Entry | undefined> {
  return repeated(async () => {
    const record = await livingIn(root, folder);
    if (record === undefined) return { done: undefined };
    const entry = await readIn(folder, record);
    return entry === undefined ? again : { done: entry };
  });
}

/** Claims the living record and gives it. */
export function takeEntry(root: Root, { folder }: Place): Promise<Entry | undefined> {
  return repeated(async () => {
    const record = await livingIn(root, folder);
    if (record === undefined) return { done: undefined };
    const entry = await readIn(folder, record);
    return entry !== undefined && (await remove(folder, record)) ? { done: entry } : again;
  });
}

/** Claims the living record; true where there was one. */
export function deleteEntry(root: Root, { folder }: Place): Promise<boolean> {
  return repeated(async () => {
    const record = await livingIn(root, folder);
    if (record === undefined) return { done: false };
    return (await remove(folder, record)) ? { done: true } : again;
  });
}

/** Puts a value under the conditions; the new version, or undefined where they do not hold. */
export function putEntry(
  root: Root,
  { folder, shard, key }: Place,
  value: string,
  { ttlSeconds, ifAbsent, ifVersion }: PutOptions,
): Promise<string | undefined> {
  const content = encodeRecord({ key, value });
  return repeated(async () => {
    const { record: before, hasFolder } = await lookInto(folder);
    const living = before !== undefined && !hasExpired(before) ? before : undefined;
    if (ifAbsent === true && living !== undefined) return { done: undefined };
    if (ifVersion !== undefined && living?.version !== ifVersion) {
      if (!hasFolder) await root.insist();
      return { done: undefined };
    }
    const expiresAtMs = ttlSeconds === undefined ? undefined : Math.ceil(Date.now() + ttlSeconds * 1000);
    const after = { version: freshId(), expiresAtMs };
    if (before !== undefined)
      return (await replace(folder, before, after, content)) ? { done: after.version } : again;
    if (!hasFolder) await root.insist();
    await makeFolder(shard);
    return (await create(folder, after, content)) ? { done: after.version } : again;
  });
}

/** True where the life of a record has ended. */
export const hasExpired = ({ expiresAtMs }: RecordName): boolean =>
  expiresAtMs !== undefined && expiresAtMs <= Date.now();

async function livingIn(root: Root, folder: string): Promise<RecordName | undefined> {
  const { record, hasFolder } = await lookInto(folder);
  if (!hasFolder) await root.insist();
  return record === undefined || hasExpired(record) ? undefined : record;
}

async function readIn(folder: string, record: RecordName): Promise<Entry | undefined> {
  const content = await readRecord(join(folder, recordName(record)));
  if (content !== undefined) return { value: content.value, ...record };
  await forgetCached(folder);
  return undefined;
}

type Attempt<Value> = { readonly done: Value } | typeof again;

const again = Symbol('again');

async function repeated<Value>(attempt: () => Promise<Attempt<Value>>): Promise<Value> {
  for (let count = 1; count <= maxAttempts; count += 1) {
    const result = await attempt();
    if (result !== again) return result.done;
    if (count > 3) await sleep(Math.random() * Math.min(count, 20));
  }
  throw new CodedError('STATE_UNAVAILABLE', 'too many changes of one record at once', {
    retryAfterSeconds: 1,
  });
}
