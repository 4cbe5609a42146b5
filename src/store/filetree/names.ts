// The names of folders and files in the tree: pure, without collisions on file systems that fold case or normalise, and never longer than 255 bytes.
import { createHash, randomUUID } from 'node:crypto';

/** A record as its file's name tells it. */
export type RecordName = {
  readonly version: string;
  readonly expiresAtMs: number | undefined;
};

/** Most bytes of a key whose name can be read back; longer ones stand under their hash, with the key in the file. */
const maxReadableBytes = 100;

const plainKey = /^[a-z0-9_-]{1,100}$/;
const recordFile = /^([0-9a-f]{32})\.(never|\d{1,16})\.(record|next)$/;
const claimFile = /^([0-9a-f]{32})\.claim$/;

/** A dot at the end or alone means something to file systems; no collection holds an underscore. */
export const collectionFolder = (collection: string): string => `c-${collection.replaceAll('.', '_')}`;

/** The collection of a folder, or undefined for any other name. */
export function collectionOf(folder: string): string | undefined {
  const match = /^c-([a-z0-9_-]{1,64})$/.exec(folder);
  return match?.[1]?.replaceAll('_', '.');
}

/** Two levels, so that no folder grows beyond what network file systems list well: `3f/k-name`. */
export function keyFolder(key: string): { readonly shard: string; readonly name: string } {
  const digest = createHash('sha256').update(key).digest('hex');
  return { shard: digest.slice(0, 2), name: keyName(key, digest) };
}

function keyName(key: string, digest: string): string {
  if (plainKey.test(key)) return `k-${key}`;
  const bytes = Buffer.from(key);
  return bytes.length <= maxReadableBytes ? `x-${bytes.toString('hex')}` : `h-${digest}`;
}

/** The key of a folder; `hashed` where it stands in the record's file only; undefined where it is no key's folder. */
export function keyOf(name: string): { readonly key: string } | 'hashed' | undefined {
  const rest = name.slice(2);
  if (name.startsWith('k-')) return { key: rest };
  if (name.startsWith('x-')) return { key: Buffer.from(rest, 'hex').toString('utf8') };
  return name.startsWith('h-') ? 'hashed' : undefined;
}

/** True for the name of a shard. */
export const isShard = (name: string): boolean => /^[0-9a-f]{2}$/.test(name);

/** A new version, or the name of a claim: nobody else ever makes the same. */
export const freshId = (): string => randomUUID().replaceAll('-', '');

/** The folder in which a new record waits for its key's name. */
export const newFolder = (id: string): string => `new-${id}`;

/** True for such a folder. */
export const isNewFolder = (name: string): boolean => name.startsWith('new-');

const recordStem = ({ version, expiresAtMs }: RecordName): string =>
  `${version}.${expiresAtMs === undefined ? 'never' : Math.ceil(expiresAtMs)}`;

/** The file of a record that counts. */
export const recordName = (record: RecordName): string => `${recordStem(record)}.record`;

/** The file of a record that counts once its claim stands. */
export const nextName = (record: RecordName): string => `${recordStem(record)}.next`;

/** What is left of the record that gave way, named for who claimed it. */
export const claimName = (id: string): string => `${id}.claim`;

/** What a key's folder holds, sorted out. Names that mean nothing are left out. */
export type FolderContent = {
  readonly records: readonly RecordName[];
  readonly nexts: readonly RecordName[];
  readonly claims: readonly string[];
};

/** Sorts out the names of a key's folder. */
export function sortOut(names: readonly string[]): FolderContent {
  const records: RecordName[] = [];
  const nexts: RecordName[] = [];
  const claims: string[] = [];
  for (const name of names) {
    const claim = claimFile.exec(name)?.[1];
    if (claim !== undefined) claims.push(claim);
    const match = recordFile.exec(name);
    if (match === null) continue;
    const expiresAtMs = match[2] === 'never' ? undefined : Number(match[2]);
    (match[3] === 'record' ? records : nexts).push({ version: match[1] ?? '', expiresAtMs });
  }
  return { records, nexts, claims };
}
