// Stores on a disk that is full, read-only or gone: clear errors, nothing torn, and all well again when the disk is.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/backends/index.ts';
import type { Store } from '../../src/store/store.ts';

/** Small disks of one's own need the right to mount. */
const cannotMount = mountingFails();

const kinds = [
  { scheme: 'filetree', place: 'state' },
  { scheme: 'sqlite', place: 'state/state.db' },
];

describe.each(kinds)('a $scheme', ({ scheme, place }) => {
  let folder: string;
  let store: Store;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-disk-'));
    store = await openStore(`${scheme}:${join(folder, place)}`);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('whose folder vanishes says so of every call, makes no new one, and works again when it is back', async () => {
    await store.put('crash', 'key', 'value');
    await store.put('crash', 'other', 'value');
    renameSync(join(folder, 'state'), join(folder, 'away'));
    const message = scheme === 'sqlite' ? 'the file of the store is gone' : 'the folder of the store is gone';
    for (const call of [
      () => store.get('crash', 'key'),
      () => store.get('crash', 'never there'),
      () => store.take('crash', 'key'),
      () => store.put('crash', 'key', 'new'),
      () => store.put('crash', 'new', 'new', { ifAbsent: true }),
      () => store.put('crash', 'key', 'new', { ifVersion: 'x' }),
      () => store.delete('crash', 'key'),
      () => store.list('crash', { limit: 10 }),
      () => store.collections(),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE', message });
    expect(readdirSync(folder)).toEqual(['away']);
    renameSync(join(folder, 'away'), join(folder, 'state'));
    expect((await store.get('crash', 'key'))?.value).toBe('value');
    expect(await store.put('crash', 'key', 'new')).toEqual(expect.any(String));
    expect((await store.list('crash', { limit: 10 })).keys).toEqual(['key', 'other']);
  });

  it('makes its files and folders for nobody else', async () => {
    await store.put('crash', 'key', 'value');
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    const modes = found.map((entry) => {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      return `${entry.isFile() ? 'file' : 'folder'} ${mode.toString(8)}`;
    });
    expect([...new Set(modes)].sort()).toEqual(['file 600', 'folder 700']);
  });

  it('in a folder that cannot be made says so, and works once it can', async () => {
    writeFileSync(join(folder, 'state'), 'a file stands in the way');
    await expect(store.get('crash', 'key')).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    rmSync(join(folder, 'state'));
    expect(await store.put('crash', 'key', 'value')).toEqual(expect.any(String));
  });
});

describe.each(kinds)(
  `a $scheme on a small disk${cannotMount ? ' (skipped: this account may not mount)' : ''}`,
  ({ scheme, place }) => {
    let folder: string;
    let store: Store;

    beforeEach(async ({ skip }) => {
      if (cannotMount) skip('this account may not mount');
      folder = mkdtempSync(join(tmpdir(), 'mcp-disk-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
      store = await openStore(`${scheme}:${join(folder, place)}`);
    });
    afterEach(async () => {
      if (cannotMount) return;
      await store.close();
      execFileSync('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true, force: true });
    });

    it('that is full says so, loses and tears nothing, and works again when there is room', async () => {
      await store.put('crash', 'before', 'value');
      await store.put('crash', 'to take', 'value');
      writeFileSync(join(folder, 'ballast'), '');
      const kept = await fillUp(store, join(folder, 'ballast'));
      const full = { code: 'STATE_UNAVAILABLE', message: 'the disk of the store is full' };
      await expect(store.put('crash', 'more', 'x'.repeat(60_000))).rejects.toMatchObject(full);
      await expect(store.put('crash', 'before', 'y'.repeat(60_000))).rejects.toMatchObject(full);
      expect((await store.get('crash', 'before'))?.value).toBe('value');
      for (const [key, value] of kept) expect((await store.get('crash', key))?.value).toBe(value);
      rmSync(join(folder, 'ballast'));
      expect(await store.get('crash', 'more')).toBeUndefined();
      expect((await store.take('crash', 'to take'))?.value).toBe('value');
      expect(await store.put('crash', 'more', 'x'.repeat(60_000), { ifAbsent: true })).toEqual(
        expect.any(String),
      );
      expect(await store.put('crash', 'before', 'after')).toEqual(expect.any(String));
      expect((await store.get('crash', 'before'))?.value).toBe('after');
    });

    it('that is read-only reads on, says so of writes, and writes again when it may', async () => {
      const version = await store.put('crash', 'key', 'value');
      // What SQLite still holds open for writing keeps a disk from becoming read-only.
      await store.close();
      execFileSync('mount', ['-o', 'remount,ro', folder]);
      store = await openStore(`${scheme}:${join(folder, place)}`);
      const refusal = {
        code: 'STATE_UNAVAILABLE',
        message: expect.stringMatching(/read-only|cannot be opened/),
      };
      if (scheme === 'filetree') expect((await store.get('crash', 'key'))?.value).toBe('value');
      await expect(store.put('crash', 'key', 'new')).rejects.toMatchObject(refusal);
      await expect(store.put('crash', 'new', 'new')).rejects.toMatchObject(refusal);
      await expect(store.take('crash', 'key')).rejects.toMatchObject(refusal);
      execFileSync('mount', ['-o', 'remount,rw', folder]);
      expect(await store.put('crash', 'key', 'new', { ifVersion: version })).toEqual(expect.any(String));
      expect((await store.take('crash', 'key'))?.value).toBe('new');
    });
  },
);

/** Takes all the room with ballast, then with small records; gives those that were acknowledged. */
async function fillUp(store: Store, ballast: string): Promise<Map<string, string>> {
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2))
    for (;;) {
      try {
        writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
      } catch {
        break;
      }
    }
  const kept = new Map<string, string>();
  for (let index = 0; index < 10; index += 1) {
    const [key, value] = [`key-${index}`, String(index).repeat(5_000)];
    const ended = await store.put('crash', key, value).catch((error: unknown) => error);
    if (typeof ended === 'string') kept.set(key, value);
    else expect(ended).toMatchObject({ code: 'STATE_UNAVAILABLE' });
  }
  return kept;
}

function mountingFails(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return true;
  const folder = mkdtempSync(join(tmpdir(), 'mcp-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
