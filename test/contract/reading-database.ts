// What every way to Postgres must do, directly or through PgBouncer: run by the tests that name the way.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../src/base/errors.ts';
import { type OpenDatabase, openDatabase } from '../support/database.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const prepare = `
  create schema shop;
  create table shop.orders (id int primary key, note text);
  insert into shop.orders select g, 'note ' || g from generate_series(1, 500) g;
  grant usage on schema shop to public; grant select on shop.orders to public;`;

/** `route` turns the URL of a database into the URL that is under test. */
export function describeReadingDatabase(way: string, route: (url: string) => string): void {
  describe(`reading ${way}`, () => {
    let fresh: FreshDatabase;
    let open: OpenDatabase;

    beforeAll(async () => {
      fresh = await freshDatabase({ prepare, role: { schemas: ['shop'] } });
      open = openDatabase(route(fresh.readerUrl));
    });
    afterAll(async () => {
      await open.database.close();
      await fresh.drop();
    });

    const running = (pattern: string) =>
      withClient(fresh.adminUrl, async (client) => {
        const { rows } = await client.query(
          "select pid from pg_stat_activity where datname = current_database() and state = 'active' and query like $1 and pid <> pg_backend_pid()",
          [pattern],
        );
        return rows.length;
      });

    it('binds parameters and never splices them', async () => {
      const rows = await open.rows('select note from shop.orders where note = $1 or id = $2::int', {
        parameters: ["x' or true --", '7'],
      });
      expect(rows).toEqual([['note 7']]);
    });

    it('fetches no more rows than asked for and says that there are more', async () => {
      const { sink, outcome } = await readCounting(open, 'select * from shop.orders', 11);
      expect(sink.count).toBe(11);
      expect(outcome.rowsLeft).toBe(true);
    });

    it('runs in a read-only transaction with the limits of the request, which end with it', async () => {
      const settings = `select current_setting('transaction_read_only'), current_setting('statement_timeout'),
        current_setting('lock_timeout'), current_setting('application_name'), current_setting('datestyle')`;
      expect(await open.rows(settings, { statementTimeoutMs: 4_321, lockTimeoutMs: 234 })).toEqual([
        ['on', '4321ms', '234ms', 'test/analyst', 'ISO, YMD'],
      ]);
      expect((await open.rows(settings))[0]?.[1]).toBe('10s');
    });

    it.each([
      ['insert into shop.orders values (0)', 'DB_READ_ONLY', '25006'],
      ['create table shop.loot (a int)', 'DB_READ_ONLY', '25006'],
      ['set transaction read write', 'DB_ERROR', '25001'],
      ['select 1; select 2', 'DB_SYNTAX', '42601'],
    ])('has Postgres itself refuse %s', async (sql, code, sqlState) => {
      await expect(open.rows(sql)).rejects.toMatchObject({ code, facts: { sqlState } });
    });

    it('leaves nothing behind for the next user of the connection', async () => {
      const one = openDatabase(route(fresh.readerUrl), { poolMax: 1 });
      try {
        for (const sql of [
          "select set_config('statement_timeout', '0', false), set_config('search_path', 'evil', false)",
          'select pg_advisory_lock(4711)',
          'commit',
        ]) {
          await one.rows(sql);
        }
        await expect(one.rows('select broken')).rejects.toMatchObject({ code: 'DB_UNDEFINED_COLUMN' });
        const [row] = await one.rows(
          "select current_setting('statement_timeout'), current_setting('search_path') like '%evil%', (select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()))",
        );
        expect(row).toEqual(['10s', 'f', '0']);
      } finally {
        await one.database.close();
      }
    });

    it('ends a statement at its time limit and keeps the connection', async () => {
      await expect(open.rows('select pg_sleep(20)', { statementTimeoutMs: 200 })).rejects.toMatchObject({
        code: 'LIMIT_STATEMENT_TIMEOUT',
        facts: { sqlState: '57014' },
      });
      expect(await open.rows('select 1')).toEqual([['1']]);
    });

    it('stops the statement in the server when the caller leaves, and nobody else’s', async () => {
      const leaving = new AbortController();
      const staying = open.rows("select 'stays', pg_sleep(2)");
      const left = open.rows("select 'leaves', pg_sleep(30)", { signal: leaving.signal });
      left.catch(() => undefined);
      await until(async () => (await running("%'leaves'%")) > 0, 'the statement running');
      leaving.abort();
      await expect(left).rejects.toMatchObject({ code: 'CANCELLED', message: 'the call was cancelled' });
      await until(async () => (await running("%'leaves'%")) === 0, 'the statement stopped');
      expect((await staying)[0]?.[0]).toBe('stays');
    });

    it('tells whether the caller left or the server shut down', async () => {
      for (const [reason, told] of [
        [new CodedError('CANCELLED', 'the client cancelled the call'), 'client'],
        [new CodedError('SHUTTING_DOWN', 'the server is shutting down'), 'shutdown'],
      ] as const) {
        const stop = new AbortController();
        const stopped = open.rows("select 'stopped', pg_sleep(30)", { signal: stop.signal });
        stopped.catch(() => undefined);
        await until(async () => (await running("%'stopped'%")) > 0, 'the statement running');
        stop.abort(reason);
        await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
        const event = open.events.findLast(({ kind }) => kind === 'statement_cancelled');
        expect(event).toEqual({ kind: 'statement_cancelled', reason: told });
      }
    });

    it('stops the statement in the server once the reader has enough bytes', async () => {
      const { sink } = await readCounting(
        open,
        "select repeat('x', 1000) from generate_series(1, 5000000)",
        0,
        100_000,
      );
      expect(sink.count).toBeLessThan(200);
      await until(async () => (await running('%5000000%')) === 0, 'the statement stopped');
      expect(await open.rows('select 1')).toEqual([['1']]);
    });

    it('survives COPY, which node-postgres would die of', async () => {
      await open.rows('copy (select 1) to stdout').catch(() => undefined);
      expect(await open.rows('select 1')).toEqual([['1']]);
    });

    it('says where Postgres sees the error, in characters of the text as it was sent', async () => {
      await expect(open.rows("select '😀é',\n  nix from shop.orders")).rejects.toMatchObject({
        code: 'DB_UNDEFINED_COLUMN',
        message: 'column "nix" does not exist',
        facts: { place: { line: 2, column: 3, excerpt: '  nix from shop.orders\n  ^' } },
      });
    });

    it('says that params are missing without losing the connection', async () => {
      await expect(open.rows('select $1::int')).rejects.toMatchObject({ code: 'INPUT_PARAMS' });
      expect(open.count('statement_retried')).toBe(0);
    });
  });
}

async function readCounting(open: OpenDatabase, sql: string, rowLimit: number, maxBytes = 1_000_000) {
  const sink = {
    maxRowBytes: maxBytes,
    count: 0,
    bytes: 0,
    columns: () => undefined,
    row(_bytes: Buffer, start: number, end: number) {
      sink.count++;
      sink.bytes += end - start;
      return sink.bytes < maxBytes;
    },
    oversizedRow: () => undefined,
  };
  const outcome = await open.database.read({
    sql,
    parameters: [],
    rowLimit,
    statementTimeoutMs: 20_000,
    lockTimeoutMs: 1_000,
    applicationName: 'test',
    sink,
  });
  return { sink, outcome };
}
