// What all tools stand on, over one real database: the tests of every tool build their list from it.
import type { ToolDependencies } from '../../src/tools/index.ts';
import { openReader } from './own-reader.ts';
import type { FreshDatabase } from './postgres.ts';
import { schemaAccess } from './schema-tools.ts';

/** The dependencies, and how to let go of the database. */
export type OpenDependencies = { readonly deps: ToolDependencies; readonly close: () => Promise<void> };

/** Opens what `createTools` wants, as the reader of this database. */
export async function openToolDependencies(database: FreshDatabase): Promise<OpenDependencies> {
  const reader = await openReader(database.readerUrl);
  return { deps: schemaAccess(reader.read), close: () => reader.close() };
}
