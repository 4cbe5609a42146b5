// Copies every record from one store to another while servers use either. It never overwrites what a server has written
// at the target: a put there is made only where nothing is, or where nobody has changed what this copy put.
import type { Entry, Store } from '../store.ts';
import { eachRecord, leftSeconds, type RecordPlace } from './each-record.ts';

/** What a copy has done so far. */
export type CopyCounts = {
  /** Records that were put at the target, the first time or because they had changed at the source. */
  copied: number;
  updated: number;
  /** Records that ended at the source after they were copied, and so did at the target. */
  removed: number;
  /** Records that the target had already, or that a server has changed there; they stay as they are. */
  kept: number;
};

/** A copy that can be repeated: each pass carries over what has changed at the source since the one before. */
export type Copy = {
  readonly counts: Readonly<CopyCounts>;
  readonly pass: (signal: AbortSignal) => Promise<void>;
};

/** What was put at the target: its version there, and the version at the source that it was made from. */
type Copied = { readonly sourceVersion: string; readonly targetVersion: string };

/** Shortest life that there is: ends a record under a condition, which a delete has not. */
const noLifeSeconds = 0.001;

/** A copy between two stores; nothing is copied before `pass`. */
export function createCopy(from: Store, to: Store): Copy {
  const counts: CopyCounts = { copied: 0, updated: 0, removed: 0, kept: 0 };
  const known = new Map<string, Copied | 'kept'>();
  const write = async ({ collection, key }: RecordPlace, entry: Entry, signal: AbortSignal) => {
    const ttlSeconds = leftSeconds(entry);
    if (ttlSeconds === 0) return;
    const id = `${collection}/${key}`;
    const before = known.get(id);
    if (before === 'kept' || before?.sourceVersion === entry.version) return;
    const condition = before === undefined ? { ifAbsent: true } : { ifVersion: before.targetVersion };
    const version = await to.put(collection, key, entry.value, { ttlSeconds, ...condition }, signal);
    known.set(id, version === undefined ? 'kept' : { sourceVersion: entry.version, targetVersion: version });
    if (version === undefined) counts.kept += 1;
    else if (before === undefined) counts.copied += 1;
    else counts.updated += 1;
  };
  const removeEnded = async (seen: ReadonlySet<string>, signal: AbortSignal) => {
    for (const [id, copied] of known) {
      if (copied === 'kept' || seen.has(id)) continue;
      const place = placeOf(id);
      if ((await from.get(place.collection, place.key, signal)) !== undefined) continue;
      const condition = { ttlSeconds: noLifeSeconds, ifVersion: copied.targetVersion };
      if ((await to.put(place.collection, place.key, '', condition, signal)) !== undefined)
        counts.removed += 1;
      known.delete(id);
    }
  };
  return {
    counts,
    pass: async (signal) => {
      const seen = new Set<string>();
      const visit = async (place: RecordPlace, entry: Entry | undefined) => {
        if (entry === undefined) return;
        seen.add(`${place.collection}/${place.key}`);
        await write(place, entry, signal);
      };
      await eachRecord(from, visit, signal);
      if (!signal.aborted) await removeEnded(seen, signal);
    },
  };
}

/** No collection holds a slash. */
function placeOf(id: string): RecordPlace {
  const slash = id.indexOf('/');
  return { collection: id.slice(0, slash), key: id.slice(slash + 1) };
}
