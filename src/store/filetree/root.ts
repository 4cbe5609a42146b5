// The root folder of a file tree: made once, marked as ours, and missed when it vanishes. It never fills somebody else's folder.
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../base/errors.ts';
import { exists, makeFolder, namesIn, syncFolder, unlessMissing, writeDurably } from './disk.ts';
import { freshId } from './names.ts';

/** The root of a tree. */
export type Root = {
  /** The folder that holds the collections. */
  readonly records: string;
  /** Opens the root, making it where there was none. After that a missing root is an error, never made anew. */
  readonly open: () => Promise<void>;
  /** Throws STATE_UNAVAILABLE where the root is gone, so that "no such record" is never said of a missing disk. */
  readonly insist: () => Promise<void>;
  /** The disk's own time in milliseconds since 1970, which on a network differs from this machine's. */
  readonly now: () => Promise<number>;
};

const markerName = 'store.json';
const marker = { format: 'file tree of pg-analytics-mcp', version: 1 };

/** Names that may stand in a folder before it becomes a root: ours, and what file systems put there. */
const harmless = /^(lost\+found|secrets|records|\..*|new-.*)$/;

/** The root at a path; nothing is touched before `open`. */
export function createRoot(folder: string): Root {
  const markerPath = join(folder, markerName);
  let opened = false;
  return {
    records: join(folder, 'records'),
    open: async () => {
      if (opened) return;
      if (!(await hasMarker(markerPath))) await makeRoot(folder);
      await makeFolder(join(folder, 'records'));
      opened = true;
    },
    insist: async () => {
      if (await exists(markerPath)) return;
      throw new CodedError('STATE_UNAVAILABLE', 'the folder of the store is gone', {
        logDetail: `${markerPath} is missing; is the disk mounted?`,
      });
    },
    now: async () => {
      const probe = join(folder, `new-${freshId()}`);
      await writeDurably(probe, '');
      const { mtimeMs } = await stat(probe);
      await rm(probe, { force: true });
      return mtimeMs;
    },
  };
}

async function hasMarker(path: string): Promise<boolean> {
  const text = await unlessMissing(readFile(path, 'utf8'));
  if (text === undefined) return false;
  if (text.trim() === JSON.stringify(marker)) return true;
  throw new CodedError('STATE_UNAVAILABLE', 'the folder of the store has a format that is not known', {
    logDetail: path,
  });
}

async function makeRoot(folder: string): Promise<void> {
  const names = (await namesIn(folder)) ?? [];
  if (!names.every((name) => harmless.test(name)))
    throw new CodedError('STATE_UNAVAILABLE', 'the folder of the store holds something else', {
      hint: 'Name an empty folder, or one that does not exist, in MCP_STATE_URL.',
      logDetail: `${folder} holds ${names.slice(0, 5).join(', ')}`,
    });
  await makeFolder(folder);
  const waiting = join(folder, `new-${freshId()}`);
  await writeDurably(waiting, `${JSON.stringify(marker)}\n`);
  await rename(waiting, join(folder, markerName));
  await syncFolder(folder);
}
