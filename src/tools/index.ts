// The list of tools: one import and one line for each.
import type { RelationReader } from '../catalog/relation-detail.ts';
import type { SchemaSource } from '../catalog/schema.ts';
import type { SearchSchema } from '../catalog/search.ts';
import type { QueryDependencies } from '../query/dependencies.ts';
import { describeTable } from './describe_table.ts';
import { explainTool } from './explain.ts';
import { listTables } from './list_tables.ts';
import { queryTool } from './query.ts';
import { searchSchema } from './search_schema.ts';
import type { Tool } from './tool.ts';

/** What the tools stand on; `app` makes each part once. */
export type ToolDependencies = {
  readonly schema: SchemaSource;
  readonly reader: RelationReader;
  readonly search: SearchSchema;
  readonly query: QueryDependencies;
};

/** Every tool of the product, in the order in which clients list them. */
export function createTools(deps: ToolDependencies): readonly Tool[] {
  return [
    queryTool(deps.query),
    explainTool(deps.query),
    listTables(deps),
    searchSchema(deps),
    describeTable(deps),
  ];
}
