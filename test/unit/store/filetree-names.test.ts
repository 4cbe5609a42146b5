// Names in the file tree: no two keys meet on any file system, none leads out of the folder, none is too long.
import { describe, expect, it } from 'vitest';
import {
  collectionFolder,
  collectionOf,
  keyFolder,
  keyOf,
  nextName,
  recordName,
  sortOut,
} from '../../../src/store/filetree/names.ts';

const keys = [
  ...[
    'a',
    'A',
    'ä',
    'Ä',
    'caf\u00e9',
    'cafe\u0301',
    '..',
    '.',
    '/',
    '../../etc/passwd',
    'con',
    'NUL',
    'aux.txt',
  ],
  ...[
    ' ',
    'a ',
    'a.',
    '\u0001',
    'k-a',
    'x-61',
    '%2e',
    'C:',
    'x'.repeat(100),
    'x'.repeat(101),
    'X'.repeat(100),
  ],
  ...['X'.repeat(101), 'é'.repeat(50), 'é'.repeat(51), 'x'.repeat(1024), `${'x'.repeat(1023)}y`],
];

describe('the folder of a key', () => {
  it('is another one for every key, also where the file system folds case and normalises', () => {
    const names = keys.map((key) => keyFolder(key).name);
    const folded = names.map((name) => name.normalize('NFC').toLowerCase());
    expect(new Set(folded).size).toBe(keys.length);
  });

  it.each(keys)('of %j is short, plain and inside', (key) => {
    const { shard, name } = keyFolder(key);
    expect(shard).toMatch(/^[0-9a-f]{2}$/);
    expect(name).toMatch(/^[kxh]-[a-z0-9_-]{1,250}$/);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
  });

  it('tells its key, up to 100 bytes', () => {
    for (const key of keys) {
      const known = keyOf(keyFolder(key).name);
      if (Buffer.byteLength(key) <= 100) expect(known).toEqual({ key });
      else expect(known).toBe('hashed');
    }
    for (const strange of ['new-1', 'lost+found', '.nfs0001', '3f', ''])
      expect(keyOf(strange)).toBeUndefined();
  });
});

describe('the folder of a collection', () => {
  it.each(['a', '.', '..', 'a.', 'oauth-code', 'con', 'a'.repeat(64)])('of "%s" tells it', (collection) => {
    const folder = collectionFolder(collection);
    expect(folder).toMatch(/^c-[a-z0-9_-]+$/);
    expect(collectionOf(folder)).toBe(collection);
  });

  it('is no other folder', () => {
    for (const strange of ['c-', 'c-A', 'new-1', 'c-a.b', `c-${'a'.repeat(65)}`])
      expect(collectionOf(strange)).toBeUndefined();
  });
});

describe('the files of a key', () => {
  it('tell version, end and state, and everything else is no concern', () => {
    const version = '0123456789abcdef0123456789abcdef';
    const mortal = { version, expiresAtMs: 1_795_305_600_000 };
    const immortal = { version, expiresAtMs: undefined };
    const strange = ['x.record', `${version}.record`, '.nfs0001', `${version}.never.record~`, 'notes.txt'];
    expect(sortOut([recordName(mortal), nextName(immortal), `${version}.claim`, ...strange])).toEqual({
      records: [mortal],
      nexts: [immortal],
      claims: [version],
    });
  });
});
