// Single steps on the disk, each durable or atomic by itself, and what their failures mean. It knows no records.
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
import { CodedError } from '../../base/errors.ts';

/** The code of a failed system call, such as ENOENT. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

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

/** Makes a folder, mode 0700, and those above it, and waits until the disk has their names. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
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

const failureTexts: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk of the store is full',
  EDQUOT: 'the disk quota of the store is used up',
  EROFS: 'the disk of the store is read-only',
  EACCES: 'the folder of the store may not be used by this account',
  EPERM: 'the folder of the store may not be used by this account',
  EMFILE: 'the server has too many open files',
  ENFILE: 'the machine has too many open files',
};

/** What a failed step means to whoever called the store; the path and the system's words are for the log. */
export function diskFailure(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const code = systemCode(error);
  const message = failureTexts[code ?? ''] ?? 'the disk of the store failed';
  const logDetail = error instanceof Error ? error.message : String(error);
  return new CodedError('STATE_UNAVAILABLE', message, { cause: error, logDetail });
}
