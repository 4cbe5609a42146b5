// Makes and removes the data directory of an embedded Postgres; it never touches a folder that it did not make.
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../base/errors.ts';
import { type Account, othersMayReach } from './server-account.ts';

/** The name under which the superuser of an embedded server logs in. */
export const superuser = 'postgres';

const removalAttempts = 100;

/** Folder under which data directories are made: one that the server's account can walk down to. */
export function baseDirectory(account: Account | undefined): string {
  if (account === undefined) return tmpdir();
  const found = [tmpdir(), '/tmp', '/var/tmp'].find((folder) => othersMayReach(folder));
  if (found !== undefined) return found;
  throw new CodedError('DEMO_PLATFORM', `the account that runs Postgres cannot reach "${tmpdir()}"`, {
    hint: 'Set TMPDIR to a folder that every account may enter.',
  });
}

/** A new folder, mode 0700, that belongs to the server's account and holds log, data and nothing else. */
export function makeRunDirectory(base: string, account: Account | undefined): string {
  const directory = mkdtempSync(join(base, 'pg-analytics-mcp-demo-'));
  chmodSync(directory, 0o700);
  if (account !== undefined) chownSync(directory, account.uid, account.gid);
  return directory;
}

/** Removes what makeRunDirectory made; tries again while a dying backend still writes into it. */
export async function removeRunDirectory(directory: string): Promise<void> {
  for (let attempt = 1; attempt <= removalAttempts; attempt++) {
    await rm(directory, { recursive: true, force: true }).catch(() => undefined);
    if (!existsSync(directory)) return;
    await sleep(50);
  }
}

/** Writes the superuser's password where initdb (and nobody else) reads it. */
export function writePasswordFile(directory: string, password: string, account: Account | undefined): string {
  const file = passwordFile(directory);
  writeFileSync(file, password, { mode: 0o600, flag: 'wx' });
  if (account !== undefined) chownSync(file, account.uid, account.gid);
  return file;
}

/** Removes the password once initdb has read it. */
export function removePasswordFile(directory: string): void {
  rmSync(passwordFile(directory), { force: true });
}

/**
 * Arguments of initdb: passwords over scram for everybody, one locale on every platform (builtin C.UTF-8, PG 17+),
 * and no fsync, because nothing here outlives the process.
 */
export function initdbArguments(dataDirectory: string, secretFile: string): string[] {
  return [
    `--pgdata=${dataDirectory}`,
    `--username=${superuser}`,
    `--pwfile=${secretFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
}

function passwordFile(directory: string): string {
  return join(directory, 'password');
}
