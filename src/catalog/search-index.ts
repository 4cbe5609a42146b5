// The words of a schema catalog and where each stands; built once per snapshot, a part at a time, asked by search.ts.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Relation, SchemaCatalog } from './relation.ts';
import { stemOf, stemsOf, wordsOf } from './words.ts';

/** Where a word may stand within a relation; the number of a field is its position here. */
export const fields = [
  'whole name',
  'name',
  'schema',
  'comment',
  'schema comment',
  'column',
  'column comment',
] as const;

/** One of those places. */
export type Field = (typeof fields)[number];

/**
 * Words, and where each stands: the position of the relation times `fieldSlots` plus the number of the field. Packed,
 * since a large schema has a hundred thousand of them.
 */
export type SearchIndex = {
  readonly relations: readonly Relation[];
  readonly places: ReadonlyMap<string, readonly number[]>;
};

/** A power of two that is not less than the number of fields. */
export const fieldSlots = 8;

const relationsPerTurn = 50;

/** Builds the index of a snapshot, giving way to other work in between. */
export async function buildSearchIndex(catalog: SchemaCatalog): Promise<SearchIndex> {
  const places = new Map<string, number[]>();
  const schemaComments = new Map(catalog.schemas.map((schema) => [schema.name, schema.comment]));
  // The same column names and comments come back in table after table.
  const cut = new Map<string, readonly string[]>();
  const stems = (text: string): readonly string[] => {
    const known = cut.get(text) ?? stemsOf(text);
    cut.set(text, known);
    return known;
  };
  for (const [position, relation] of catalog.relations.entries()) {
    for (const [field, text] of textsOf(relation, schemaComments.get(relation.schema))) {
      const words = field === 'whole name' ? [stemOf(wordsOf(text).join(''))] : stems(text);
      for (const word of words) addPlace(places, word, position * fieldSlots + fields.indexOf(field));
    }
    if (position % relationsPerTurn === relationsPerTurn - 1) await nextTurn();
  }
  return { relations: catalog.relations, places };
}

function addPlace(places: Map<string, number[]>, word: string, place: number): void {
  const known = places.get(word);
  if (known === undefined) places.set(word, [place]);
  else if (known.at(-1) !== place) known.push(place);
}

/** The texts of a relation. Its name stands twice: `dailyvehicle` finds daily_vehicle, and `orders` finds orders first. */
function textsOf(
  relation: Relation,
  schemaComment: string | undefined,
): readonly (readonly [Field, string])[] {
  return [
    ['whole name', relation.name],
    ['name', relation.name],
    ['schema', relation.schema],
    ['comment', relation.comment ?? ''],
    ['schema comment', schemaComment ?? ''],
    ...relation.columns.map(({ name }) => ['column', name] as const),
    ...relation.columns.map(({ comment }) => ['column comment', comment ?? ''] as const),
  ];
}
