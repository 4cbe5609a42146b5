// The tools, resources and prompts of the schema over a real database, and a call context for them.

import { createRelationReader } from '../../src/catalog/relation-detail.ts';
import { createSchemaSource } from '../../src/catalog/schema.ts';
import { createSchemaSearch, type SearchSchema } from '../../src/catalog/search.ts';
import { createStatements } from '../../src/catalog/statements.ts';
import type { ReadRows } from '../../src/pg/read-rows.ts';
import type { SchemaAccess } from '../../src/tools/find-relation.ts';
import type { CallContext } from '../../src/tools/tool.ts';

/** What the schema tools stand on, all of it real. */
export function schemaAccess(
  read: ReadRows,
  now?: () => number,
): SchemaAccess & { readonly search: SearchSchema } {
  const statements = createStatements();
  return {
    schema: createSchemaSource({
      read,
      statements,
      schemas: undefined,
      emit: () => undefined,
      ...(now === undefined ? {} : { now, timeOfDay: now }),
    }),
    reader: createRelationReader(read, statements),
    search: createSchemaSearch(),
  };
}

/** A call of an analyst that nobody cancels. */
export function callContext(signal = new AbortController().signal): CallContext {
  return { principal: { name: 'analyst', provedBy: 'local' }, signal, emit: () => undefined };
}
