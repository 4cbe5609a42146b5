// Completes half-typed schema and table names from the snapshot; where there is no schema to read it offers nothing.
import { nearestRelations } from '../catalog/nearest.ts';
import type { SchemaCatalog } from '../catalog/relation.ts';
import type { SchemaSource } from '../catalog/schema.ts';
import { relationLabel } from './relation-text.ts';
import type { Complete } from './resource.ts';

/** Names of schemas. */
export function completeSchema(schema: SchemaSource): Complete {
  return completing(schema, (catalog, value) => fitting(filledSchemas(catalog), value));
}

/** Bare names of the tables of the schema that is filled in beside it; of all schemas where none is. */
export function completeTable(schema: SchemaSource): Complete {
  return completing(schema, (catalog, value, filled) => {
    const here = catalog.relations.filter(
      (one) => filled['schema'] === undefined || one.schema === filled['schema'],
    );
    return fitting([...new Set(here.map((relation) => relation.name))], value);
  });
}

/** `schema.table` as SQL wants it, found by either part; the nearest names where nothing fits. */
export function completeQualifiedTable(schema: SchemaSource): Complete {
  return completing(schema, (catalog, value) => {
    const found = fitting(catalog.relations.map(relationLabel), value);
    return found.length > 0 || value === '' ? found : nearestRelations(catalog, value, 5);
  });
}

function completing(
  schema: SchemaSource,
  names: (
    catalog: SchemaCatalog,
    value: string,
    filled: Readonly<Record<string, string>>,
  ) => readonly string[],
): Complete {
  return async (value, context) => {
    // A keystroke is no reason for an error: without a database there is nothing to offer.
    const catalog = await schema.current(context.signal).catch(() => undefined);
    return catalog === undefined ? [] : names(catalog, value, context.filled);
  };
}

function filledSchemas(catalog: SchemaCatalog): readonly string[] {
  return catalog.schemas.filter((schema) => schema.relations.length > 0).map((schema) => schema.name);
}

/** Names that begin with the value, then those that hold it elsewhere. */
function fitting(names: readonly string[], value: string): readonly string[] {
  const wanted = value.toLowerCase();
  const begins = names.filter((name) => name.toLowerCase().startsWith(wanted));
  const holds = names.filter((name) => name.toLowerCase().indexOf(wanted) > 0);
  return [...begins, ...holds];
}
