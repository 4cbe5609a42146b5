// The road of a query on real Postgres: exact cells, bounded answers, errors that teach, one fact per statement.
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodedError, errorText } from '../../src/base/errors.ts';
import type { ProductEvent } from '../../src/base/events.ts';
import { builtInTypeName } from '../../src/format/column-types.ts';
import { TextRowsSink } from '../../src/pg/read-rows.ts';
import { type OpenCore, openCore } from '../support/core.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';
import { ask, plan } from '../support/run.ts';

const prepare = `
  create type public.mood as enum ('sad', 'happy');
  create domain public.grade as int check (value between 1 and 6);
  create table public.orders (order_id int primary key, customer text, total numeric(12,2), placed_at timestamptz);
  create materialized view public.never_filled as select 1 as n with no data;
  create extension postgres_fdw;
  create server elsewhere foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1');
  create user mapping for public server elsewhere options (user 'x', password 'y');
  create foreign table public.stock (item int) server elsewhere;
  create table public.staff (staff_id int, "Full Name" text, salary int);
  insert into public.orders select g, 'customer ' || g, g * 1.5, timestamptz '2026-01-01 00:00+00' + g * interval '1 hour'
    from generate_series(1, 1000) g;`;

/** Values that other servers round, shift or lose; each must come as the text that Postgres itself prints. */
const asText = [
  '9223372036854775807::int8',
  "'-9223372036854775808'::int8",
  '12345678901234567890.1234567890123456789::numeric',
  "'NaN'::numeric",
  "'Infinity'::numeric",
  '1e400::numeric',
  '0.1::numeric + 0.2',
  '1.50::numeric(10,2)',
  "'NaN'::float8",
  "'-Infinity'::float8",
  "'Infinity'::float4",
  "timestamp '2026-03-29 02:30:00.123456'",
  "timestamptz '2026-10-25 01:30:00.000001+00'",
  "'infinity'::timestamptz",
  "'-infinity'::date",
  "date '0044-03-15 BC'",
  "timestamp '294276-12-31 23:59:59.999999'",
  "date '2026-11-21'",
  "time '24:00:00'",
  "timetz '12:34:56.789012+05:30'",
  "interval '1 year 2 months -3 days 04:05:06.000007'",
  "interval '-00:00:00.000001'",
  "'\\xdeadbeef00'::bytea",
  "''::bytea",
  'array[1, null, 3]',
  "array[['a b', 'c\"d'], ['', 'null']]",
  "'[0:1]={1,2}'::int[]",
  "'{}'::text[]",
  'array[9007199254740993::int8]',
  '\'{"n": 9007199254740993, "x": 1.10}\'::jsonb',
  '\'{"a": 1, "a": 2,  "b": [ ]}\'::json',
  "'null'::jsonb",
  'int8range(1, 9223372036854775807)',
  "tstzrange('2026-01-01', null, '(]')",
  "row(1, 'a,b', null)",
  "'happy'::public.mood",
  "'192.168.0.1/24'::inet",
  "'08:00:2b:01:02:03'::macaddr",
  "'(1.5,-2)'::point",
  "'a fat cat'::tsvector",
  "'c0ffee00-0000-4000-8000-000000000001'::uuid",
  "B'10101'",
  "'1,234.56'::text",
  'E\'tab\\there\\nand "quotes" and \\\\ and ü 😀\'',
  "''",
  "'x'::char(5)",
  "'pg_class'::regclass",
  "'<a>&amp;</a>'::xml",
] as const;

const asJson: readonly (readonly [string, unknown])[] = [
  ['(-32768)::int2', -32768],
  ['2147483647::int4', 2147483647],
  ['0.1::float8', 0.1],
  ['1e300::float8', 1e300],
  ['5e-324::float8', 5e-324],
  ['0.1::float4', 0.1],
  ["'-0'::float8", -0],
  ['123456789012345680::float8', 123456789012345680],
  ['true', true],
  ['false', false],
  ['null::int', null],
  ['null::text', null],
  ['3::public.grade', 3],
];

describe('the road of a query', () => {
  let fresh: FreshDatabase;
  let open: OpenCore;

  beforeAll(async () => {
    fresh = await freshDatabase({ prepare });
    open = openCore(fresh.readerUrl);
  });
  afterAll(async () => {
    await open.core.close();
    await fresh.drop();
  });

  it.each(asText)('gives %s as the text that Postgres prints', async (expression) => {
    const printed = await withClient(fresh.adminUrl, async (client) => {
      await client.query("set datestyle = 'ISO, YMD'");
      const { rows } = await client.query({ text: `select (${expression})::text`, rowMode: 'array' });
      return rows[0]?.[0] as string;
    });
    const { data } = await ask(open.core, `select ${expression} as value`);
    expect(data.rows).toEqual([[expression.endsWith('char(5)') ? 'x    ' : printed]]);
  });

  it.each(asJson)('gives %s as the JSON value %j', async (expression, value) => {
    expect((await ask(open.core, `select ${expression}`)).data.rows).toEqual([[value]]);
  });

  it('keeps columns of the same name apart and names the types of all columns', async () => {
    const { data, text } = await ask(
      open.core,
      "select 1 as a, 2::int8 as a, 'happy'::public.mood, array['sad'::public.mood] m",
    );
    expect(data.columns).toEqual([
      { name: 'a', type: 'int4' },
      { name: 'a', type: 'int8' },
      { name: 'mood', type: 'mood' },
      { name: 'm', type: 'mood[]' },
    ]);
    expect(text).toBe('1 row\na,a,mood,m\n1,2,happy,{sad}\n');
  });

  it('answers a query without rows with its columns', async () => {
    const { data, text } = await ask(open.core, 'select order_id, total from orders where false');
    expect(data).toMatchObject({
      rows: [],
      row_count: 0,
      truncated: false,
      columns: [{ name: 'order_id' }, { name: 'total' }],
    });
    expect(text).toBe('0 rows\norder_id,total\n');
  });

  it('answers a query without columns', async () => {
    expect((await ask(open.core, 'select from orders limit 2')).data.rows).toEqual([[], []]);
  });

  it.each(['UTC', 'Pacific/Auckland', 'America/St_Johns'])(
    'gives the same times whatever the time zone of the server: %s',
    async (zone) => {
      const before = process.env['TZ'];
      process.env['TZ'] = zone;
      try {
        const { data } = await ask(
          open.core,
          "select timestamp '2026-03-29 02:30', date '2026-03-29', timestamptz '2026-03-29 02:30+00' at time zone 'UTC'",
        );
        expect(data.rows).toEqual([['2026-03-29 02:30:00', '2026-03-29', '2026-03-29 02:30:00']]);
      } finally {
        if (before === undefined) delete process.env['TZ'];
        else process.env['TZ'] = before;
      }
    },
  );

  it('gives 200 rows where nothing is said and tells that there are more', async () => {
    const { data, text } = await ask(open.core, 'select order_id from orders order by 1');
    expect(data).toMatchObject({ row_count: 200, truncated: true, truncated_by: 'max_rows' });
    expect(text.split('\n')[0]).toContain('cut by max_rows = 200: raise max_rows (up to 10000)');
  });

  it('gives exactly as many rows as there are without claiming a cut', async () => {
    const { data } = await ask(open.core, { sql: 'select order_id from orders', maxRows: 1000 });
    expect(data).toMatchObject({ row_count: 1000, truncated: false });
    expect((await ask(open.core, { sql: 'select order_id from orders', maxRows: 999 })).data).toMatchObject({
      row_count: 999,
      truncated: true,
      truncated_by: 'max_rows',
    });
  });

  it('never gives more rows than the server allows, whatever is asked', async () => {
    const narrow = openCore(fresh.readerUrl, { limits: { maxRows: 7 } });
    const { data, text } = await ask(narrow.core, { sql: 'select order_id from orders', maxRows: 5000 });
    expect(data.row_count).toBe(7);
    expect(text.split('\n')[0]).toBe(
      '7 rows, more exist; cut by max_rows = 7, the most that may be asked for: aggregate, or narrow the WHERE clause',
    );
    await narrow.core.close();
  });

  it('keeps an answer within the byte limit and says so', async () => {
    const narrow = openCore(fresh.readerUrl, { limits: { maxResultBytes: 10_000 } });
    const { data, text, encoded } = await ask(narrow.core, {
      sql: "select repeat('x', 100) from orders",
      maxRows: 1000,
    });
    expect(data).toMatchObject({ truncated: true, truncated_by: 'max_result_bytes' });
    expect(encoded.structured.length + encoded.text.length).toBeLessThan(10_500);
    expect(text.split('\n')[0]).toContain('cut by the limit of 10000 bytes an answer');
    await narrow.core.close();
  });

  it('answers one huge value with its size and what to select instead', async () => {
    const { data, text } = await ask(
      open.core,
      "select string_agg(customer, '') from orders, generate_series(1, 200)",
    );
    expect(data).toMatchObject({ row_count: 0, truncated: true, truncated_by: 'max_result_bytes' });
    expect(text).toMatch(/^0 rows; the first row alone has \d+ bytes, cut by the limit of 1000000 bytes/);
  });

  it.each([
    ['$1::int8 + 1', ['9223372036854775806'], '9223372036854775807'],
    ['$1::text', ["'; drop table orders; --"], "'; drop table orders; --"],
    ['$1::int[]', [[1, null, 3]], '{1,NULL,3}'],
    ['$1::text[]', [['a,b', 'c"d', 'e\\f', '', 'NULL']], '{"a,b","c\\"d","e\\\\f","","NULL"}'],
    ['$1::jsonb', [{ a: [1, 'x'] }], '{"a": [1, "x"]}'],
    ['$1::numeric', [1.5], '1.5'],
    ['coalesce($1::text, $2)', [null, 'second'], 'second'],
  ])('binds %s', async (expression, params, expected) => {
    expect((await ask(open.core, { sql: `select ${expression}`, params })).data.rows).toEqual([[expected]]);
  });

  it.each([
    ['select $1::int', [], 'the statement has placeholders up to $1, but params has 0 values'],
    [
      'select $2::int, $1::int',
      [1, 2, 3],
      'the statement has placeholders up to $2, but params has 3 values',
    ],
    ['select 1', ['x'], 'the statement has no placeholder, but params has 1 value'],
    [
      'select $1::int8',
      [2 ** 53],
      'params[0] is or holds a number beyond the integers that JSON holds exactly',
    ],
    [
      'select $1::float8',
      [Number.POSITIVE_INFINITY],
      'params[0] is or holds a number beyond the numbers that JSON holds exactly',
    ],
    [
      'select $1, $2::jsonb',
      ['x', { a: [{ b: 2 ** 53 }] }],
      'params[1] is or holds a number beyond the integers that JSON holds exactly',
    ],
    [
      'select $1::text',
      ['\ud800x'],
      'params[0] holds half a character (a lone surrogate), which no Postgres text can hold',
    ],
    ['select $1::text', ['a\u0000b'], 'params[0] holds a NUL character, which no Postgres text can hold'],
  ])('refuses params that do not fit %s', async (sql, params, message) => {
    await expect(ask(open.core, { sql, params })).rejects.toMatchObject({ code: 'INPUT_PARAMS', message });
  });

  it.each([
    ['select * from ordres', 'DB_UNDEFINED_TABLE', /^Did you mean public\.orders\?/],
    ['select custmer from orders', 'DB_UNDEFINED_COLUMN', /^Did you mean public\.orders\.customer\?/],
    ['select o.totl from orders o', 'DB_UNDEFINED_COLUMN', /public\.orders\.total|o\.total/],
    [
      'select weight from orders',
      'DB_UNDEFINED_COLUMN',
      /^public\.orders has order_id, customer, total, placed_at\.$/,
    ],
    ['select 1 + now()', 'DB_UNDEFINED_FUNCTION', /type casts/],
    [
      'select lower(1)',
      'DB_UNDEFINED_FUNCTION',
      /^lower takes \(text\), \(anyrange\) or \(anymultirange\); cast the arguments to fit\.$/,
    ],
    [
      'select round(total::float8, 2) from orders',
      'DB_UNDEFINED_FUNCTION',
      /^round takes \(double precision\), \(numeric\) or \(numeric, integer\); cast the arguments to fit\.$/,
    ],
    ['select max(true)', 'DB_UNDEFINED_FUNCTION', /^max takes (\([a-z ]+\), ){7}\([a-z ]+\) and \d+ more;/],
    [
      "select * from generate_series('2026-01-01', '2026-02-01', '1 day')",
      'DB_ERROR',
      /timestamp with time zone, interval\)/,
    ],
    ["select trim('a', 'b', 'c')", 'DB_UNDEFINED_FUNCTION', /type casts/],
    ['select (select customer from orders)', 'DB_ERROR', /^Make the subquery give one row/],
    ['select 2147483647 + order_id from orders', 'DB_ERROR', /^Cast to bigint or numeric before/],
    ["select customer ~ '(' from orders", 'DB_ERROR', /^Mend the regular expression/],
    ['select ln(0 * total) from orders', 'DB_ERROR', /^Leave rows out for which the function has no value/],
    ['select customer::int from orders', 'DB_ERROR', /^A value that was read does not fit/],
    ['select customer from orders where 1', 'DB_ERROR', /a condition must be a boolean/],
    ['select row_number() from orders', 'DB_ERROR', /^A window function needs OVER/],
    ['select distinct on (customer) * from orders order by total', 'DB_ERROR', /DISTINCT ON by its own/],
    [
      'select customer from orders where row_number() over () = 1',
      'DB_ERROR',
      /^Compute the window function in/,
    ],
    ['select max(count(*)) from orders', 'DB_ERROR', /^Compute the inner one in a subquery/],
    ['select 1 / (total - total) from orders', 'DB_ERROR', /nullif/],
    ["select * from orders where placed_at > '2026-13-01'", 'DB_ERROR', /^Write dates as YYYY-MM-DD/],
    ["select * from orders where order_id = 'x'", 'DB_ERROR', /does not fit the type/],
    [
      'select customer from orders a join orders b using (order_id)',
      'DB_ERROR',
      /^Write the table or its alias/,
    ],
    ['select customer from orders where sum(total) > 3 group by 1', 'DB_ERROR', /HAVING\.$/],
    ["select * from orders where placed_at > now() - '1 day'", 'DB_ERROR', /interval '1 day'\.$/],
    ['select n from never_filled', 'DB_ERROR', /^It was never refreshed; ask the operator/],
    ['select item from stock', 'DB_ERROR', /^The statement is fine: the foreign server/],
    [
      'select customer from orders where customer = "O\'Brien & Sons"',
      'DB_UNDEFINED_COLUMN',
      /^Double quotes make a name; a text takes single quotes\. public\.orders has order_id/,
    ],
    ['select "custmer" from orders', 'DB_UNDEFINED_COLUMN', /^Did you mean public\.orders\.customer\?/],
  ])('teaches how to mend %s', async (sql, code, hint) => {
    await expect(ask(open.core, sql)).rejects.toMatchObject({
      code,
      facts: { hint: expect.stringMatching(hint) },
    });
  });

  it.each([
    ['select $1::jsonb', [[1, 2]], /pass JSON as a string\.$/],
    ['select $1::int', [[1, 2]], /pass JSON as a string\.$/],
    ["select $1::int, 'x'::int", [1], /^The value in quotes does not fit the type/],
  ])('teaches how to bind in %s', async (sql, params, hint) => {
    await expect(ask(open.core, { sql, params })).rejects.toMatchObject({
      facts: { sqlState: '22P02', hint: expect.stringMatching(hint) },
    });
  });

  it('teaches how to give a parameter a type where nothing else does', async () => {
    await expect(ask(open.core, { sql: 'select $1 is null', params: [1] })).rejects.toMatchObject({
      facts: { sqlState: '42P18', hint: 'Say which type the parameter has, for example $1::text.' },
    });
  });

  it('names the columns that may be read where a table may not be read whole', async () => {
    await withClient(fresh.adminUrl, (client) =>
      client.query(`revoke select on public.staff from "${fresh.reader}";
        grant select (staff_id, "Full Name") on public.staff to "${fresh.reader}"`),
    );
    const { core } = openCore(fresh.readerUrl);
    await expect(ask(core, 'select * from staff')).rejects.toMatchObject({
      code: 'DB_PERMISSION',
      facts: { hint: 'You may read only staff_id, "Full Name" of public.staff; name the columns.' },
    });
    await core.close();
  });

  it('binds minus zero as it is', async () => {
    expect((await ask(open.core, { sql: 'select $1::float8', params: [-0] })).data.rows).toEqual([[-0]]);
  });

  it('says whose limit it was where the database has one of its own', async () => {
    await withClient(fresh.adminUrl, (client) =>
      client.query(
        `alter role "${fresh.reader}" in database ${fresh.name} set transaction_timeout = '300ms'`,
      ),
    );
    const { core } = openCore(fresh.readerUrl);
    await expect(
      ask(core, 'select count(*) from orders a, orders b, orders c, orders d'),
    ).rejects.toMatchObject({
      code: 'LIMIT_STATEMENT_TIMEOUT',
      message: 'the database ended the statement at a time limit of its own (transaction_timeout)',
      facts: { sqlState: '25P04', hint: expect.stringContaining('only the operator can raise this limit') },
    });
    await core.close();
    await withClient(fresh.adminUrl, (client) =>
      client.query(`alter role "${fresh.reader}" in database ${fresh.name} reset transaction_timeout`),
    );
  });

  it('ends a statement at the smaller of the two limits and names what to do', async () => {
    const sql = 'select count(*) from orders a, orders b, orders c';
    await expect(ask(open.core, { sql, timeoutMs: 200 })).rejects.toMatchObject({
      code: 'LIMIT_STATEMENT_TIMEOUT',
      message: 'the statement ran longer than 200 ms',
      facts: { sqlState: '57014', hint: expect.stringContaining('raise timeout_ms (up to 30000)') },
    });
  });

  it('tells a cancel by the database’s administrator from a time limit', async () => {
    const running = ask(open.core, 'select count(*) from orders a, orders b, orders c');
    running.catch(() => undefined);
    await withClient(fresh.adminUrl, async (client) => {
      let cancelled = 0;
      while (cancelled === 0) {
        const { rowCount } = await client.query(
          "select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and query like '%orders c' and pid <> pg_backend_pid() and state = 'active'",
        );
        cancelled = rowCount ?? 0;
      }
    });
    await expect(running).rejects.toMatchObject({
      code: 'CANCELLED',
      message: 'the statement was cancelled in the database',
    });
  });

  it('reports one fact per statement, with no SQL text unless the operator wants it', async () => {
    const events: unknown[] = [];
    await ask(open.core, 'select 1', (event) => events.push(event));
    await ask(open.core, 'delete from orders', (event) => events.push(event)).catch(() => undefined);
    await ask(open.core, 'select nix', (event) => events.push(event)).catch(() => undefined);
    expect(events).toMatchObject([
      { kind: 'statement', tool: 'query', principal: 'ann', outcome: 'ok', rows: 1, sql: undefined },
      { kind: 'statement', outcome: 'refused', code: 'GUARD_STATEMENT', sql: undefined },
      {
        kind: 'statement',
        outcome: 'failed',
        code: 'DB_UNDEFINED_COLUMN',
        sqlState: '42703',
        sql: undefined,
      },
    ]);
  });

  it('shows the analyst in pg_stat_activity', async () => {
    const { data } = await ask(open.core, "select current_setting('application_name')");
    expect(data.rows).toEqual([['test/ann']]);
  });

  it('shows a plan as lines with estimates only, and measures only when asked', async () => {
    const estimated = await plan(open.core, 'select customer, sum(total) from orders group by 1 order by 2');
    expect(estimated.lines.join('\n')).toMatch(/Seq Scan on public\.orders .*cost/);
    expect(estimated.lines.join('\n')).toMatch(/<== costliest, \d+% of the cost/);
    expect(estimated.executionMs).toBeUndefined();
    const measured = await plan(open.core, 'select count(*) from orders where order_id = $1', {
      params: [7],
      analyze: true,
    });
    expect(measured.executionMs).toBeGreaterThan(0);
    expect(measured.lines.join('\n')).toContain('actual rows');
  });

  it('places an error of a plan in the text that the caller wrote', async () => {
    await expect(plan(open.core, 'select 1,\n  nix from orders')).rejects.toMatchObject({
      code: 'DB_UNDEFINED_COLUMN',
      facts: { place: { line: 2, column: 3 } },
    });
  });

  it('has no plan for an EXPLAIN or a SHOW', async () => {
    await expect(plan(open.core, 'explain select 1')).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: 'EXPLAIN has no plan of its own',
    });
  });

  it('refuses to query as a role that could change data, and says who can mend it', async () => {
    const unsafe = openCore(fresh.adminUrl);
    await expect(ask(unsafe.core, 'select 1')).rejects.toMatchObject({
      code: 'DB_ROLE_UNSAFE',
      message: 'the role of this server could change data, so nothing is read with it',
    });
    expect(unsafe.events.filter(({ kind }) => kind === 'warning')).toEqual([
      {
        kind: 'warning',
        message: expect.stringMatching(
          /^Nothing is read for analysts, because the role is unsafe: .*attribute SUPERUSER/,
        ),
      },
    ]);
    await unsafe.core.close();
    const insisted = openCore(fresh.adminUrl, { database: { allowUnsafeRole: true } });
    expect((await ask(insisted.core, 'select 1')).data.rows).toEqual([[1]]);
    await insisted.core.close();
  });
});

describe('the road with every connection taken', () => {
  let fresh: FreshDatabase;
  let open: OpenCore;

  /** Holds the only connection for some time. */
  const hold = (seconds: number) =>
    open.core.database.read({
      sql: `select pg_sleep(${seconds})`,
      parameters: [],
      rowLimit: 0,
      statementTimeoutMs: 10_000,
      lockTimeoutMs: 1_000,
      applicationName: 'test',
      sink: new TextRowsSink(),
    });

  beforeAll(async () => {
    fresh = await freshDatabase({ prepare: "create type public.mood as enum ('sad', 'happy')" });
    open = openCore(fresh.readerUrl, { database: { poolMax: 1 }, queue: { timeoutMs: 600 } });
    await ask(open.core, 'select 1');
  });
  afterAll(async () => {
    await open.core.close();
    await fresh.drop();
  });

  it('reports the whole wait of a statement that never had its turn', async () => {
    const told: ProductEvent[] = [];
    const holding = hold(2);
    const waiting = ask(open.core, 'select 1', (event: never) => void told.push(event));
    await expect(waiting).rejects.toMatchObject({ code: 'QUEUE_TIMEOUT' });
    const statement = told.find((event) => event.kind === 'statement');
    expect(statement?.queuedMs).toBeGreaterThan(500);
    await holding;
  });

  it('keeps the rows where the name of their type cannot be had in time', async () => {
    const answer = ask(open.core, "select 'happy'::public.mood as mood");
    // Looked at in every turn of the loop, so that the next in line is this hold and not the question for the name.
    while (open.events.findLast((event) => event.kind === 'pool')?.inUse !== 1) await setImmediate();
    const holding = hold(2);
    expect((await answer).data).toMatchObject({
      columns: [{ name: 'mood', type: 'unknown' }],
      rows: [['happy']],
    });
    await holding;
    expect((await ask(open.core, "select 'sad'::public.mood as mood")).data.columns).toEqual([
      { name: 'mood', type: 'mood' },
    ]);
  });
});

describe('the names of built-in types', () => {
  it('are those of Postgres, arrays included, so that no second question is needed for them', async () => {
    const fresh = await freshDatabase();
    const { rows } = await withClient(fresh.adminUrl, (client) =>
      client.query<{ oid: number; name: string }>(builtInTypesText),
    );
    expect(rows.length).toBeGreaterThan(120);
    for (const { oid, name } of rows) expect([oid, builtInTypeName(oid)]).toEqual([oid, name]);
    await fresh.drop();
  });
});

// What a result can hold: no pseudo-types, no rows of catalogs, and nothing of the planner's or an index's own.
const builtInTypesText = `
  select t.oid::int, case when e.oid is null or t.typcategory <> 'A' then t.typname else e.typname || '[]' end as name
  from pg_type t left join pg_type e on e.oid = t.typelem
  where t.oid < 10000 and t.typnamespace = 'pg_catalog'::regnamespace and t.typtype in ('b', 'r', 'm')
    and t.typrelid = 0 and coalesce(e.typrelid, 0) = 0 and t.typname not in ('char', '_char', 'int2vector', 'oidvector')
    and t.typname !~ '^pg_(node_tree|ddl_command|ndistinct|dependencies|mcv_list|brin_.*)$' and t.typname !~ 'gtsvector$' and t.typname <> '_cstring'`;

describe('the road with the database down', () => {
  const nowhere = 'postgres://reader:secret@127.0.0.1:1/none';

  it('refuses an attack before any connection is tried', async () => {
    const { core, events } = openCore(nowhere);
    await expect(ask(core, 'select pg_sleep(10)')).rejects.toMatchObject({ code: 'GUARD_FUNCTION' });
    await expect(ask(core, 'drop table orders')).rejects.toMatchObject({ code: 'GUARD_STATEMENT' });
    expect(events.filter(({ kind }) => kind !== 'pool')).toEqual([]);
    await core.close();
  });

  it('says of a sound read that the database cannot be reached', async () => {
    const { core } = openCore(nowhere);
    await expect(ask(core, 'select 1')).rejects.toMatchObject({
      code: 'DB_UNREACHABLE',
      message: 'the database cannot be reached',
    });
    await core.close();
  });

  it('tells the log, and only the log, what the driver said', async () => {
    const { core, events } = openCore(nowhere);
    const told: ProductEvent[] = [];
    const emit = (event: never) => void told.push(event);
    const failure = await ask(core, 'select 1', emit).catch((error: unknown) => error as CodedError);
    expect(errorText(failure as CodedError)).not.toContain('ECONNREFUSED');
    const said = expect.stringContaining('connect ECONNREFUSED 127.0.0.1:1');
    expect(told.find(({ kind }) => kind === 'statement')).toMatchObject({ logDetail: said });
    expect(events.find(({ kind }) => kind === 'catalog_failed')).toMatchObject({ reason: said });
    await core.close();
  });
});
