// Columns and types of the relations in a catalog, by name as written; it sees no SQL.
import type { CatalogColumn, PolicyCatalog } from './policy-catalog.ts';

/** The columns of one catalog, ready to be asked. */
export type RelationColumns = {
  /** The types a column may count as: its own, and below a domain its base. Undefined where no such column is known. */
  readonly typesOf: (
    schema: string | undefined,
    relation: string,
    column: string,
  ) => readonly string[] | undefined;
  /** The place of a column, from 1. */
  readonly placeOf: (schema: string | undefined, relation: string, column: string) => number | undefined;
  /** True where the columns of the relation are known. */
  readonly isKnown: (schema: string | undefined, relation: string) => boolean;
};

export function createRelationColumns(catalog: PolicyCatalog): RelationColumns {
  const byRelation = new Map<string, Map<string, KnownColumn>>();
  for (const column of catalog.columns) {
    const key = keyOf(column.schema, column.name);
    const columns = byRelation.get(key) ?? new Map<string, KnownColumn>();
    byRelation.set(key, columns.set(column.column, { types: typesOfColumn(column), place: column.place }));
  }
  const owners = ownersOnPath(catalog);
  const columnsOf = (schema: string | undefined, relation: string) => {
    const owner = schema ?? owners.get(relation);
    return owner === undefined ? undefined : byRelation.get(keyOf(owner, relation));
  };
  return {
    typesOf: (schema, relation, column) => columnsOf(schema, relation)?.get(column)?.types,
    placeOf: (schema, relation, column) => columnsOf(schema, relation)?.get(column)?.place,
    isKnown: (schema, relation) => columnsOf(schema, relation) !== undefined,
  };
}

type KnownColumn = { readonly types: readonly string[]; readonly place: number | undefined };

// No identifier holds NUL.
function keyOf(schema: string, relation: string): string {
  return `${schema}\0${relation}`;
}

function typesOfColumn({ type, base }: CatalogColumn): readonly string[] {
  return base === undefined ? [type] : [type, base];
}

/** The schema that an unqualified name means: the first on the search path that has it. */
function ownersOnPath(catalog: PolicyCatalog): ReadonlyMap<string, string> {
  const places = new Map(catalog.searchPath.map((schema, place) => [schema, place]));
  const placeOf = (schema: string) => places.get(schema) ?? Number.POSITIVE_INFINITY;
  const owners = new Map<string, string>();
  const note = (schema: string, name: string): void => {
    const known = owners.get(name);
    if (!places.has(schema) || (known !== undefined && placeOf(known) <= placeOf(schema))) return;
    owners.set(name, schema);
  };
  for (const { schema, name } of catalog.relations) {
    note(schema, name);
    // Every relation of pg_catalog bears such a name, and pg_catalog comes first unless the path says otherwise.
    if (name.startsWith('pg_')) note('pg_catalog', name);
  }
  for (const { schema, name } of catalog.columns) note(schema, name);
  return owners;
}
