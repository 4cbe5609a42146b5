// Keeps a runnable copy of the Postgres binaries for one user; it never trusts a folder that another user made.
import { randomBytes } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../base/errors.ts';
import { othersMayReach } from './server-account.ts';

const product = 'pg-analytics-mcp';
const writableByOthers = 0o022;

/**
 * The folder that holds `native/` copied from `packageRoot`, with its library links made by `finish`. The copy is
 * made once per user and version: complete copies appear by rename, so two processes at once never see half of one.
 */
export function copyBinaries(
  packageRoot: string,
  version: string,
  finish: (root: string) => boolean,
  folders = cacheFolders(),
): string {
  const cache = ownFolderAmong(folders);
  const wanted = join(cache, version);
  if (isCompleteCopy(packageRoot, wanted)) return wanted;
  const fresh = join(cache, `${version}.${process.pid}.${randomBytes(4).toString('hex')}`);
  cpSync(join(packageRoot, 'native'), join(fresh, 'native'), {
    recursive: true,
    // Else links between libraries would lead back to the package, which the server's account cannot reach.
    verbatimSymlinks: true,
    filter: (source) => isNeeded(source),
  });
  finish(fresh);
  return moveIntoPlace(packageRoot, fresh, wanted);
}

function moveIntoPlace(packageRoot: string, fresh: string, wanted: string): string {
  for (const attempt of [1, 2]) {
    try {
      renameSync(fresh, wanted);
      return wanted;
    } catch {
      if (isCompleteCopy(packageRoot, wanted)) break;
      // A copy that a cleaner of temporary files has thinned out stands in the way.
      if (attempt === 1) rmSync(wanted, { recursive: true, force: true });
    }
  }
  rmSync(fresh, { recursive: true, force: true });
  return wanted;
}

/** Root keeps the copy where only root may write; others keep it in the temporary directory, by uid. */
function cacheFolders(): readonly string[] {
  const uid = ownUid();
  const byUid = [tmpdir(), '/tmp'].map((folder) => join(folder, `${product}-${uid}`));
  return uid === 0 ? [join('/var/cache', product), ...byUid] : byUid;
}

function ownFolderAmong(folders: readonly string[]): string {
  const folder = folders.find((candidate) => makeOwnFolder(candidate, ownUid()));
  if (folder !== undefined) return folder;
  throw new CodedError(
    'DEMO_PLATFORM',
    `no folder for the Postgres binaries among "${folders.join('", "')}"`,
    {
      hint: 'Each belongs to another user or cannot be made; remove one, or set TMPDIR to a folder of yours.',
    },
  );
}

function ownUid(): number {
  return process.getuid?.() ?? 0;
}

function makeOwnFolder(folder: string, uid: number): boolean {
  try {
    mkdirSync(folder, { mode: 0o755 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
  }
  return isOwnFolder(folder, uid) && (uid !== 0 || othersMayReach(folder));
}

/** A real folder (no link), owned by `uid`, that nobody else may write to. */
function isOwnFolder(folder: string, uid: number): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined || !found.isDirectory()) return false;
  return process.platform === 'win32' || (found.uid === uid && (found.mode & writableByOthers) === 0);
}

function isCompleteCopy(packageRoot: string, copy: string): boolean {
  if (!isOwnFolder(copy, ownUid())) return false;
  return sizes(join(packageRoot, 'native')).every(([path, size]) => {
    const found = lstatSync(join(copy, 'native', path), { throwIfNoEntry: false });
    return found?.isFile() === true && found.size === size;
  });
}

function sizes(native: string): [path: string, size: number][] {
  const files = readdirSync(native, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(isNeeded)
    .map((path) => [path.slice(native.length + 1), lstatSync(path).size]);
}

/** Files for building extensions stay behind: a third of the package, and no server opens them. */
function isNeeded(path: string): boolean {
  return !/[/\\](pgxs|pkgconfig|include)([/\\]|$)|\.a$/.test(path);
}
