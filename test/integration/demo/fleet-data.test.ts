// The demo's data: the same rows everywhere, every thing explained, and findings where they are promised.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFleet } from '../../../src/demo/fleet-data.ts';
import { type FreshDatabase, freshDatabase } from '../../support/postgres.ts';

let db: FreshDatabase;
let client: pg.Client;

beforeAll(async () => {
  db = await freshDatabase({ template: 'fleet' });
  client = new pg.Client({ connectionString: db.readerUrl });
  await client.connect();
});
afterAll(() => client.end());

async function rows(sql: string): Promise<unknown[][]> {
  return (await client.query({ text: sql, rowMode: 'array' })).rows;
}

/** Rows and md5 of all rows as text, for each base table. */
async function checksums(of: pg.Client): Promise<Record<string, string>> {
  await of.query("set timezone = 'UTC'");
  const { rows: tables } = await of.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name from pg_class join pg_namespace n on n.oid = relnamespace
     where relkind in ('r', 'p', 'm') and not relispartition and nspname !~ '^(pg_|information)' order by 1`,
  );
  const sums: Record<string, string> = {};
  for (const { name } of tables) {
    const sum = await of.query<{ n: string; md5: string }>(
      `select count(*) as n, left(md5(string_agg(t::text, chr(10) order by t::text collate "C")), 8) as md5 from ${name} t`,
    );
    sums[name] = `${sum.rows[0]!.n} rows, ${sum.rows[0]!.md5}`;
  }
  return sums;
}

describe('the fleet data', () => {
  it('are the same rows on every machine and version', async () => {
    expect(await checksums(client)).toMatchInlineSnapshot(`
      {
        "fuel.fills": "897 rows, 67a58e8e",
        "fuel.stations": "36 rows, 66e4a9d4",
        "fuel.tank_readings": "7200 rows, b0d40908",
        "reporting.daily_vehicle": "3114 rows, 284e83ad",
        "tickets.categories": "7 rows, 1b0bf816",
        "tickets.events": "881 rows, 3b4c8777",
        "tickets.tickets": "181 rows, 70104dc4",
        "tracksolid.alarms": "1651 rows, 8c1158cf",
        "tracksolid.depots": "6 rows, 97a18253",
        "tracksolid.devices": "60 rows, 2a354e28",
        "tracksolid.drivers": "72 rows, b3997bcd",
        "tracksolid.positions": "49040 rows, 8378719b",
        "tracksolid.trips": "12298 rows, 89c4ef73",
        "tracksolid.vehicles": "60 rows, 7f949f40",
      }
    `);
  });

  it('move with the as-of date', async () => {
    const empty = await freshDatabase();
    const admin = new pg.Client({ connectionString: empty.adminUrl });
    await admin.connect();
    await loadFleet(admin, { asOf: '2027-03-15' });
    const { rows: found } = await admin.query(
      "select max(started_at) < '2027-03-15' as before, max(started_at) > '2027-03-13' as near from tracksolid.trips",
    );
    expect(found).toEqual([{ before: true, near: true }]);
    await expect(loadFleet(admin)).rejects.toMatchObject({ code: '42P06' });
    await admin.end();
  });

  it('explain every schema, table and view, and leave nothing of their making behind', async () => {
    const silent = await rows(
      `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = relnamespace
       where relkind in ('r', 'p', 'v', 'm') and not relispartition and nspname !~ '^(pg_|information)'
         and obj_description(c.oid, 'pg_class') is null
       union all
       select nspname from pg_namespace where nspname !~ '^(pg_|information|public)' and obj_description(oid, 'pg_namespace') is null`,
    );
    expect(silent).toEqual([]);
    expect(await rows("select nspname from pg_namespace where nspname = 'demo_make'")).toEqual([]);
  });

  it('hide a thief: four vehicles lose fuel at night, one of them hundreds of litres', async () => {
    const [worst, ...others] = await rows(
      'select plate, sum(lost_litres)::int from reporting.tank_drops group by plate order by 2 desc',
    );
    expect(worst).toEqual(['KS-NN 2419', 264]);
    expect(others).toHaveLength(3);
  });

  it('hide a depot whose economy falls from week to week, and only one', async () => {
    const found = await rows(
      `select depot from reporting.fuel_economy group by depot
       having regr_slope(l_per_100km / rated_l_per_100km, week - date '2026-01-01') > 0.001`,
    );
    expect(found).toEqual([['Messe']]);
  });

  it('hide two drivers who idle at night', async () => {
    expect(await rows('select distinct driver from reporting.night_idling order by 1')).toEqual([
      ['Jan Dvořák 36'],
      ['Mehmet Albrecht 6'],
    ]);
  });

  it('hide a firmware whose devices come back ten times as often', async () => {
    const [first, second] = await rows(
      'select firmware, tickets_per_device from reporting.firmware_tickets order by 2 desc',
    );
    expect(first![0]).toBe('4.1.7');
    expect(Number(first![1]) / Number(second![1])).toBeGreaterThan(5);
  });

  it('hide a fuel card that buys more than the tank holds, at one station', async () => {
    const [first] = await rows(
      `select station_id, count(*)::int from fuel.fills join tracksolid.vehicles using (vehicle_id)
       where litres > tank_litres group by 1 order by 2 desc`,
    );
    expect(first).toEqual([17, 16]);
  });
});
