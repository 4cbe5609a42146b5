// Finds relations and columns by words from their names and comments, tolerant of typos and plurals, ranked; it
// searches the snapshot only and knows nothing about data.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { editDistance } from '../base/nearest-name.ts';
import type { Column, Relation, SchemaCatalog } from './relation.ts';
import { buildSearchIndex, type Field, fieldSlots, fields, type SearchIndex } from './search-index.ts';
import { stemsOf } from './words.ts';

/** A relation that fits, with those of its columns that fit, best first. */
export type SchemaMatch = {
  readonly relation: Relation;
  readonly score: number;
  readonly columns: readonly Column[];
};

/** The best matches, best first, and how many there are in all. */
type SchemaMatches = { readonly matches: readonly SchemaMatch[]; readonly total: number };

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

/** What one word of the query found. */
type Hits = {
  /** The schema's words that are like it, with their likeness. */
  readonly terms: ReadonlyMap<string, number>;
  /** Best score of each relation, by position; 0 where the word does not fit. */
  readonly scores: Float64Array;
  /** 1 where more fits than the comment of the schema, which fits every relation that is in it. */
  readonly direct: Uint8Array;
  /** A word that fits few relations tells more (inverse document frequency). */
  readonly rarity: number;
};

function hitsOf(index: SearchIndex, word: string): Hits {
  const count = index.relations.length;
  const scores = new Float64Array(count);
  const direct = new Uint8Array(count);
  const terms = termsLike(index, word);
  for (const [term, alike] of terms) {
    for (const packed of index.places.get(term) ?? []) {
      const field = fields[packed % fieldSlots] ?? 'schema comment';
      const relation = Math.floor(packed / fieldSlots);
      if (field !== 'schema comment') direct[relation] = 1;
      scores[relation] = Math.max(scores[relation] ?? 0, alike * weightOf[field]);
    }
  }
  const fitting = scores.reduce((sum, score) => sum + (score > 0 ? 1 : 0), 0);
  return { terms, scores, direct, rarity: 1 + Math.log(1 + count / Math.max(1, fitting)) };
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
  const ranked = rank(index.relations.length, hits);
  const matches = ranked.slice(0, limit).flatMap(({ position, score }) => {
    const relation = index.relations[position];
    return relation === undefined ? [] : [{ relation, score, columns: columnsOf(relation, hits) }];
  });
  return { matches, total: ranked.length };
}

type Ranked = { readonly position: number; readonly score: number };

function rank(count: number, hits: readonly Hits[]): readonly Ranked[] {
  const anyDirect = hits.some((one) => one.direct.includes(1));
  const coverage = Array.from({ length: count }, (_, position) => {
    const fits = !anyDirect || hits.some((one) => one.direct[position] === 1);
    return fits ? hits.filter((one) => (one.scores[position] ?? 0) > 0).length : 0;
  });
  const most = coverage.reduce((sofar, covered) => Math.max(sofar, covered), 0);
  const ranked: Ranked[] = [];
  for (const [position, covered] of coverage.entries()) {
    // A table that fits half as many words as the best one is noise.
    if (covered === 0 || covered * 2 <= most - 1) continue;
    const sum = hits.reduce((total, one) => total + (one.scores[position] ?? 0) * one.rarity, 0);
    ranked.push({ position, score: sum * (covered / hits.length) ** 2 });
  }
  // Positions are in order of name, which breaks ties.
  return ranked.sort((left, right) => right.score - left.score || left.position - right.position);
}

/** The columns that fit, best first. */
function columnsOf(relation: Relation, hits: readonly Hits[]): readonly Column[] {
  const likest = ({ terms }: Hits, text: string): number =>
    stemsOf(text).reduce((most, stem) => Math.max(most, terms.get(stem) ?? 0), 0);
  const scored = relation.columns.map((column) => {
    const score = hits.reduce((sum, one) => {
      const byName = weightOf['column'] * likest(one, column.name);
      const byComment = weightOf['column comment'] * likest(one, column.comment ?? '');
      return sum + Math.max(byName, byComment) * one.rarity;
    }, 0);
    return { column, score };
  });
  return scored
    .filter(({ score }) => score > 0)
    .sort((left, right) => right.score - left.score)
    .map(({ column }) => column);
}
