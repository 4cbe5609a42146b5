// Finds relations and columns by words from their names and comments, tolerant of typos and plurals, ranked; it
// searches the snapshot only and knows nothing about data.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { editDistance } from '../base/nearest-name.ts';
import type { Column, Relation, SchemaCatalog } from './relation.ts';
import { buildSearchIndex, type Field, placeOf, type SearchIndex } from './search-index.ts';
import { stemsOf } from './words.ts';

/** A relation that fits, with those of its columns that fit, best first. */
export type SchemaMatch = {
  readonly relation: Relation;
  readonly score: number;
  readonly columns: readonly Column[];
};

/** The best matches, best first, and how many there are in all. */
export type SchemaMatches = { readonly matches: readonly SchemaMatch[]; readonly total: number };

/** Searches a snapshot for at most `limit` matches. */
export type SearchSchema = (catalog: SchemaCatalog, query: string, limit: number) => Promise<SchemaMatches>;

/** How much a word counts by where it stands. */
const weightOf: Readonly<Record<Field, number>> = {
  'whole name': 14,
  name: 10,
  column: 6,
  schema: 4,
  comment: 4,
  'schema comment': 2,
  'column comment': 2.5,
};

/** Words that say nothing about a table, left out while others remain. */
const fillers = new Set(
  'a an and are at by do each find for from get give how in is it list many me much of on or per show table that the to was what when where which who with column data'.split(
    ' ',
  ),
);

const maxWords = 12;

/** Makes the search; it keeps the index of the snapshot that was searched last. */
export function createSchemaSearch(): SearchSchema {
  let kept: SearchIndex | undefined;
  return async (catalog, query, limit) => {
    const index = kept?.relations === catalog.relations ? kept : await buildSearchIndex(catalog);
    kept = index;
    const hits: Hits[] = [];
    for (const word of queryWords(query)) {
      hits.push(hitsOf(index, word));
      // Some ten milliseconds a word in a schema of a hundred thousand columns: others get their turn in between.
      await nextTurn();
    }
    return best(index, hits, limit);
  };
}

function queryWords(query: string): readonly string[] {
  const words = [...new Set(stemsOf(query))];
  const telling = words.filter((word) => !fillers.has(word));
  return (telling.length > 0 ? telling : words).slice(0, maxWords);
}

/** What one word of the query found: the best score of each relation, and of its columns. */
type Hits = {
  readonly relations: Map<number, number>;
  readonly columns: Map<number, Map<number, number>>;
  /** Relations that the word fits by more than the comment of their schema, which fits all that are in it. */
  readonly direct: Set<number>;
};

function hitsOf(index: SearchIndex, word: string): Hits {
  const hits: Hits = { relations: new Map(), columns: new Map(), direct: new Set() };
  for (const [term, alike] of termsLike(index, word)) {
    const places = index.places.get(term) ?? [];
    for (const packed of places) {
      const place = placeOf(packed);
      const score = alike * weightOf[place.field];
      raise(hits.relations, place.relation, score);
      if (place.field !== 'schema comment') hits.direct.add(place.relation);
      if (place.column >= 0) raise(columnsAt(hits, place.relation), place.column, score);
    }
  }
  return hits;
}

/** Words of the schema that share letters with this one; typos are considered only where none does. */
function termsLike(index: SearchIndex, word: string): ReadonlyMap<string, number> {
  const terms = [...index.places.keys()];
  const like = (measure: (word: string, term: string) => number): Map<string, number> =>
    new Map(
      terms.map((term): [string, number] => [term, measure(word, term)]).filter(([, alike]) => alike > 0),
    );
  const shared = like(sharedLetters);
  return shared.size > 0 ? shared : like(spelling);
}

function columnsAt(hits: Hits, relation: number): Map<number, number> {
  const known = hits.columns.get(relation) ?? new Map<number, number>();
  hits.columns.set(relation, known);
  return known;
}

function raise(scores: Map<number, number>, key: number, score: number): void {
  if (score > (scores.get(key) ?? 0)) scores.set(key, score);
}

/** 1 the same word, less for beginnings and parts, 0 for anything else. Both words are stems. */
function sharedLetters(word: string, term: string): number {
  if (word === term) return 1;
  if (word.length >= 2 && term.startsWith(word)) return 0.4 + 0.4 * (word.length / term.length);
  if (term.length >= 4 && word.startsWith(term)) return 0.5 * (term.length / word.length);
  if (word.length >= 3 && term.includes(word)) return 0.5 * (word.length / term.length);
  return 0;
}

/** Less than 1 for one typo in four letters or two in eight, 0 for anything else. */
function spelling(word: string, term: string): number {
  if (word.length < 4) return 0;
  const allowed = word.length >= 8 ? 2 : 1;
  const distance = editDistance(word, term, allowed);
  return distance > allowed ? 0 : 0.8 - 0.15 * distance;
}

function best(index: SearchIndex, hits: readonly Hits[], limit: number): SchemaMatches {
  const weighted = hits.map((one): Weighted => ({ ...one, rarity: rarityOf(index, one) }));
  const ranked = rank(weighted);
  const matches = ranked.slice(0, limit).flatMap(({ position, score }) => {
    const relation = index.relations[position];
    return relation === undefined
      ? []
      : [{ relation, score, columns: columnsOf(relation, position, weighted) }];
  });
  return { matches, total: ranked.length };
}

type Weighted = Hits & { readonly rarity: number };
type Ranked = { readonly position: number; readonly score: number };

/** A word that fits few relations tells more (inverse document frequency). */
function rarityOf(index: SearchIndex, hits: Hits): number {
  return 1 + Math.log(1 + index.relations.length / Math.max(1, hits.relations.size));
}

function rank(hits: readonly Weighted[]): readonly Ranked[] {
  const direct = new Set(hits.flatMap((one) => [...one.direct]));
  const found = direct.size > 0 ? direct : new Set(hits.flatMap((one) => [...one.relations.keys()]));
  const coverage = (relation: number): number => hits.filter((one) => one.relations.has(relation)).length;
  const bestCoverage = [...found].reduce((most, relation) => Math.max(most, coverage(relation)), 0);
  const ranked: Ranked[] = [];
  for (const position of found) {
    const covered = coverage(position);
    // A table that fits half as many words as the best one is noise.
    if (covered * 2 <= bestCoverage - 1) continue;
    const sum = hits.reduce((total, one) => total + (one.relations.get(position) ?? 0) * one.rarity, 0);
    ranked.push({ position, score: sum * (covered / hits.length) ** 2 });
  }
  // Positions are in order of name, which breaks ties.
  return ranked.sort((left, right) => right.score - left.score || left.position - right.position);
}

function columnsOf(relation: Relation, position: number, hits: readonly Weighted[]): readonly Column[] {
  const scores = new Map<number, number>();
  for (const one of hits) {
    for (const [column, score] of one.columns.get(position) ?? []) {
      scores.set(column, (scores.get(column) ?? 0) + score * one.rarity);
    }
  }
  return [...scores]
    .sort((left, right) => right[1] - left[1] || left[0] - right[0])
    .flatMap(([column]) => relation.columns[column] ?? []);
}
