// What a connection keeps between statements: what an analyst repeats is parsed once, and nothing of it may ever change
// an answer, reach another analyst, or outlive a statement that was no read.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/base/principal.ts';
import type { RowSink } from '../../src/pg/read-statement.ts';
import type { ReadRequest } from '../../src/pg/statement-run.ts';
import { type OpenDatabase, openDatabase } from '../support/database.ts';
import { pgbouncerMissing, startPgBouncer } from '../support/pgbouncer.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';
import { until } from '../support/until.ts';

// A function that should be STABLE, declared IMMUTABLE as people do: its value becomes a constant of the plan.
const prepare = `
  create table public.trip (id int primary key, driver text not null);
  insert into public.trip values (1, 'ann'), (2, 'bob');
  create function public.me() returns text immutable language sql as $$ select current_setting('mcp.analyst', true) $$;
  alter table public.trip enable row level security;
  create policy own on public.trip for select using (driver = public.me());
  create function public.forget() returns void language plpgsql as $$ begin execute 'deallocate begin'; end $$;
  create table public.wide (id int primary key, a text);
  insert into public.wide values (1, 'one');`;

const ann: Principal = { name: 'ann', provedBy: 'token' };
const bob: Principal = { name: 'bob', provedBy: 'token' };
const timeless: Partial<ReadRequest> = { isTimeless: true, relations: [], principal: ann };
const keptTexts = `select name, statement from pg_prepared_statements where name like 'kept%' order by name`;

/** Keeps the first row, and wants no more at the second. */
class FirstRow implements RowSink {
  readonly maxRowBytes = 1_000;
  first: string | undefined;
  columns(): void {
    this.first = undefined;
  }
  row(bytes: Buffer, start: number, end: number): boolean {
    const isFirst = this.first === undefined;
    // One column: its count (int16) and its length (int32) stand before the text.
    this.first ??= bytes.toString('utf8', start + 6, end);
    return isFirst;
  }
  oversizedRow(): void {}
}

describe('statements that a connection keeps', () => {
  let fresh: FreshDatabase;
  let open: OpenDatabase;

  const asOwner = (sql: string) => withClient(fresh.adminUrl, (client) => client.query(sql));
  const repeat = async (count: number, sql: string, more: Partial<ReadRequest> = {}) => {
    const answers = [];
    for (let run = 0; run < count; run++) answers.push(await open.rows(sql, { ...timeless, ...more }));
    return answers;
  };

  beforeAll(async () => {
    fresh = await freshDatabase({ prepare, role: { schemas: ['public'] } });
    await asOwner(`grant execute on function public.me(), public.forget() to ${fresh.reader}`);
    open = openDatabase(fresh.readerUrl, { poolMax: 1 });
  });
  afterAll(async () => {
    await open.database.close();
    await fresh.drop();
  });

  it('are parsed once from the second time on, and give the same rows each time', async () => {
    const sql = 'select id, a from public.wide where id = $1';
    const relations = [{ schema: 'public', name: 'wide' }];
    const answers = await repeat(9, sql, { parameters: ['1'], relations });
    expect(answers).toEqual(Array.from({ length: 9 }, () => [['1', 'one']]));
    expect(await open.rows(keptTexts)).toContainEqual([expect.stringMatching(/^kept_\d+$/), sql]);
  });

  it('are bound with the parameters and the limits of each run', async () => {
    const sql = "select $1::int, current_setting('statement_timeout')";
    for (const [value, statementTimeoutMs] of [1, 2, 3, 4].map((n) => [String(n), n * 1_000] as const)) {
      const [row] = await open.rows(sql, { ...timeless, parameters: [value], statementTimeoutMs });
      expect(row).toEqual([value, `${Number(value)}s`]);
    }
  });

  it.each<[string, readonly (string | null)[]]>([
    ['null', [null]],
    ['nothing', ['']],
    ['letters of two to four bytes', ['Jörg, 漢字, 🚚']],
    ['half a surrogate pair', ['\ud83d']],
    ['100,000 letters', ['ü'.repeat(100_000)]],
  ])(
    'take %s as a parameter from the second time on as they took it the first time',
    async (_what, parameters) => {
      const sql = `select $1::text, length($1), '${_what}'`;
      const [first, ...later] = await repeat(4, sql, { parameters });
      expect(later).toEqual([first, first, first]);
    },
  );

  it('are not kept where the text means something else tomorrow', async () => {
    await repeat(3, "select date 'today'", { isTimeless: false });
    expect(JSON.stringify(await open.rows(keptTexts))).not.toContain('today');
  });

  it('follow a table whose columns change, without an error', async () => {
    await repeat(3, 'select * from public.wide');
    await asOwner('alter table public.wide add column b int default 7');
    expect((await repeat(3, 'select * from public.wide')).flat()).toEqual([
      ['1', 'one', '7'],
      ['1', 'one', '7'],
      ['1', 'one', '7'],
    ]);
    expect(open.count('statement_retried')).toBe(0);
  });

  it('follow a table that is replaced by another one of its name', async () => {
    await asOwner("create table public.swap (v text); insert into public.swap values ('old')");
    await asOwner(`grant select on public.swap to ${fresh.reader}`);
    await repeat(3, 'select v from public.swap');
    await asOwner(
      `alter table public.swap rename to swap_old; create table public.swap (v text); insert into public.swap values ('new'); grant select on public.swap to ${fresh.reader}`,
    );
    expect(await repeat(2, 'select v from public.swap')).toEqual([[['new']], [['new']]]);
  });

  it.each([
    [
      'a date that became a timestamp',
      "date '2024-01-02'",
      "timestamp using d + time '12:00'",
      'd < $1',
      '2024-01-02 18:00',
    ],
    ['an integer that became larger', '1', 'bigint', 'd < $1', '3000000000'],
    ['an integer that became text', '1', 'text', 'd = $1', '1'],
    ['text whose blanks came to count', "'a'::char(5)", 'text', 'd = $1', 'a '],
    ['text that became a date', "'2024-01-02'", 'date using d::date', 'd = $1', '2 Jan 2024'],
  ])('read a parameter as what its column is now: %s', async (_, value, type, condition, given) => {
    await asOwner(
      `create table public.typed as select ${value} as d, 2.5 as e; grant select on public.typed to ${fresh.reader}`,
    );
    const sql = `select d from typed where ${condition}`;
    const more = { parameters: [given], relations: [{ name: 'typed' }] };
    const answerOf = (request: Partial<ReadRequest>) =>
      open.rows(sql, { ...timeless, ...more, ...request }).catch((error: Error) => error.message);
    const changes = [
      'select',
      `alter table typed alter d type ${type}`,
      'alter table typed rename d to c; alter table typed rename e to d',
    ];
    for (const change of changes) {
      await asOwner(change);
      const asParsedNow = await answerOf({ isTimeless: false });
      for (let run = 0; run < 4; run++) expect(await answerOf({})).toEqual(asParsedNow);
    }
    await asOwner('drop table typed');
  });

  it('read it so too where the change was waited for in the middle of a call', async () => {
    await asOwner(
      `create table public.slow as select date '2024-01-02' as d; grant select on public.slow to ${fresh.reader}`,
    );
    const sql = 'select count(*) from public.slow where d < $1';
    const more = {
      parameters: ['2024-01-02 18:00'],
      relations: [{ schema: 'public', name: 'slow' }],
      lockTimeoutMs: 20_000,
      statementTimeoutMs: 30_000,
    };
    await repeat(3, sql, more);
    await withClient(fresh.adminUrl, async (client) => {
      const waits =
        "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
      await client.query("begin; alter table public.slow alter d type timestamp using d + time '12:00'");
      const answers = repeat(1, sql, more);
      await until(async () => (await asOwner(waits)).rowCount === 1, 'the call waiting for the lock');
      await client.query('commit');
      expect(await answers).toEqual([[['1']]]);
    });
  });

  it('read it so too where the rows are cut', async () => {
    await asOwner(`create table public.long as select g, date '2024-01-02' as d from generate_series(1, 300000) g;
      grant select on public.long to ${fresh.reader}`);
    const ask = async (limit: string) => {
      const sink = new FirstRow();
      const more = { parameters: ['2024-01-02 18:00', limit], relations: [{ name: 'long' }], sink };
      await open.rows('select g from long where d >= $1 order by g limit $2', { ...timeless, ...more });
      return sink.first;
    };
    for (let run = 0; run < 3; run++) expect(await ask('1')).toBe('1');
    await asOwner(
      'alter table public.long alter d type timestamp using d + make_interval(hours => 10 * least(g, 2))',
    );
    expect(await ask('300000')).toBe('2');
  });

  it('end with the table, and name it', async () => {
    await asOwner(`create table public.gone (v int); grant select on public.gone to ${fresh.reader}`);
    await repeat(3, 'select v from public.gone');
    await asOwner('drop table public.gone');
    await expect(repeat(1, 'select v from public.gone')).rejects.toMatchObject({
      code: 'DB_UNDEFINED_TABLE',
      message: 'relation "public.gone" does not exist',
    });
  });

  it('show each analyst their own rows, even where a plan holds who asked', async () => {
    const sql = 'select driver from public.trip';
    for (let round = 0; round < 4; round++) {
      expect(await open.rows(sql, { ...timeless, principal: ann })).toEqual([['ann']]);
      expect(await open.rows(sql, { ...timeless, principal: bob })).toEqual([['bob']]);
    }
  });

  it('are used again after a run that failed or was cut', async () => {
    const sql = 'select 1 / $1::int from generate_series(1, 100000)';
    await repeat(2, sql, { parameters: ['1'] });
    await expect(repeat(1, sql, { parameters: ['0'] })).rejects.toMatchObject({ code: 'DB_ERROR' });
    expect((await repeat(2, sql, { parameters: ['1'], rowLimit: 5 })).map((rows) => rows.length)).toEqual([
      5, 5,
    ]);
  });

  it('are at most 50 on a connection, the ones used last', async () => {
    for (let n = 0; n < 60; n++) await repeat(2, `select ${n} as many`);
    const texts = (await open.rows(keptTexts)).map(([, text]) => text);
    expect(texts).toHaveLength(50);
    expect(texts).toContain('select 59 as many');
    expect(texts).not.toContain('select 0 as many');
  });

  it.each([
    'prepare begin_again as select 1',
    'deallocate all',
    'deallocate begin',
    'listen news',
    'declare c cursor for select 1',
    'discard plans',
    'set local work_mem = 64',
  ])('end with their connection where Postgres ran something that is no read: %s', async (sql) => {
    await repeat(3, 'select 2');
    const before = open.count('connection_discarded');
    // Without our own commands Postgres cannot end the pipeline; that fails in words, and ends the connection too.
    await open.rows(sql).catch((error: unknown) => expect(error).toMatchObject({ code: 'DB_ERROR' }));
    expect(open.count('connection_discarded')).toBe(before + 1);
    expect(open.events.findLast(({ kind }) => kind === 'connection_discarded')).toMatchObject({
      reason: 'changed session',
    });
    expect(await repeat(3, 'select 2')).toEqual([[['2']], [['2']], [['2']]]);
  });

  it('are given up for good where a session turns out to be another one than before', async () => {
    const shared = openDatabase(fresh.readerUrl, { poolMax: 1 });
    try {
      await shared.rows('select 4', timeless);
      // A function of the user's is the one thing that can clear a session in the middle of a read.
      expect(await shared.rows('select public.forget()')).toEqual([['']]);
      for (let run = 0; run < 3; run++) expect(await shared.rows('select 4', timeless)).toEqual([['4']]);
      expect(await shared.rows('select count(*) from pg_prepared_statements')).toEqual([['0']]);
      expect(shared.count('statement_retried')).toBe(0);
    } finally {
      await shared.database.close();
    }
  });

  it.skipIf(pgbouncerMissing !== undefined)(
    `are none behind PgBouncer, where a session is shared${pgbouncerMissing === undefined ? '' : ` (${pgbouncerMissing})`}`,
    async () => {
      const bouncer = await startPgBouncer();
      const through = openDatabase(bouncer.urlFor(fresh.readerUrl), { poolMax: 1 });
      try {
        for (let run = 0; run < 3; run++) expect(await through.rows('select 3', timeless)).toEqual([['3']]);
        expect(await through.rows('select count(*) from pg_prepared_statements')).toEqual([['0']]);
      } finally {
        await through.database.close();
        await bouncer.stop();
      }
    },
  );
});
