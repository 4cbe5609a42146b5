// The life of one record in the folder of its key, safe against any number of processes and against a crash at any step.
//
// At rest a key's folder holds one file, `<version>.<expiry>.record`. Every version is random, so a name is never used
// twice, and whoever renames the file away has claimed exactly the version that was read: of any number of claims of a
// version the file system lets one succeed. That one step is the compare-and-set; there is no lock.
//   take, delete   rename the record to `<id>.claim`, then remove the claim
//   replace        write `<new>.next`; rename the record to `<new>.claim`: from now on the next one counts; rename it
//                  to `<new>.record`; remove the claim
//   create         write a folder beside with the record in it; rename it to the key's name, which fails where that
//                  is taken by a folder that is not empty
// A crash leaves at most a claim whose `.next` any reader finishes, and files that count for nothing.
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '../../base/errors.ts';
import { systemCode } from '../disk-failure.ts';
import {
  forgetCached,
  namesIn,
  removeFile,
  removeIfEmpty,
  renameOnce,
  syncFolder,
  unlessMissing,
  writeDurably,
} from './disk.ts';
import {
  claimName,
  type FolderContent,
  freshId,
  newFolder,
  nextName,
  type RecordName,
  recordName,
  sortOut,
} from './names.ts';

/** What stands in the folder of a key. */
export type Sight = {
  /** The record that counts, whether or not it has expired. */
  readonly record: RecordName | undefined;
  /** False where there is no folder at all. */
  readonly hasFolder: boolean;
};

/** Files older than this that count for nothing are left over from a crash. */
export const leftoverAgeMs = 3_600_000;

/** Longest preparation of a write: far below the age at which a sweep would take its files for leftovers. */
const maxPreparationMs = 600_000;

/** Looks into a key's folder, and finishes a replacement that a crash interrupted. */
export async function lookInto(folder: string): Promise<Sight> {
  // A listing may miss a file that is renamed meanwhile, but two in a row do not miss the same one.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const names = await namesIn(folder);
    if (names === undefined) return { record: undefined, hasFolder: false };
    if (names.length === 0) break;
    const content = sortOut(names);
    const [record] = content.records;
    if (record !== undefined) return { record, hasFolder: true };
    const claimed = claimedNext(content);
    if (claimed !== undefined) {
      await finish(folder, claimed);
      return { record: claimed, hasFolder: true };
    }
  }
  return { record: undefined, hasFolder: true };
}

/** Of any number of callers exactly one claims a version. The record is gone when this resolves with true. */
export async function remove(folder: string, record: RecordName): Promise<boolean> {
  const claim = join(folder, claimName(freshId()));
  if (!(await renameOnce(join(folder, recordName(record)), claim))) return false;
  await syncFolder(folder);
  await removeFile(claim);
  await removeIfEmpty(folder);
  return true;
}

/** Puts a record in the place of another; false where that one does not count any more. */
export async function replace(
  folder: string,
  before: RecordName,
  after: RecordName,
  content: Uint8Array,
): Promise<boolean> {
  const startedAt = performance.now();
  const next = join(folder, nextName(after));
  const written = await unlessMissing(writeDurably(next, content).then(() => true));
  if (written === undefined) return false;
  if (isLate(startedAt)) {
    await dropNext(folder, next);
    throw tooSlow();
  }
  const claim = join(folder, claimName(after.version));
  // Where this step fails without saying whether it was carried out, the next one must stay: it may count by now.
  if (!(await renameOnce(join(folder, recordName(before)), claim, [join(folder, recordName(after))]))) {
    await dropNext(folder, next);
    return false;
  }
  await finish(folder, after);
  return true;
}

/** Puts a record where there is none; false where somebody else was first. */
export async function create(folder: string, record: RecordName, content: Uint8Array): Promise<boolean> {
  const startedAt = performance.now();
  const shard = dirname(folder);
  const waiting = join(shard, newFolder(freshId()));
  try {
    await mkdir(waiting, { mode: 0o700 });
    await writeDurably(join(waiting, recordName(record)), content);
    await syncFolder(waiting);
    if (isLate(startedAt)) throw tooSlow();
    await rename(waiting, folder);
  } catch (error) {
    await rm(waiting, { recursive: true, force: true }).catch(() => undefined);
    if (!isTaken(error)) throw error;
    await clearLeftovers(folder);
    return false;
  }
  await syncFolder(shard);
  return true;
}

/** Removes what a crash left in a folder, once it is old enough to be nobody's work. `ageOf` gives milliseconds. */
export async function sweepFolder(folder: string, ageOf: (path: string) => Promise<number>): Promise<void> {
  const { nexts, claims, records } = sortOut((await namesIn(folder)) ?? []);
  const isClaimed = ({ version }: RecordName) => claims.includes(version) && records.length === 0;
  const spare = [
    ...nexts.filter((next) => !isClaimed(next)).map(nextName),
    ...claims.filter((id) => !nexts.some(({ version }) => version === id)).map(claimName),
  ];
  for (const name of spare)
    if ((await ageOf(join(folder, name))) > leftoverAgeMs) await removeFile(join(folder, name));
  await removeIfEmpty(folder);
}

/** The claim came first and nothing can undo it, so the new record takes its final name, by whoever comes along. */
async function finish(folder: string, record: RecordName): Promise<void> {
  await unlessMissing(rename(join(folder, nextName(record)), join(folder, recordName(record))));
  await syncFolder(folder);
  await removeFile(join(folder, claimName(record.version)));
}

function claimedNext({ nexts, claims }: FolderContent): RecordName | undefined {
  return nexts.find(({ version }) => claims.includes(version));
}

/**
 * Makes room for a new record where a folder holds only what a crash left. Two listings without a record prove that
 * every `.next` in both has lost the record that it was to replace; see docs/explanation/file-tree.md.
 */
async function clearLeftovers(folder: string): Promise<void> {
  await forgetCached(folder);
  const [first, second] = [await contentOf(folder), await contentOf(folder)];
  const isLive = (content: FolderContent) => content.records.length > 0 || claimedNext(content) !== undefined;
  if (isLive(first) || isLive(second)) return;
  const seenTwice = second.nexts.filter(({ version }) =>
    first.nexts.some((next) => next.version === version),
  );
  for (const next of seenTwice) await removeFile(join(folder, nextName(next)));
  for (const id of second.claims) await removeFile(join(folder, claimName(id)));
  await removeIfEmpty(folder);
}

async function contentOf(folder: string): Promise<FolderContent> {
  return sortOut((await namesIn(folder)) ?? []);
}

async function dropNext(folder: string, next: string): Promise<void> {
  await removeFile(next).catch(() => undefined);
  await removeIfEmpty(folder);
}

/** A process that was stopped in between for this long could meet a sweep that takes its file for a leftover. */
const isLate = (startedAt: number): boolean => performance.now() - startedAt > maxPreparationMs;

const tooSlow = (): CodedError => new CodedError('STATE_UNAVAILABLE', 'the disk of the store was too slow');

/** POSIX lets rename refuse a folder that is not empty with either code; Windows refuses any folder with EPERM. */
function isTaken(error: unknown): boolean {
  const code = systemCode(error) ?? '';
  return code === 'ENOTEMPTY' || code === 'EEXIST' || (process.platform === 'win32' && code === 'EPERM');
}
