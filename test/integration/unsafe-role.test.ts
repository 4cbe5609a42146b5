// One rule for everything that analysts reach: as a role that could change data nothing is read, unless the operator insists.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Core } from '../../src/app/core.ts';
import { createRelationReader } from '../../src/catalog/relation-detail.ts';
import { createSchemaSearch } from '../../src/catalog/search.ts';
import { createTools } from '../../src/tools/index.ts';
import { createResources, createResourceTemplates } from '../../src/tools/resources/index.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { openCore } from '../support/core.ts';
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts';
import { callContext } from '../support/schema-tools.ts';

const calls = {
  query: { sql: 'select 1' },
  explain: { sql: 'select 1' },
  list_tables: {},
  search_schema: { query: 'orders' },
  describe_table: { table: 'public.orders' },
} as const;

const refusal = {
  code: 'DB_ROLE_UNSAFE',
  message: 'the role of this server could change data, so nothing is read with it',
};

/** What the product's surface is made of over this core. */
function surfaceOf({ schema, read, statements, query }: Core) {
  const reader = createRelationReader(read, statements);
  const limits = { statementTimeoutMs: 1, maxRows: 1, maxResultBytes: 1, allowFunctions: [], schemas: [] };
  return {
    tools: createTools({ schema, reader, search: createSchemaSearch(), query }),
    overview: createResources({ schema, reader, limitsFor: () => limits }).find(
      ({ uri }) => uri === 'schema://overview',
    ),
    templates: createResourceTemplates({ schema, reader, limitsFor: () => limits }),
  };
}

describe('a role that could change data', () => {
  let fresh: FreshDatabase;
  let unsafe: Core;
  let insisted: Core;

  beforeAll(async () => {
    fresh = await freshDatabase({ prepare: 'create table public.orders (order_id int primary key)' });
    unsafe = openCore(fresh.adminUrl).core;
    insisted = openCore(fresh.adminUrl, { database: { allowUnsafeRole: true } }).core;
  });
  afterAll(async () => {
    await Promise.all([unsafe.close(), insisted.close()]);
    await fresh.drop();
  });

  it('is tried with every tool that there is', () => {
    expect(surfaceOf(unsafe).tools.map(({ name }) => name)).toEqual(Object.keys(calls));
  });

  it.each(Object.entries(calls))('makes %s refuse, unless the operator insists', async (name, given) => {
    const runWith = (core: Core) => {
      const tool = surfaceOf(core).tools.find((one) => one.name === name) as Tool;
      return tool.run(tool.input.parse(given), callContext());
    };
    await expect(runWith(unsafe)).rejects.toMatchObject(refusal);
    expect((await runWith(insisted)).text).toMatch(/./);
  });

  it('makes the resources of the schema refuse, unless the operator insists', async () => {
    await expect(surfaceOf(unsafe).overview?.read(callContext())).rejects.toMatchObject(refusal);
    expect(await surfaceOf(insisted).overview?.read(callContext())).toContain('orders');
  });

  it('offers no names to complete, unless the operator insists', async () => {
    const completed = (core: Core) =>
      surfaceOf(core).templates[0]?.complete?.['schema']?.('pu', { ...callContext(), filled: {} });
    expect(await completed(unsafe)).toEqual([]);
    expect(await completed(insisted)).toEqual(['public']);
  });
});
