// Reads the whole schema catalog in three statements and builds the snapshot; it opens no relation and caches nothing.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReadRows } from '../pg/read-rows.ts';
import { optionalLine } from './one-line.ts';
import type { Column, ForeignKey, Relation, RelationKind, Schema, SchemaCatalog } from './relation.ts';
import type { Statements } from './statements.ts';

type Cells = readonly (string | null)[];
type Building = Relation & { readonly keysOut: ForeignKey[]; readonly keysIn: ForeignKey[] };

/** Relations parsed before other work gets its turn: about a millisecond for tables of twenty columns. */
const relationsPerTurn = 100;

const kindOf: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

/** Reads what the role may see. `schemas` undefined or empty means all but the system's; throws what `read` throws. */
export async function readSchema(
  read: ReadRows,
  statements: Statements,
  schemas: readonly string[] | undefined,
  readAtMs: number,
): Promise<SchemaCatalog> {
  const scope = [schemas === undefined || schemas.length === 0 ? null : JSON.stringify(schemas)];
  const schemaRows = await read(await statements('schemas'), scope);
  const relationRows = await read(await statements('relations'), scope);
  const keyRows = await read(await statements('foreign-keys'));
  const relations = await buildRelations(relationRows);
  linkKeys(relations, keyRows);
  return assemble(schemaRows, relations, readAtMs);
}

async function buildRelations(rows: readonly Cells[]): Promise<readonly Building[]> {
  const relations: Building[] = [];
  // Column names and types repeat a thousandfold: one string each is kept.
  const seen = new Map<string, string>();
  const once = (text: string): string => {
    const known = seen.get(text);
    if (known === undefined) seen.set(text, text);
    return known ?? text;
  };
  for (const row of rows) {
    relations.push(relationOf(row, once));
    if (relations.length % relationsPerTurn === 0) await nextTurn();
  }
  return relations;
}

function relationOf(row: Cells, once: (text: string) => string): Building {
  const [
    oid,
    schema,
    name,
    kind,
    comment,
    rows,
    bytes,
    partitions,
    whole,
    populated,
    security,
    key,
    columns,
  ] = row;
  const readable = columnsOf(columns, once);
  const names = new Set(readable.map((column) => column.name));
  const primaryKey = namesIn(key).map(once);
  return {
    oid: oid ?? '',
    schema: once(schema ?? ''),
    name: name ?? '',
    kind: kindOf[kind ?? ''] ?? 'table',
    comment: optionalLine(comment, 500),
    rows: rows === null || rows === undefined ? undefined : Number(rows),
    bytes: bytes === null || bytes === undefined ? undefined : Number(bytes),
    partitions: Number(partitions),
    whole: whole === 't',
    populated: populated === 't',
    rowSecurity: security === 't',
    primaryKey: primaryKey.every((column) => names.has(column)) ? primaryKey : [],
    columns: readable,
    keysOut: [],
    keysIn: [],
  };
}

function columnsOf(cell: string | null | undefined, once: (text: string) => string): readonly Column[] {
  if (cell === null || cell === undefined) return [];
  const tuples: readonly [string, string, boolean, string | null][] = JSON.parse(cell);
  return tuples.map(([name, type, notNull, comment]) => ({
    name: once(name),
    type: once(shortType(type)),
    notNull,
    comment: optionalLine(comment, 300),
  }));
}

/** The shorter of two names that Postgres gives a type (manual, table 8.1): tables are full of timestamps. */
function shortType(type: string): string {
  return type
    .replace(/^(timestamp|time)(\(\d\))? with time zone/, '$1tz$2')
    .replace(/^(timestamp|time)(\(\d\))? without time zone/, '$1$2')
    .replace(/^character varying/, 'varchar');
}

function linkKeys(relations: readonly Building[], rows: readonly Cells[]): void {
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  for (const [fromOid, toOid, fromColumns, toColumns] of rows) {
    const from = byOid.get(fromOid ?? '');
    const to = byOid.get(toOid ?? '');
    if (from === undefined || to === undefined) continue;
    const key = {
      from: { schema: from.schema, name: from.name },
      columns: namesIn(fromColumns),
      to: { schema: to.schema, name: to.name },
      toColumns: namesIn(toColumns),
    };
    if (!hasColumns(from, key.columns) || !hasColumns(to, key.toColumns)) continue;
    from.keysOut.push(key);
    to.keysIn.push(key);
  }
}

function hasColumns(relation: Relation, names: readonly string[]): boolean {
  return names.every((name) => relation.columns.some((column) => column.name === name));
}

function assemble(
  schemaRows: readonly Cells[],
  relations: readonly Relation[],
  readAtMs: number,
): SchemaCatalog {
  const bySchema = Map.groupBy(relations, (relation) => relation.schema);
  const schemas = schemaRows.map(([name, comment]): Schema => {
    const relationsHere = bySchema.get(name ?? '') ?? [];
    return { name: name ?? '', comment: optionalLine(comment, 500), relations: relationsHere };
  });
  const searchPath = schemaRows
    .filter(([, , place]) => place !== null)
    .sort((left, right) => Number(left[2]) - Number(right[2]))
    .map(([name]) => name ?? '');
  return {
    schemas,
    relations,
    searchPath,
    readAtMs,
    refreshFailure: undefined,
    ...lookups(relations, searchPath),
  };
}

function lookups(
  relations: readonly Relation[],
  searchPath: readonly string[],
): Pick<SchemaCatalog, 'find' | 'findBare'> {
  const byName = Map.groupBy(relations, (relation) => relation.name);
  const rank = (relation: Relation): number =>
    searchPath.indexOf(relation.schema) + 1 || Number.MAX_SAFE_INTEGER;
  for (const sameName of byName.values()) sameName.sort((left, right) => rank(left) - rank(right));
  return {
    find: (schema, name) => byName.get(name)?.find((relation) => relation.schema === schema),
    findBare: (name) => byName.get(name) ?? [],
  };
}

function namesIn(cell: string | null | undefined): readonly string[] {
  return cell === null || cell === undefined ? [] : JSON.parse(cell);
}
