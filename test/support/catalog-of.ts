// A schema catalog from a list of names, for tests that need no database.
import type { Column, Relation, SchemaCatalog } from '../../src/catalog/relation.ts';
import type { SchemaSource } from '../../src/catalog/schema.ts';
import { createSnapshotSource } from '../../src/catalog/snapshot.ts';

/** `{ 'fuel.fills': 'fill_id litres' }` gives a catalog with that table and those columns; all of them are text. */
export function catalogOf(
  tables: Readonly<Record<string, string>>,
  comments: Readonly<Record<string, string>> = {},
): SchemaCatalog {
  const relations = Object.entries(tables)
    .map(([qualified, columns]) => relationOf(qualified, columns, comments))
    .sort((left, right) => (`${left.schema}.${left.name}` < `${right.schema}.${right.name}` ? -1 : 1));
  const bySchema = Map.groupBy(relations, (relation) => relation.schema);
  return {
    schemas: [...bySchema].map(([name, here]) => ({ name, comment: comments[name], relations: here })),
    relations,
    searchPath: [],
    readAtMs: 0,
    refreshFailure: undefined,
    find: (schema, name) => relations.find((one) => one.schema === schema && one.name === name),
    findBare: (name) => relations.filter((one) => one.name === name),
  };
}

/** A source that always gives this catalog. */
export function sourceOf(catalog: SchemaCatalog): SchemaSource {
  return createSnapshotSource({
    read: async () => catalog,
    onRead: () => undefined,
    onFailed: () => undefined,
  });
}

function relationOf(
  qualified: string,
  columns: string,
  comments: Readonly<Record<string, string>>,
): Relation {
  const [schema = '', name = ''] = qualified.split('.');
  return {
    oid: qualified,
    schema,
    name,
    kind: 'table',
    comment: comments[qualified],
    rows: undefined,
    bytes: undefined,
    partitions: 0,
    whole: true,
    populated: true,
    rowSecurity: false,
    primaryKey: [],
    columns: columns.split(' ').map(
      (column): Column => ({
        name: column,
        type: 'text',
        notNull: false,
        comment: comments[`${qualified}.${column}`],
      }),
    ),
    keysOut: [],
    keysIn: [],
  };
}
