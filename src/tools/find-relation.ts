// Turns a table name as the model wrote it into one relation of the catalog, or an error that names what was meant.
import { CodedError } from '../base/errors.ts';
import { identifierParts } from '../catalog/identifier.ts';
import { named, nearestRelations } from '../catalog/nearest.ts';
import { oneLine } from '../catalog/one-line.ts';
import type { Relation, SchemaCatalog } from '../catalog/relation.ts';
import type { RelationReader } from '../catalog/relation-detail.ts';
import type { SchemaSource } from '../catalog/schema.ts';
import { relationLabel, schemaCounts } from './relation-text.ts';

/** What the tools and resources of the schema stand on. */
export type SchemaAccess = { readonly schema: SchemaSource; readonly reader: RelationReader };

/** A relation, the snapshot it was found in, and what to tell about the way it was found. */
export type FoundRelation = {
  readonly catalog: SchemaCatalog;
  readonly relation: Relation;
  readonly note: string | undefined;
};

/**
 * Finds `table` or `schema.table`. A name that the snapshot misses is looked for in a new one; a partition leads to
 * its table. Throws INPUT_UNKNOWN_TABLE or INPUT_AMBIGUOUS_TABLE, and what reading throws.
 */
export async function findRelation(
  access: SchemaAccess,
  text: string,
  signal: AbortSignal,
): Promise<FoundRelation> {
  const current = await access.schema.current(signal);
  const known = onlyOne(current, text);
  if (known !== undefined) return known;
  const renewed = await access.schema.renewed(signal);
  const found = onlyOne(renewed, text) ?? (await ofPartition(access, renewed, text, signal));
  if (found === undefined) throw unknownTable(renewed, text);
  return found;
}

function onlyOne(catalog: SchemaCatalog, text: string): FoundRelation | undefined {
  const fitting = named(catalog, text);
  const [first] = fitting;
  if (first === undefined) return undefined;
  if (fitting.length === 1) return { catalog, relation: first, note: undefined };
  // Postgres would take the first on the search path; a reader who did not know of the other would be misled.
  const bare = catalog.searchPath.includes(first.schema)
    ? `; in SQL the bare name means ${relationLabel(first)}`
    : '';
  throw new CodedError('INPUT_AMBIGUOUS_TABLE', `"${shown(text)}" fits ${fitting.length} tables`, {
    hint: `Write one of ${fitting.slice(0, 6).map(relationLabel).join(', ')}${bare}.`,
  });
}

async function ofPartition(
  access: SchemaAccess,
  catalog: SchemaCatalog,
  text: string,
  signal: AbortSignal,
): Promise<FoundRelation | undefined> {
  const parts = identifierParts(text);
  const name = parts?.at(-1);
  if (name === undefined) return undefined;
  const roots = new Set(await access.reader.rootsOfPartition(parts?.at(-2), name, signal));
  const [relation, ...others] = catalog.relations.filter((one) => roots.has(one.oid));
  if (relation === undefined || others.length > 0) return undefined;
  return {
    catalog,
    relation,
    note: `${shown(text)} is a partition of it; query the table, Postgres picks the partitions.`,
  };
}

function unknownTable(catalog: SchemaCatalog, text: string): CodedError {
  const nearest = nearestRelations(catalog, text, 3).map((name) => oneLine(name, 140));
  const hint =
    nearest.length > 0
      ? `Perhaps you meant ${nearest.join(' or ')}.`
      : `Use search_schema, or list_tables; schemas: ${schemaCounts(catalog, 40) || 'none'}.`;
  return new CodedError('INPUT_UNKNOWN_TABLE', `table "${shown(text)}" is not among those you may see`, {
    hint,
  });
}

/** The name as given, without quotes of its own, in one line. */
function shown(text: string): string {
  return oneLine(text.replaceAll('"', ''), 140);
}
