// Goes through every record of a store that others may use meanwhile; what is done with each is the caller's.
import type { Entry, Store } from '../store.ts';

/** Where a record is. */
export type RecordPlace = { readonly collection: string; readonly key: string };

/** Most records that are worked on at once. */
const width = 8;
const pageKeys = 500;

/** Visits each record once, as it is when its turn comes; undefined for one that ended since it was listed. */
export async function eachRecord(
  store: Store,
  visit: (place: RecordPlace, entry: Entry | undefined) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (const collection of await store.collections(signal)) {
    let after: string | undefined;
    do {
      const page = await store.list(collection, { after, limit: pageKeys }, signal);
      await inParallel(page.keys, async (key) => {
        const entry = await store.get(collection, key, signal);
        await visit({ collection, key }, entry);
      });
      after = page.next;
    } while (after !== undefined && !signal.aborted);
    if (signal.aborted) return;
  }
}

/** The rest of a record's life in seconds; undefined for one without end, 0 where it is over. */
export function leftSeconds({ expiresAtMs }: Pick<Entry, 'expiresAtMs'>): number | undefined {
  return expiresAtMs === undefined ? undefined : Math.max(0, (expiresAtMs - Date.now()) / 1000);
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
