// The secret that a file tree has for itself where the operator gave none: made once, mode 0600, beside the records and never among them.
import { randomBytes } from 'node:crypto';
import { chmod, link, readFile, rename, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { diskFailure, systemCode } from '../disk-failure.ts';
import { removeFile, syncFolder, unlessMissing, writeDurably } from './disk.ts';
import { freshId } from './names.ts';
import { createRoot } from './root.ts';

/** The file with the secret of a tree, by the path in its URL. */
export const ownSecretFile = (path: string): string => join(resolve(path), 'secrets');

/**
 * Secrets as MCP_STATE_SECRETS would hold them, made where there are none yet; several servers that start at once get
 * the same. Throws STATE_UNAVAILABLE where the folder cannot be used.
 */
export async function ownSecrets(path: string): Promise<readonly string[]> {
  const file = ownSecretFile(path);
  try {
    await createRoot(resolve(path)).open();
    const known = await readSecrets(file);
    if (known !== undefined) return known;
    await makeSecret(file);
    return (await readSecrets(file)) ?? [];
  } catch (error) {
    throw diskFailure(error);
  }
}

/** The secrets that a tree has made for itself; none where it has made none. Makes nothing. */
export async function knownOwnSecrets(path: string): Promise<readonly string[]> {
  try {
    return (await readSecrets(ownSecretFile(path))) ?? [];
  } catch (error) {
    throw diskFailure(error);
  }
}

async function readSecrets(file: string): Promise<readonly string[] | undefined> {
  const text = await unlessMissing(readFile(file, 'utf8'));
  if (text === undefined) return undefined;
  if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
  return text
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
}

async function makeSecret(file: string): Promise<void> {
  const waiting = join(file, '..', `new-${freshId()}`);
  await writeDurably(waiting, `${randomBytes(48).toString('base64url')}\n`);
  try {
    await linkOrRename(waiting, file);
    await syncFolder(join(file, '..'));
  } finally {
    await removeFile(waiting);
  }
}

/** A link never replaces a file, so the first of several servers wins; some file systems know no links. */
async function linkOrRename(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'EPERM' && code !== 'ENOSYS' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
    await rename(from, to);
  }
}
