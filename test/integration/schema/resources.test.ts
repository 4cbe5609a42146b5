// The schema resources, the prompts and the completion of names on real Postgres.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/base/errors.ts';
import { createPrompts } from '../../../src/tools/prompts/index.ts';
import type { Complete } from '../../../src/tools/resource.ts';
import { createResources, createResourceTemplates } from '../../../src/tools/resources/index.ts';
import { type OwnReader, openReader } from '../../support/own-reader.ts';
import type { FreshDatabase } from '../../support/postgres.ts';
import { schemaFixture } from '../../support/schema-fixture.ts';
import { callContext, schemaAccess } from '../../support/schema-tools.ts';

const limits = {
  statementTimeoutMs: 30_000,
  maxRows: 10_000,
  maxResultBytes: 1_048_576,
  schemas: [],
  allowFunctions: [],
};

let database: FreshDatabase;
let reader: OwnReader;

beforeAll(async () => {
  database = await schemaFixture();
  reader = await openReader(database.readerUrl);
});

afterAll(async () => {
  await reader.close();
  await database.drop();
});

const surface = () => {
  const access = { ...schemaAccess(reader.read), limitsFor: () => limits };
  const [template] = createResourceTemplates(access);
  return { resources: createResources(access), template: template!, prompts: createPrompts(access) };
};

/** The same, over a database that cannot be reached. */
const deafSurface = () => {
  const read = async () => {
    throw new CodedError('DB_UNREACHABLE', 'the database cannot be reached');
  };
  const access = { ...schemaAccess(read), limitsFor: () => limits };
  return { template: createResourceTemplates(access)[0]!, prompts: createPrompts(access) };
};

const completed = (complete: Complete | undefined, value: string, filled: Record<string, string> = {}) =>
  complete!(value, { ...callContext(), filled });

describe('schema resources', () => {
  it('gives an overview of everything that may be read', async () => {
    const overview = surface().resources.find((resource) => resource.uri === 'schema://overview');
    const text = await overview!.read(callContext());
    expect(text).toContain('schema shop — Orders and their customers (14 tables)');
    expect(text).toContain('shop.orders  table  ~1,200 rows  — One row per order');
    expect(text).not.toMatch(/hidden|audits/);
  });

  it('gives the page of a table under its URI, exactly as spelt', async () => {
    const { template } = surface();
    const variables = { schema: 'shop', table: 'Price List' };
    expect(await template.read('schema://shop/Price%20List', variables, callContext())).toContain(
      '"Item No"',
    );
    await expect(
      template.read('schema://shop/price%20list', { schema: 'shop', table: 'price list' }, callContext()),
    ).rejects.toMatchObject({
      code: 'INPUT_UNKNOWN_TABLE',
      message: 'table "shop.price list" is not among those you may see',
    });
  });

  it('lists tables with URIs that can be parsed', async () => {
    const listed = await surface().template.list!(callContext());
    expect(listed).toHaveLength(17);
    expect(listed.map((one) => one.uri)).toContain('schema://shop/Price%20List');
    for (const { uri } of listed) expect(URL.canParse(uri)).toBe(true);
  });

  it('lists nothing instead of failing while the database cannot be reached', async () => {
    expect(await deafSurface().template.list!(callContext())).toEqual([]);
  });
});

describe('completion', () => {
  it('completes schemas, and tables of the schema that is filled in', async () => {
    const { complete } = surface().template;
    expect(await completed(complete?.['schema'], 's')).toEqual(['shop']);
    expect(await completed(complete?.['schema'], '')).toEqual(['archive', 'shop']);
    expect(await completed(complete?.['table'], 'cust', { schema: 'archive' })).toEqual(['customers']);
    expect(await completed(complete?.['table'], 'orders', { schema: 'shop' })).toEqual([
      'orders',
      'open_orders',
    ]);
  });

  it('completes a prompt’s table by either part of its name and forgives typos', async () => {
    const prompt = surface().prompts.find((one) => one.name === 'compare_periods');
    const table = prompt?.arguments.find((argument) => argument.name === 'table')?.complete;
    expect(await completed(table, 'shop.ord')).toEqual(['shop.order_lines', 'shop.orders']);
    expect(await completed(table, 'ordres')).toContain('shop.orders');
  });

  it('offers nothing instead of failing while the database cannot be reached', async () => {
    expect(await completed(deafSurface().template.complete?.['schema'], 's')).toEqual([]);
  });
});
