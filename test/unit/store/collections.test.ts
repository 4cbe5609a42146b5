// The table of collections against the source: what is written is declared, and what is declared is written.
import { describe, expect, it } from 'vitest';
import { collections } from '../../../src/store/collections.ts';
import { readSourceTree } from '../../support/source-tree.ts';

const source = readSourceTree('src').filter(({ path }) => path !== 'src/store/collections.ts');
const textOf = (path: string) => source.find((file) => file.path === path)?.text ?? '';

describe('the table of collections', () => {
  it.each(Object.entries(collections))('names the file that writes "%s"', (name, { owner }) => {
    expect(textOf(owner)).toMatch(new RegExp(`['.\`]${name}['\`]|\\b${name}:`));
  });

  it('holds every collection that a file opens', () => {
    const opened = source.flatMap(({ text }) => [
      ...[...text.matchAll(/openRecords(?:<[^()]*>)?\(\s*'([^']+)'/g)].map(([, name]) => name ?? ''),
      ...[...text.matchAll(/'(oauth-(?:client|grant|interaction|code|refresh|[a-z]+))'/g)]
        .map(([, name]) => name ?? '')
        .filter(() => text.includes('openRecords')),
    ]);
    expect([...new Set(opened)].filter((name) => !Object.hasOwn(collections, name))).toEqual([]);
    expect(opened.length).toBeGreaterThan(5);
  });

  it('says of each what it is in words', () => {
    for (const { id, record, life } of Object.values(collections))
      for (const words of [id, record, life]) expect(words).toMatch(/^[^|\n]{3,}[^.]$/);
  });
});
