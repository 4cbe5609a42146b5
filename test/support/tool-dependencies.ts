// What all tools stand on, over one real database: the tests of every tool build their list from it.
import { createRelationReader } from '../../src/catalog/relation-detail.ts';
import { createSchemaSearch } from '../../src/catalog/search.ts';
import type { ToolDependencies } from '../../src/tools/index.ts';
import { openCore } from './core.ts';
import type { FreshDatabase } from './postgres.ts';

/** The dependencies, and how to let go of the database. */
export type OpenDependencies = { readonly deps: ToolDependencies; readonly close: () => Promise<void> };

/** Opens what `createTools` wants, as the reader of this database. */
export async function openToolDependencies(database: FreshDatabase): Promise<OpenDependencies> {
  const { core } = openCore(database.readerUrl);
  const { schema, read, statements, query } = core;
  const reader = createRelationReader(read, statements);
  return { deps: { schema, reader, search: createSchemaSearch(), query }, close: core.close };
}
