// The page of a relation as data says what it leaves out, and warns as its text does.
import { describe, expect, it } from 'vitest';
import type { RelationDetail } from '../../../src/catalog/relation-detail.ts';
import { type PageContent, pageFacts, pageText } from '../../../src/tools/relation-page.ts';
import { catalogOf } from '../../support/catalog-of.ts';

const catalog = catalogOf({ 'fuel.fills': 'fill_id status', 'fuel.stations': 'station_id' });
const [fills] = catalog.relations;
const key = {
  from: { schema: 'fuel', name: 'fills' },
  columns: ['station_id'],
  to: { schema: 'fuel', name: 'stations' },
  toColumns: ['station_id'],
};
const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

function page(size: number, more: Partial<PageContent> = {}): PageContent {
  const detail: RelationDetail = {
    analyzedOn: undefined,
    columns: new Map([
      ['status', { labels: many(size + 8, 'open') }],
    ]) as unknown as RelationDetail['columns'],
    constraints: [],
    indexes: many(size, { name: 'i', unique: false, definition: 'btree (fill_id)' }),
    partitionKey: undefined,
    partitions: [],
    directPartitions: 0,
    definition: undefined,
    definitionHidden: false,
  };
  const relation = { ...fills!, keysOut: many(size, key), keysIn: many(size, key) };
  return { catalog, relation, note: undefined, detail, ...more };
}

const notes = (content: PageContent, level: 'summary' | 'full' = 'summary') =>
  pageFacts(content, level)['notes'];

describe('the notes of a page', () => {
  it('are absent where everything is told', () => {
    expect(pageFacts(page(12), 'summary')).not.toHaveProperty('notes');
  });

  it('count what is left out', () => {
    expect(notes(page(13))).toEqual([
      '1 more of joins_out left out.',
      '1 more of joins_in left out.',
      '1 more of indexes left out.',
      'Only 20 values each of status.',
    ]);
    expect(notes(page(13), 'full')).toBeUndefined();
  });

  it('tell where a definition is cut, which is between characters', () => {
    const withDefinition = (definition: string): PageContent => {
      const content = page(1);
      return { ...content, detail: { ...(content.detail as RelationDetail), definition } };
    };
    expect(notes(withDefinition('x'.repeat(6_000)), 'full')).toBeUndefined();
    const cut = withDefinition(`x${'😀'.repeat(3_000)}`);
    expect(notes(cut, 'full')).toEqual(['The definition is cut at 6000 characters.']);
    const { definition } = pageFacts(cut, 'full') as { definition: string };
    expect(definition.isWellFormed()).toBe(true);
  });

  it('hold the warnings of the text', () => {
    const content = page(1, {
      catalog: { ...catalog, refreshFailure: 'DB_UNREACHABLE: the database cannot be reached' },
      relation: { ...fills!, whole: false, rowSecurity: true },
      note: 'fills_2026 is a partition of it.',
      detail: 'DB_LOCK_TIMEOUT: locked',
    });
    expect(notes(content)).toEqual([
      'You may read these columns only: name them, select * fails.',
      'Row security is on: you may see only a part of the rows.',
      'fills_2026 is a partition of it.',
      'Indexes, defaults and checks could not be read: DB_LOCK_TIMEOUT: locked',
      'Schema as of 1970-01-01T00:00:00Z: reading it anew failed (DB_UNREACHABLE: the database cannot be reached).',
    ]);
    for (const note of notes(content) as string[]) expect(pageText(content, 'summary')).toContain(note);
  });
});
