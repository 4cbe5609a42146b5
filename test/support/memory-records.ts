// Records in memory that keep the contract of records, for tests of what stands on them; nothing is sealed here.
import { CodedError } from '../../src/base/errors.ts';
import type { Held, OpenRecords, Records } from '../../src/store/records.ts';
import type { PutOptions } from '../../src/store/store.ts';

/** Records that a test can look into and break. */
export type MemoryRecords = {
  readonly open: OpenRecords;
  /** Everything kept, as text. */
  readonly dump: () => string;
  /** While true every call fails with STATE_UNAVAILABLE. */
  down: boolean;
};

type Kept = { readonly text: string; readonly version: string; readonly expiresAtMs: number | undefined };

/** Fresh records; `nowMs` is the clock by which they expire. */
export function memoryRecords(nowMs: () => number = Date.now): MemoryRecords {
  const all = new Map<string, Kept>();
  let versions = 0;
  const made: MemoryRecords = {
    down: false,
    dump: () => JSON.stringify([...all]),
    open: <T>(collection: string): Records<T> => {
      const living = async (id: string): Promise<Kept | undefined> => {
        await new Promise((resolve) => setImmediate(resolve));
        if (made.down) throw new CodedError('STATE_UNAVAILABLE', 'the store does not answer');
        const kept = all.get(`${collection} ${id}`);
        return kept?.expiresAtMs !== undefined && kept.expiresAtMs <= nowMs() ? undefined : kept;
      };
      const held = (kept: Kept | undefined): Held<T> | undefined =>
        kept && {
          record: JSON.parse(kept.text) as T,
          version: kept.version,
          expiresAtMs: kept.expiresAtMs,
        };
      return {
        get: async (id) => held(await living(id)),
        put: async (id, record, { ttlSeconds, ifAbsent, ifVersion }: PutOptions = {}) => {
          const present = await living(id);
          if (ifAbsent === true && present !== undefined) return undefined;
          if (ifVersion !== undefined && present?.version !== ifVersion) return undefined;
          versions += 1;
          const expiresAtMs = ttlSeconds === undefined ? undefined : nowMs() + ttlSeconds * 1000;
          all.set(`${collection} ${id}`, {
            text: JSON.stringify(record),
            version: String(versions),
            expiresAtMs,
          });
          return String(versions);
        },
        take: async (id) => {
          const present = await living(id);
          all.delete(`${collection} ${id}`);
          return held(present);
        },
        delete: async (id) => {
          const present = await living(id);
          all.delete(`${collection} ${id}`);
          return present !== undefined;
        },
      };
    },
  };
  return made;
}
