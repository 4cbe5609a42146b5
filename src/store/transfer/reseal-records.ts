// Seals every record with the newest secret, while servers write: each record is replaced only as it was read.
import { CodedError } from '../../base/errors.ts';
import type { Sealing } from '../sealing.ts';
import type { Entry, Store } from '../store.ts';
import { eachRecord, leftSeconds, type RecordPlace } from './each-record.ts';

/** What resealing has done so far. */
export type ResealCounts = {
  resealed: number;
  /** Records that the newest secret had sealed already. */
  current: number;
  /** Records that none of the secrets opens; they stay as they are. */
  unreadable: number;
};

/** Most tries for a record that servers keep changing; the last one to write has sealed it anyway. */
const maxTries = 10;

/** Goes through all records once. */
export async function resealRecords(
  store: Store,
  sealing: Sealing,
  counts: ResealCounts,
  signal: AbortSignal,
): Promise<void> {
  await eachRecord(store, (place, entry) => resealOne(store, sealing, counts, place, entry, signal), signal);
}

async function resealOne(
  store: Store,
  sealing: Sealing,
  counts: ResealCounts,
  { collection, key }: RecordPlace,
  found: Entry | undefined,
  signal: AbortSignal,
): Promise<void> {
  let entry = found;
  for (let tries = 0; entry !== undefined && tries < maxTries; tries += 1) {
    const ttlSeconds = leftSeconds(entry);
    if (ttlSeconds === 0) return;
    const opened = openIfSealed(sealing, collection, key, entry.value);
    if (opened === undefined || opened.isNewest) {
      counts[opened === undefined ? 'unreadable' : 'current'] += 1;
      return;
    }
    const value = sealing.seal(collection, key, opened.text);
    const options = { ttlSeconds, ifVersion: entry.version };
    if ((await store.put(collection, key, value, options, signal)) !== undefined) {
      counts.resealed += 1;
      return;
    }
    entry = await store.get(collection, key, signal);
  }
}

function openIfSealed(sealing: Sealing, collection: string, key: string, value: string) {
  try {
    return sealing.open(collection, key, value);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'STATE_UNREADABLE') return undefined;
    throw error;
  }
}
