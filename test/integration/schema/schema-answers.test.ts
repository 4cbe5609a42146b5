// Full answers of list_tables, search_schema and describe_table on real Postgres, one snapshot file each.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeTable } from '../../../src/tools/describe_table.ts';
import { listTables } from '../../../src/tools/list_tables.ts';
import { searchSchema } from '../../../src/tools/search_schema.ts';
import type { Tool, ToolAnswer } from '../../../src/tools/tool.ts';
import { type OwnReader, openReader } from '../../support/own-reader.ts';
import { type FreshDatabase, withClient } from '../../support/postgres.ts';
import { schemaFixture } from '../../support/schema-fixture.ts';
import { callContext, schemaAccess } from '../../support/schema-tools.ts';

let database: FreshDatabase;
let reader: OwnReader;
let tools: Readonly<Record<'list' | 'search' | 'describe', Tool>>;
const clock = { nowMs: Date.parse('2026-11-21T12:00:00Z'), broken: false };

beforeAll(async () => {
  database = await schemaFixture();
  reader = await openReader(database.readerUrl);
  const access = schemaAccess(reader.read, () => clock.nowMs);
  tools = { list: listTables(access), search: searchSchema(access), describe: describeTable(access) };
});

afterAll(async () => {
  await reader.close();
  await database.drop();
});

const call = (tool: Tool, input: Record<string, unknown>): Promise<ToolAnswer> =>
  tool.run(tool.input.parse(input), callContext());

/** Sizes and days differ between machines; the rest of an answer does not. */
const stable = (text: string): string =>
  text.replace(/~[\d.]+ (bytes|kB|MB)/g, '~SIZE').replace(/analyzed \d{4}-\d\d-\d\d/g, 'analyzed DAY');

const matchesFile = async (name: string, answer: ToolAnswer): Promise<void> => {
  const page = `${stable(answer.text)}\n\n--- structured ---\n${JSON.stringify(answer.structured, null, 1)}\n`;
  await expect(page).toMatchFileSnapshot(`./__snapshots__/${name}.txt`);
};

describe('list_tables', () => {
  it('shows every relation in one line, below its schema', async () => {
    await matchesFile('list_tables', await call(tools.list, {}));
  });

  it('says what was cut and where the next page starts', async () => {
    await matchesFile('list_tables-page', await call(tools.list, { limit: 2, offset: 4 }));
  });

  it.each([
    [{ pattern: 'ord*' }, ['order_lines', 'orders']],
    [{ pattern: 'ORDER' }, ['open_orders', 'order_lines', 'orders']],
    [{ pattern: 'archive.%' }, ['customers', 'logs_2020', 'returns']],
    [{ kind: 'table', schema: 'SHOP', pattern: 'event' }, ['events']],
    [{ kind: 'materialized_view' }, ['never_filled', 'sales_by_day']],
    [{ kind: 'foreign_table' }, ['warehouse_stock']],
  ])('filters by %j', async (input, names) => {
    const { structured } = await call(tools.list, input);
    expect((structured['tables'] as { name: string }[]).map((table) => table.name)).toEqual(names);
  });

  it('names the schemas where nothing fits', async () => {
    const { text } = await call(tools.list, { pattern: 'zzz' });
    expect(text).toBe(
      'No table fits (17 tables in all). Try search_schema, which tolerates typos.\nSchemas: archive (3), shop (14).',
    );
  });

  it('refuses an unknown schema and names the nearest', async () => {
    await expect(call(tools.list, { schema: 'shpo' })).rejects.toMatchObject({
      code: 'INPUT_UNKNOWN_SCHEMA',
      message: 'schema "shpo" is not among those you may see',
      facts: { hint: 'Perhaps you meant shop. Schemas with tables: archive (3), shop (14).' },
    });
  });
});

describe('search_schema', () => {
  it('gives names only where asked for', async () => {
    await matchesFile('search_schema-names', await call(tools.search, { query: 'orders', detail: 'names' }));
  });

  it('shows comments and the columns that fit', async () => {
    await matchesFile(
      'search_schema-summary',
      await call(tools.search, { query: 'customer email', limit: 3 }),
    );
  });

  it('shows all columns in full detail, and says how many are left out', async () => {
    await matchesFile('search_schema-full', await call(tools.search, { query: 'wide', detail: 'full' }));
  });

  it.each([
    ['custmoer', 'customers'],
    ['Order Line', 'order_lines'],
    ['orderline', 'order_lines'],
    ['stock warehouse counts', 'warehouse_stock'],
    ['events by kind', 'events'],
    ['price-list', 'Price List'],
  ])('finds by "%s" first %s', async (query, name) => {
    const { structured } = await call(tools.search, { query });
    expect((structured['matches'] as { name: string }[])[0]?.name).toBe(name);
  });

  it('says what is nearest and which schemas exist where nothing fits', async () => {
    const { text, structured } = await call(tools.search, { query: 'qqqq' });
    expect(text).toBe(
      'Nothing fits "qqqq".\nSchemas: archive (3), shop (14).\nTry other words, or list_tables.',
    );
    expect(structured).toEqual({ matches: [], total: 0 });
  });

  it('never finds what the reader may not see', async () => {
    const { structured } = await call(tools.search, { query: 'audits secret margin', limit: 100 });
    expect(JSON.stringify(structured)).not.toMatch(/audits|secret/);
  });
});

describe('describe_table', () => {
  it.each([
    'shop.customers',
    'shop.orders',
    'shop.order_lines',
    'shop.keyed',
    'shop.events',
    'shop.warehouse_stock',
    'shop.sales_by_day',
    'shop.never_filled',
    'shop.notes',
    'shop."Price List"',
  ])('describes %s', async (table) => {
    await matchesFile(`describe_table-${table.replace(/\W+/g, '_')}`, await call(tools.describe, { table }));
  });

  it('shows the query of a view in full detail', async () => {
    await matchesFile(
      'describe_table-view',
      await call(tools.describe, { table: 'open_orders', detail: 'full' }),
    );
  });

  it('keeps the query of a view back where that reads something the reader may not see', async () => {
    const { text, structured } = await call(tools.describe, { table: 'shop.audited', detail: 'full' });
    expect(text).toContain('Query: left out, it reads something you may not see');
    expect(structured).not.toHaveProperty('definition');
    expect(text).not.toContain('hidden');
  });

  it('tells columns and keys of a table that is locked', async () => {
    await withClient(database.adminUrl, async (admin) => {
      await admin.query('begin');
      await admin.query('lock table shop.orders in access exclusive mode');
      const { text } = await call(tools.describe, { table: 'shop.orders' });
      expect(text).toContain('customer_id integer not null');
      expect(text).toContain('join shop.customers c on c.customer_id = orders.customer_id');
      await admin.query('rollback');
    });
  });

  it('never names a column that is held back, in no part and at no detail', async () => {
    for (const table of ['shop.order_lines', 'shop.keyed']) {
      const { text, structured } = await call(tools.describe, { table, detail: 'full' });
      expect(`${text}${JSON.stringify(structured)}`).not.toMatch(/secret/);
    }
  });

  it('cuts a wide table, says so, and shows all of it in full detail up to 400 columns', async () => {
    const cut = await call(tools.describe, { table: 'wide' });
    expect(cut.text).toContain('420 columns left out (use detail full): column_81, column_82');
    expect(cut.structured).toMatchObject({ columns_left_out: 420 });
    const full = await call(tools.describe, { table: 'wide', detail: 'full' });
    expect(full.text).toContain('100 columns left out (find one with search_schema): column_401');
  });

  it('leads from a partition to its table', async () => {
    const { text, structured } = await call(tools.describe, { table: 'events_2026_02_a' });
    expect(text).toMatch(/^shop\.events: partitioned table/);
    const note = expect.stringContaining('events_2026_02_a is a partition of it; query the table');
    expect(text).toEqual(note);
    expect(structured['notes']).toEqual([note]);
  });

  it.each(['"Price List"', 'shop.Price List', 'SHOP.ORDERS', ' shop . orders '])(
    'understands %s',
    async (table) => {
      const { structured } = await call(tools.describe, { table });
      expect(structured['schema']).toBe('shop');
    },
  );

  it('refuses a name that fits tables in several schemas and lists them', async () => {
    await expect(call(tools.describe, { table: 'returns' })).rejects.toMatchObject({
      code: 'INPUT_AMBIGUOUS_TABLE',
      message: '"returns" fits 2 tables',
      facts: { hint: 'Write one of shop.returns, archive.returns; in SQL the bare name means shop.returns.' },
    });
  });

  it('refuses an unknown name and names the nearest', async () => {
    await expect(call(tools.describe, { table: 'shop.order_line' })).rejects.toMatchObject({
      code: 'INPUT_UNKNOWN_TABLE',
      message: 'table "shop.order_line" is not among those you may see',
      facts: { hint: expect.stringContaining('Perhaps you meant shop.order_lines') },
    });
  });

  it('treats a table of a hidden schema as one that does not exist', async () => {
    await expect(call(tools.describe, { table: 'hidden.audits' })).rejects.toMatchObject({
      code: 'INPUT_UNKNOWN_TABLE',
      message: 'table "hidden.audits" is not among those you may see',
    });
  });

  it('finds a table that was made after the snapshot was read', async () => {
    await withClient(database.adminUrl, (admin) =>
      admin.query(
        `create table shop.brand_new (id int); grant select on shop.brand_new to "${database.reader}"`,
      ),
    );
    clock.nowMs += 6_000;
    const { text } = await call(tools.describe, { table: 'brand_new' });
    expect(text).toMatch(/^shop\.brand_new: table, never analyzed, rows unknown/);
    await withClient(database.adminUrl, (admin) => admin.query('drop table shop.brand_new'));
  });
});
