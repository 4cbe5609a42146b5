// JSON records over a store: sealed, under the hash of their id, and within the patience of the server. No id and no
// content reaches the store in the clear.
import { createHash } from 'node:crypto';
import { CodedError } from '../base/errors.ts';
import { collections } from './collections.ts';
import { createPatience } from './patience.ts';
import type { Held, OpenRecords, Records } from './records.ts';
import type { Sealing } from './sealing.ts';
import type { Entry, Store } from './store.ts';

/** What records are kept with. */
export type RecordKeeping = {
  readonly store: Store;
  readonly sealing: Sealing;
  /** Longest wait for one call, in milliseconds. */
  readonly deadlineMs: number;
};

/** Opens collections of the table in collections.ts; any other name is INTERNAL. */
export function createOpenRecords({ store, sealing, deadlineMs }: RecordKeeping): OpenRecords {
  const patience = createPatience({ deadlineMs });
  return <T>(collection: string): Records<T> => {
    if (!Object.hasOwn(collections, collection))
      throw new CodedError('INTERNAL', `the collection "${collection}" is not in src/store/collections.ts`);
    const held = (key: string, entry: Entry): Held<T> => ({
      record: JSON.parse(sealing.open(collection, key, entry.value).text) as T,
      version: entry.version,
      expiresAtMs: entry.expiresAtMs,
    });
    const on = <Value>(id: string, call: (key: string, signal: AbortSignal) => Promise<Value>) =>
      patience((signal) => call(hashedId(collection, id), signal));
    return {
      get: (id) =>
        on(id, async (key, signal) => {
          const entry = await store.get(collection, key, signal);
          return entry === undefined ? undefined : held(key, entry);
        }),
      put: (id, record, options) =>
        on(id, (key, signal) =>
          store.put(collection, key, sealing.seal(collection, key, JSON.stringify(record)), options, signal),
        ),
      take: (id) =>
        on(id, async (key, signal) => {
          // Opened before it is taken, so that a server with the wrong secret destroys nothing.
          const seen = await store.get(collection, key, signal);
          if (seen === undefined) return undefined;
          const opened = held(key, seen);
          const entry = await store.take(collection, key, signal);
          if (entry === undefined) return undefined;
          return entry.version === seen.version ? opened : held(key, entry);
        }),
      delete: (id) => on(id, (key, signal) => store.delete(collection, key, signal)),
    };
  };
}

/** The key under which a record stands: SHA-256 of collection and id, so that a store never holds a token. */
export function hashedId(collection: string, id: string): string {
  return createHash('sha256').update(`${collection}\0${id}`).digest('hex');
}
