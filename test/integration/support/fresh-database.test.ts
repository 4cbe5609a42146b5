// The test support itself: databases are separate, readers only read, leftovers are named.
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { freshDatabase, withClient } from '../../support/postgres.ts';
import { hasGuardFixture } from '../../support/postgres-templates.ts';

describe('freshDatabase', () => {
  it('gives a database whose reader sees what was prepared and cannot write to it', async () => {
    const db = await freshDatabase({ prepare: 'create table public.t as select 1 as x' });
    const rows = await withClient(db.readerUrl, (client) => client.query('select x from t'));
    expect(rows.rows).toEqual([{ x: 1 }]);
    const write = withClient(db.readerUrl, (client) =>
      client.query('begin read write; insert into t values (2)'),
    );
    await expect(write).rejects.toMatchObject({ code: '42501', message: 'permission denied for table t' });
    await db.drop();
  });

  it('gives each caller a database of its own', async () => {
    const [one, two] = await Promise.all([
      freshDatabase({ prepare: 'create table public.only_here (x int)' }),
      freshDatabase(),
    ]);
    const missing = withClient(two.readerUrl, (client) => client.query('select from only_here'));
    await expect(missing).rejects.toMatchObject({
      code: '42P01',
      message: 'relation "only_here" does not exist',
    });
    await Promise.all([one.drop(), two.drop()]);
  });

  it('names the connection that a test left open', async () => {
    const db = await freshDatabase();
    const forgotten = new pg.Client({ connectionString: db.readerUrl, application_name: 'forgotten' });
    forgotten.on('error', () => undefined);
    await forgotten.connect();
    await expect(db.drop()).rejects.toThrow(/connections left to the test's database:\n.*forgotten/);
  });

  it('clones the demo fleet, readable in all of its schemas', async () => {
    const db = await freshDatabase({ template: 'fleet' });
    const { rows } = await withClient(db.readerUrl, (client) =>
      client.query(
        'select (select count(*) from trips)::int as trips, (select count(*) from reporting.fuel_economy) > 0 as seen',
      ),
    );
    expect(rows).toEqual([{ trips: 12298, seen: true }]);
    await db.drop();
  });

  it.skipIf(!hasGuardFixture)(
    'clones the shared guard fixture (skipped where it is not beside the project)',
    async () => {
      const db = await freshDatabase({ template: 'guard-fixture' });
      const { rows } = await withClient(db.readerUrl, (client) =>
        client.query('select count(*)::int as n from reporting.trips'),
      );
      expect(rows).toEqual([{ n: 20000 }]);
      await db.drop();
    },
  );
});
