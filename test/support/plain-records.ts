// Records over a store without sealing, for tests that are about what is kept and not about how.
import { hash } from 'node:crypto';
import type { Held, OpenRecords } from '../../src/store/records.ts';
import type { Entry, Store } from '../../src/store/store.ts';

/** Records of a store: JSON under hashed ids. */
export function plainRecords(store: Store): OpenRecords {
  return <T>(collection: string) => {
    const keyOf = (id: string): string => hash('sha256', id, 'hex');
    const held = (entry: Entry | undefined): Held<T> | undefined =>
      entry && {
        record: JSON.parse(entry.value) as T,
        version: entry.version,
        expiresAtMs: entry.expiresAtMs,
      };
    return {
      get: async (id) => held(await store.get(collection, keyOf(id))),
      put: (id, record, options) => store.put(collection, keyOf(id), JSON.stringify(record), options),
      take: async (id) => held(await store.take(collection, keyOf(id))),
      delete: (id) => store.delete(collection, keyOf(id)),
    };
  };
}
