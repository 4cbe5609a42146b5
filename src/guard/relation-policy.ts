// Judges a relation by schema and name: the operator's schemas, secrets of the system; it leaves grants to Postgres.
import type { PolicyCatalog } from './policy-catalog.ts';
import type { Objection } from './refusal.ts';
import {
  deniedCatalogRelations,
  deniedExtensionRelations,
  deniedInformationViews,
  deniedQualifiedRelations,
} from './relation-lists.ts';

/** Judges a relation as written; a name that no catalog knows is Postgres' to refuse (42P01). */
export type RelationPolicy = (schema: string | undefined, name: string) => Objection;

/** `schemas`: those the operator lets analysts see; undefined leaves it to the role's grants. */
export function createRelationPolicy(
  catalog: PolicyCatalog,
  schemas: readonly string[] | undefined,
): RelationPolicy {
  const served = schemas === undefined ? undefined : new Set(schemas);
  const schemasOf = new Map<string, string[]>();
  for (const { schema, name } of catalog.relations) {
    schemasOf.set(name, [...(schemasOf.get(name) ?? []), schema]);
  }
  const resolved = (name: string): string | undefined =>
    catalog.searchPath.find((schema) => schemasOf.get(name)?.includes(schema));
  return (schema, name) => {
    if (deniedExtensionRelations.has(name)) return systemRelation(schema, name);
    if (schema === undefined) {
      if (deniedCatalogRelations.has(name)) return systemRelation(undefined, name);
      const found = resolved(name);
      return found === undefined ? undefined : outside(found, name, served);
    }
    if (/^pg_(?:toast|temp)/.test(schema)) return systemRelation(schema, name);
    if (schema === 'pg_catalog')
      return deniedCatalogRelations.has(name) ? systemRelation(schema, name) : undefined;
    if (schema === 'information_schema') return informationView(name);
    if (deniedQualifiedRelations.has(`${schema}.${name}`)) return systemRelation(schema, name);
    return outside(schema, name, served);
  };
}

function informationView(name: string): Objection {
  const denied = deniedInformationViews.has(name) || name.startsWith('_pg_');
  return denied ? systemRelation('information_schema', name) : undefined;
}

function outside(schema: string, name: string, served: ReadonlySet<string> | undefined): Objection {
  if (served === undefined || served.has(schema)) return undefined;
  return {
    message: `relation "${schema}.${name}" is outside the schemas that are served`,
    hint: `Use list_tables to see what is there; served are ${[...served].join(', ')}.`,
  };
}

function systemRelation(schema: string | undefined, name: string): Objection {
  const written = schema === undefined ? name : `${schema}.${name}`;
  return {
    message: `relation "${written}" is not served: it shows secrets, source texts or the work of other sessions`,
    hint: hintFor(name),
  };
}

function hintFor(name: string): string {
  if (name === 'pg_settings')
    return 'Use SHOW with the name of one harmless setting, for example SHOW TimeZone.';
  if (name.startsWith('pg_stats') || name.startsWith('pg_statistic'))
    return 'Aggregate the table itself instead.';
  if (['pg_proc', 'routines'].includes(name)) return 'Leave it out; functions are not part of the data.';
  if (['pg_views', 'views'].includes(name))
    return 'Use list_tables and describe_table to see views and their columns.';
  return 'Use list_tables and describe_table to see what is there.';
}
