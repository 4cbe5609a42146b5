// Names the relation or column that somebody probably meant, among those they may see; it reads only the snapshot.
import { editDistance } from '../base/nearest-name.ts';
import { identifierParts, qualifiedName, quoteIdentifier } from './identifier.ts';
import type { Column, Relation, SchemaCatalog } from './relation.ts';
import { stemsOf } from './words.ts';

type Scored<T> = { readonly item: T; readonly score: number; readonly label: string };

/** Below this two names have too little in common to be worth a hint. */
const leastScore = 0.4;

/**
 * The relations whose names are nearest to `name` (bare or dotted, quoted or not), best first, written
 * `schema.table` as SQL wants them. The right name in another schema comes first.
 */
export function nearestRelations(catalog: SchemaCatalog, name: string, limit: number): string[] {
  const parts = identifierParts(name) ?? [name];
  const wanted = measured(parts.at(-1) ?? name);
  const schema = parts.at(-2);
  const scored = catalog.relations.map((relation) => {
    const bonus = relation.schema === schema ? 0.05 : 0;
    const score = likeness(wanted, relation.name);
    return { item: relation, score: score < leastScore ? 0 : score + bonus, label: qualifiedName(relation) };
  });
  return best(scored, limit);
}

/**
 * The columns whose names are nearest to `name` (its last part where it is dotted), best first, written
 * `schema.table.column`. Looks in `relations` (names, bare or dotted; unknown ones are skipped), or everywhere where
 * that list is empty.
 */
export function nearestColumns(
  catalog: SchemaCatalog,
  relations: readonly string[],
  name: string,
  limit: number,
): string[] {
  const wanted = measured((identifierParts(name) ?? [name]).at(-1) ?? name);
  const places =
    relations.length === 0 ? catalog.relations : relations.flatMap((text) => named(catalog, text));
  // A large schema repeats its column names: each is measured once.
  const scores = new Map<string, number>();
  const scoreOf = (column: Column): number => {
    const known = scores.get(column.name) ?? likeness(wanted, column.name);
    scores.set(column.name, known);
    return known;
  };
  const scored = places.flatMap((relation) =>
    relation.columns
      .filter((column) => scoreOf(column) >= leastScore)
      .map((column) => ({ item: column, score: scoreOf(column), label: columnLabel(relation, column) })),
  );
  return best(scored, limit);
}

/** Longest list of columns that is worth its words in a hint. */
const mostListed = 25;

/** The columns of `relations` in one sentence, or undefined where none is known or they are too many. */
export function columnListing(catalog: SchemaCatalog, relations: readonly string[]): string | undefined {
  const places = placesOf(catalog, relations);
  const count = places.reduce((sum, { columns }) => sum + columns.length, 0);
  if (count === 0 || count > mostListed) return undefined;
  const lists = places.map((relation) => `${qualifiedName(relation)} has ${columnNames(relation)}`);
  return `${lists.join('; ')}.`;
}

/** What may be read of those `relations` of which only some columns may; undefined where that is none of them. */
export function readableColumns(catalog: SchemaCatalog, relations: readonly string[]): string | undefined {
  const places = placesOf(catalog, relations).filter(({ whole }) => !whole);
  if (places.length === 0) return undefined;
  const lists = places.map((relation) => `only ${columnNames(relation)} of ${qualifiedName(relation)}`);
  return `You may read ${lists.join(' and ')}; name the columns.`;
}

function placesOf(catalog: SchemaCatalog, relations: readonly string[]): readonly Relation[] {
  return [...new Set(relations.flatMap((text) => named(catalog, text)))];
}

function columnNames({ columns }: Relation): string {
  const names = columns.slice(0, mostListed).map(({ name }) => quoteIdentifier(name));
  const more = columns.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The relations that a name may stand for: exactly as written, else folded as Postgres folds it. */
export function named(catalog: SchemaCatalog, text: string): readonly Relation[] {
  const dot = text.indexOf('.');
  const verbatim = dot === -1 ? [text] : [text.slice(0, dot), text.slice(dot + 1)];
  for (const parts of [identifierParts(text) ?? [], verbatim]) {
    const name = parts.at(-1);
    const schema = parts.at(-2);
    if (name === undefined) continue;
    const found = schema === undefined ? catalog.findBare(name) : [catalog.find(schema, name)];
    const relations = found.filter((relation) => relation !== undefined);
    if (relations.length > 0) return relations;
  }
  return [];
}

function columnLabel(relation: Relation, column: Column): string {
  return `${qualifiedName(relation)}.${quoteIdentifier(column.name)}`;
}

function best<T>(scored: readonly Scored<T>[], limit: number): string[] {
  return scored
    .filter((one) => one.score >= leastScore)
    .sort((left, right) => right.score - left.score || left.label.localeCompare(right.label, 'en'))
    .slice(0, limit)
    .map((one) => one.label);
}

type Measured = { readonly text: string; readonly letters: number; readonly stems: readonly string[] };

function measured(text: string): Measured {
  // Longer than any identifier (63 bytes) is nobody's typo, and the distance costs the square of the length.
  const folded = text.slice(0, 128).toLowerCase();
  return { text: folded, letters: lettersOf(folded), stems: stemsOf(text.slice(0, 128)) };
}

/** From 0 (nothing in common) to 1 (the same but for case). */
function likeness(wanted: Measured, candidate: string): number {
  const text = candidate.toLowerCase();
  if (text === wanted.text) return 1;
  const longer = Math.max(text.length, wanted.text.length);
  const allowed = Math.max(1, Math.floor(Math.min(4, longer / 3)));
  const near = longer >= 3 && bitCount(wanted.letters ^ lettersOf(text)) <= 2 * allowed;
  const distance = near ? editDistance(wanted.text, text, allowed) : Number.POSITIVE_INFINITY;
  const bySpelling = distance <= allowed ? 0.95 * (1 - distance / longer) : 0;
  return Math.max(bySpelling, 0.9 * sharedWords(wanted.stems, stemsOf(candidate)));
}

/** Which letters occur, one bit each: an edit changes two of them at most, so most names need no closer look. */
function lettersOf(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at++) bits |= 1 << (text.charCodeAt(at) & 31);
  return bits;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}

/** Share of words in common, of all words of both; a start of three letters counts as half a word. */
function sharedWords(left: readonly string[], right: readonly string[]): number {
  const all = new Set([...left, ...right]).size;
  if (all === 0) return 0;
  const begins = (one: string, other: string): boolean => one.length >= 3 && other.startsWith(one);
  const shared = left.reduce((sum, word) => {
    if (right.includes(word)) return sum + 1;
    return sum + (right.some((other) => begins(word, other) || begins(other, word)) ? 0.5 : 0);
  }, 0);
  return shared / all;
}
