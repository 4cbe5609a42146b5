// The words of a schema catalog and where each stands; built once per snapshot, a part at a time, asked by search.ts.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Relation, SchemaCatalog } from './relation.ts';
import { stemOf, stemsOf, wordsOf } from './words.ts';

/** Where a word stands within a relation. */
export type Field =
  | 'whole name'
  | 'name'
  | 'schema'
  | 'comment'
  | 'schema comment'
  | 'column'
  | 'column comment';

/** One place: the relation and, for the two fields of columns, the column, both as positions in their lists. */
export type Place = { readonly relation: number; readonly field: Field; readonly column: number };

/** Words to places. A place is packed into one number, since a large schema has some hundred thousand of them. */
export type SearchIndex = {
  readonly relations: readonly Relation[];
  readonly places: ReadonlyMap<string, readonly number[]>;
};

/** Postgres allows 1,600 columns (manual, appendix K): two slots for each and five for the relation fit. */
const slotsPerRelation = 4096;
const relationFields: readonly Field[] = ['whole name', 'name', 'schema', 'comment', 'schema comment'];
const relationsPerTurn = 50;

/** Builds the index of a snapshot, giving way to other work in between. */
export async function buildSearchIndex(catalog: SchemaCatalog): Promise<SearchIndex> {
  const places = new Map<string, number[]>();
  // The same column names and comments come back in table after table.
  const cut = new Map<string, readonly string[]>();
  const stems = (text: string): readonly string[] => {
    const known = cut.get(text) ?? stemsOf(text);
    if (known.length > 0) cut.set(text, known);
    return known;
  };
  const add = (words: readonly string[], place: number): void => {
    for (const word of words) {
      const known = places.get(word);
      if (known === undefined) places.set(word, [place]);
      else if (known.at(-1) !== place) known.push(place);
    }
  };
  const schemaComments = new Map(catalog.schemas.map((schema) => [schema.name, schema.comment]));
  for (const [position, relation] of catalog.relations.entries()) {
    add(stems(schemaComments.get(relation.schema) ?? ''), position * slotsPerRelation + 4);
    addRelation(relation, position * slotsPerRelation, stems, add);
    if (position % relationsPerTurn === relationsPerTurn - 1) await nextTurn();
  }
  return { relations: catalog.relations, places };
}

/** Unpacks one number of the index. */
export function placeOf(packed: number): Place {
  const slot = packed % slotsPerRelation;
  const relation = (packed - slot) / slotsPerRelation;
  const field = relationFields[slot];
  if (field !== undefined) return { relation, field, column: -1 };
  const column = (slot - relationFields.length) >> 1;
  const isName = (slot - relationFields.length) % 2 === 0;
  return { relation, field: isName ? 'column' : 'column comment', column };
}

function addRelation(
  relation: Relation,
  base: number,
  stems: (text: string) => readonly string[],
  add: (words: readonly string[], place: number) => void,
): void {
  // `dailyvehicle` finds daily_vehicle, and `orders` the table orders before order_lines.
  add([stemOf(wordsOf(relation.name).join(''))], base);
  add(stems(relation.name), base + 1);
  add(stems(relation.schema), base + 2);
  add(stems(relation.comment ?? ''), base + 3);
  for (const [position, column] of relation.columns.entries()) {
    const slot = base + relationFields.length + 2 * position;
    add(stems(column.name), slot);
    if (column.comment !== undefined) add(stems(column.comment), slot + 1);
  }
}
