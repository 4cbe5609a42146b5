// A database of five thousand tables: the catalog stays a matter of three statements, seconds and a few megabytes.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nearestColumns, nearestRelations } from '../../../src/catalog/nearest.ts';
import { readSchema } from '../../../src/catalog/read-schema.ts';
import { createSchemaSearch } from '../../../src/catalog/search.ts';
import { createStatements } from '../../../src/catalog/statements.ts';
import { type OwnReader, openReader } from '../../support/own-reader.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../../support/postgres.ts';

const tables = 5_000;
/** One transaction holds a lock per table, so that they are made a part at a time. */
const tablesPerStatement = 500;
const columns =
  'id bigint, vehicle_id int not null, started_at timestamptz, amount numeric(12,2), note text, kind text';

let database: FreshDatabase;
let reader: OwnReader;

beforeAll(async () => {
  database = await freshDatabase({ prepare: 'create schema big' });
  await withClient(database.adminUrl, async (admin) => {
    for (let from = 1; from <= tables; from += tablesPerStatement) {
      await admin.query(`do $$ begin for i in ${from} .. ${from + tablesPerStatement - 1} loop
        execute format('create table big.table_%s (${columns})', i);
        execute format('comment on table big.table_%s is %L', i, 'what the source system ' || i || ' sends');
        execute format('grant select on big.table_%s to "${database.reader}"', i);
      end loop; end $$`);
    }
    await admin.query(`grant usage on schema big to "${database.reader}"`);
  });
  reader = await openReader(database.readerUrl);
}, 120_000);

afterAll(async () => {
  await reader?.close();
  await database?.drop();
});

describe('five thousand tables', () => {
  it('are read in three statements, in seconds, into less than 30 MB', async () => {
    const before = heapBytes();
    const startedAt = performance.now();
    const catalog = await readSchema(reader.read, createStatements(), undefined, 0);
    const elapsedMs = performance.now() - startedAt;
    expect(reader.statements()).toBe(3);
    expect(catalog.relations).toHaveLength(tables);
    expect(elapsedMs).toBeLessThan(10_000);
    expect(heapBytes() - before).toBeLessThan(30_000_000);
  });

  it('are searched and offered as hints in seconds', async () => {
    const catalog = await readSchema(reader.read, createStatements(), undefined, 0);
    const search = createSchemaSearch();
    const startedAt = performance.now();
    expect((await search(catalog, 'source system 4711', 5)).matches[0]?.relation.name).toBe('table_4711');
    expect(nearestRelations(catalog, 'big.tabel_4711', 3)[0]).toBe('big.table_4711');
    expect(nearestColumns(catalog, [], 'vehicleid', 1)[0]).toMatch(/^big\.table_\d+\.vehicle_id$/);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

/** What is reachable, without garbage. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
