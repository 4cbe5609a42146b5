// The list of resources and resource templates: one import and one line for each.
import type { SchemaAccess } from '../find-relation.ts';
import type { Resource, ResourceTemplate } from '../resource.ts';
import { schemaOverview, schemaTable } from './schema.ts';
import { type SqlLimitsFor, sqlRules } from './sql-rules.ts';

/** What the resources stand on. */
export type ResourceDependencies = SchemaAccess & { readonly limitsFor: SqlLimitsFor };

/** Every resource with a fixed URI. */
export function createResources(deps: ResourceDependencies): readonly Resource[] {
  return [schemaOverview(deps), sqlRules(deps.limitsFor)];
}

/** Every family of resources. */
export function createResourceTemplates(deps: ResourceDependencies): readonly ResourceTemplate[] {
  return [schemaTable(deps)];
}
