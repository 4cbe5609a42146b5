// Single steps on the disk, each durable or atomic by itself. It knows no records.
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  utimes,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../disk-failure.ts';

const missingCodes = new Set(['ENOENT', 'ENOTDIR', 'ESTALE']);

/** True where the thing is not there (any more); ESTALE is NFS's word for what another client has removed. */
export const isMissing = (error: unknown): boolean => missingCodes.has(systemCode(error) ?? '');

/** The result of a step, or undefined where what it needs is not there. */
export async function unlessMissing<Value>(step: Promise<Value>): Promise<Value | undefined> {
  try {
    return await step;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Names in a folder, or undefined where there is none. */
export const namesIn = (folder: string): Promise<string[] | undefined> => unlessMissing(readdir(folder));

/** True where a path leads to something. */
export const exists = async (path: string): Promise<boolean> =>
  (await unlessMissing(stat(path))) !== undefined;

/** Writes a new file, mode 0600, and waits until the disk has it. Leaves nothing where it fails. */
export async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await file.close().catch(() => undefined);
    await unlink(path).catch(() => undefined);
    throw error;
  }
  await file.close();
}

/** Waits until the disk has the names of a folder. Systems that cannot (Windows) are trusted to keep their order. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!isMissing(error) && !['EPERM', 'EISDIR', 'EINVAL', 'EACCES'].includes(systemCode(error) ?? ''))
      throw error;
  } finally {
    await handle?.close();
  }
}

/**
 * Makes a folder, mode 0700, and those above it, and waits until the disk has their names. Step by step, because the
 * recursive mkdir of Node 24 answers ENOENT on a read-only disk.
 */
export async function makeFolder(folder: string): Promise<void> {
  const above = dirname(folder);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return;
    if (systemCode(error) !== 'ENOENT' || above === folder) throw error;
    await makeFolder(above);
    await mkdir(folder, { mode: 0o700 }).catch((failure: unknown) => {
      if (systemCode(failure) !== 'EEXIST') throw failure;
    });
  }
  await syncFolder(above);
}

/**
 * Renames what exists under a name that only one caller can use up: true for the one. Over NFS the reply of a rename
 * that was carried out may be lost, and its repetition finds nothing; then the new names tell who did it.
 */
export async function renameOnce(
  from: string,
  to: string,
  laterNames: readonly string[] = [],
): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (!isMissing(error)) throw error;
    for (const name of [to, ...laterNames]) if (await exists(name)) return true;
    return false;
  }
}

/** Removes a file that may be gone already. */
export const removeFile = (path: string): Promise<void> => rm(path, { force: true });

/** Removes a folder if it is empty; whoever finds it otherwise needs it. */
export async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}

/** Makes an NFS client forget what it remembers of a folder: a change of the folder's times is answered by the server. */
export async function forgetCached(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now).catch(() => undefined);
}
