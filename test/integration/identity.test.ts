// Who asks reaches the database: in pg_stat_activity, in row-level security, and in limits of their own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSurface } from '../../src/app/surface.ts';
import type { Principal } from '../../src/base/principal.ts';
import { analystLimits } from '../../src/config/analyst-limits.ts';
import { type OpenCore, openCore } from '../support/core.ts';
import { pgbouncerMissing, startPgBouncer } from '../support/pgbouncer.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';
import { ask } from '../support/run.ts';
import { callContext } from '../support/schema-tools.ts';
import { until } from '../support/until.ts';

const prepare = `
  create table public.region (name text primary key, owner text not null, visible_to text not null);
  insert into public.region values ('north', 'ann', 'sales'), ('south', 'bob', 'sales'), ('west', 'bob', 'board');
  alter table public.region enable row level security;
  create policy own_or_group on public.region for select using (
    owner = nullif(current_setting('mcp.analyst', true), '')
    or visible_to in (select jsonb_array_elements_text(nullif(current_setting('mcp.groups', true), '')::jsonb)));
  create view public.who as select current_setting('mcp.analyst', true) as analyst, current_setting('mcp.subject', true) as subject,
    current_setting('mcp.email', true) as email, current_setting('mcp.groups', true) as groups,
    current_setting('application_name') as application;`;

const ann: Principal = { name: 'ann', provedBy: 'token' };
const bob: Principal = { name: 'bob', provedBy: 'token' };
const carl: Principal = {
  name: 'carl@example.com',
  provedBy: 'oauth',
  identity: {
    subject: "https://idp.example/|o'hara\\7",
    email: 'carl@example.com',
    groups: ['board', `it's "quoted", \\ and ü`],
    clientId: 'client-1',
    scopes: ['analytics:read'],
  },
};
const silent = () => undefined;
const regions = 'select name from public.region order by 1';

describe('the identity of an analyst', () => {
  let fresh: FreshDatabase;
  let open: OpenCore;
  const rowsFor = async (core: OpenCore['core'], principal: Principal, sql: string) =>
    (await ask(core, sql, silent, principal)).data.rows;

  beforeAll(async () => {
    fresh = await freshDatabase({ prepare });
    open = openCore(fresh.readerUrl, { database: { poolMax: 1 } });
  });
  afterAll(async () => {
    await open.core.close();
    await fresh.drop();
  });

  it('decides through row-level security which rows they see, on the same connection one after the other', async () => {
    expect(await rowsFor(open.core, ann, regions)).toEqual([['north']]);
    expect(await rowsFor(open.core, bob, regions)).toEqual([['south'], ['west']]);
    expect(await rowsFor(open.core, carl, regions)).toEqual([['west']]);
    expect(await rowsFor(open.core, ann, regions)).toEqual([['north']]);
  });

  it.skipIf(pgbouncerMissing !== undefined)(
    `does so behind PgBouncer too${pgbouncerMissing === undefined ? '' : ` (${pgbouncerMissing})`}`,
    async () => {
      const bouncer = await startPgBouncer();
      const through = openCore(bouncer.urlFor(fresh.readerUrl));
      try {
        const seen = await Promise.all(
          [ann, bob, carl, ann, bob].map((who) => rowsFor(through.core, who, regions)),
        );
        expect(seen.map((rows) => rows.flat().join())).toEqual([
          'north',
          'south,west',
          'west',
          'north',
          'south,west',
        ]);
      } finally {
        await through.core.close();
        await bouncer.stop();
      }
    },
  );

  it('stands in the transaction exactly as the identity provider gave it', async () => {
    expect(await rowsFor(open.core, carl, 'select * from public.who')).toEqual([
      [
        carl.name,
        carl.identity?.subject,
        carl.identity?.email,
        JSON.stringify(carl.identity?.groups),
        `test/${carl.name}`,
      ],
    ]);
  });

  it('leaves nothing of one analyst to the next, who has fewer facts', async () => {
    await rowsFor(open.core, carl, 'select 1');
    expect(await rowsFor(open.core, ann, 'select email, groups from public.who')).toEqual([['', '']]);
  });

  it('cannot be changed by the analyst', async () => {
    await expect(
      rowsFor(open.core, ann, "select set_config('mcp.analyst', 'bob', true)"),
    ).rejects.toMatchObject({
      code: 'GUARD_FUNCTION',
      message: expect.stringContaining('set_config'),
    });
    await expect(rowsFor(open.core, ann, "set local mcp.analyst = 'bob'")).rejects.toMatchObject({
      code: 'GUARD_STATEMENT',
    });
  });
});

describe('the formats of a session', () => {
  const forms =
    "select '\\x41'::bytea, date '2026-11-21', interval '1 day 2 hours', 0.1::float8 + 0.2, current_setting('bytea_output')";
  const expected = [['\\x41', '2026-11-21', '1 day 02:00:00', 0.30000000000000004, 'hex']];
  const setOtherwise = (reader: string) =>
    `alter role ${reader} set bytea_output = escape; alter role ${reader} set datestyle = 'German';
     alter role ${reader} set intervalstyle = iso_8601; alter role ${reader} set extra_float_digits = -5`;

  it.each([
    ['directly', false],
    ['behind PgBouncer', true],
  ] as const)('are ours whatever the role says, %s', async (_, pooled) => {
    if (pooled && pgbouncerMissing !== undefined) return;
    const fresh = await freshDatabase({});
    await withClient(fresh.adminUrl, (client) => client.query(setOtherwise(fresh.reader)));
    const bouncer = pooled ? await startPgBouncer() : undefined;
    const { core } = openCore(bouncer?.urlFor(fresh.readerUrl) ?? fresh.readerUrl, {
      database: { poolMax: 1 },
    });
    try {
      for (let round = 0; round < 2; round++) expect((await ask(core, forms)).data.rows).toEqual(expected);
      // A change of the server's own configuration reaches sessions that are open.
      await withClient(fresh.adminUrl, (client) =>
        client.query(`alter database ${fresh.name} set bytea_output = escape`),
      );
      expect((await ask(core, forms)).data.rows).toEqual(expected);
    } finally {
      await core.close();
      await bouncer?.stop();
      await fresh.drop();
    }
  });
});

describe('limits of one analyst', () => {
  let fresh: FreshDatabase;
  let open: OpenCore;
  const rules = analystLimits.parse(
    '*:max_rows=50, ann:queries=1, ann:max_rows=3, @board:max_rows=7, @board:statement_timeout=200ms',
  );

  beforeAll(async () => {
    fresh = await freshDatabase({});
    if ('reason' in rules) throw new Error(rules.reason);
    open = openCore(fresh.readerUrl, {
      analystRules: rules.value,
      queue: { max: 1, timeoutMs: 300 },
    });
  });
  afterAll(async () => {
    await open.core.close();
    await fresh.drop();
  });
  const run = (principal: Principal, sql: string, maxRows?: number) =>
    ask(open.core, { sql, maxRows }, silent, principal);

  it.each([
    ['their name', ann, 3],
    ['their group', carl, 7],
    ['everybody', bob, 50],
  ])('cut an answer at the rows that %s allows', async (_, principal, most) => {
    const exactly = await run(principal, `select generate_series(1, ${most})`, 1000);
    expect(exactly.data).toMatchObject({ row_count: most, truncated: false });
    const over = await run(principal, `select generate_series(1, ${most + 1})`, 1000);
    expect(over.data).toMatchObject({ row_count: most, truncated: true, truncated_by: 'max_rows' });
  });

  it('are the ones that the SQL rules tell them', async () => {
    const { resources } = createSurface(open.core, open.configuration);
    const rules = resources.find(({ uri }) => uri === 'guide://sql-rules');
    const read = (principal: Principal) => rules?.read({ ...callContext(), principal });
    expect(await read(ann)).toMatch(/at most 3 rows.*You may run one query at once\./s);
    expect(await read(carl)).toMatch(/may run 200 ms.*at most 7 rows/s);
    expect(await read(bob)).toMatch(/may run 30 seconds.*at most 50 rows/s);
    expect(await read(bob)).not.toContain('at once');
  });

  it('end a statement at the time that their group allows, and say so', async () => {
    await expect(run(carl, 'select count(*) from generate_series(1, 100000000)')).rejects.toMatchObject({
      code: 'LIMIT_STATEMENT_TIMEOUT',
      message: expect.stringContaining('200 ms'),
    });
  });

  it('let a second query of theirs wait, a third be refused, and those of others run', async () => {
    const slow = 'select count(*) from generate_series(1, 6000000)';
    const before = open.events.length;
    const running = run(ann, slow);
    await until(
      () => open.events.slice(before).some((event) => event.kind === 'pool' && event.inUse === 1),
      'the slow query holding its place',
    );
    const others = Promise.allSettled([run(ann, 'select 1'), run(ann, 'select 1')]);
    expect((await run(bob, 'select 7')).data.rows).toEqual([[7]]);
    const reasons = (await others).map((outcome) =>
      outcome.status === 'rejected' ? outcome.reason : undefined,
    );
    const hint = 'You may run 1 query at once: wait for one of yours to end.';
    expect(reasons.toSorted((one, other) => one.code.localeCompare(other.code))).toMatchObject([
      { code: 'QUEUE_FULL', message: '1 of your queries are already waiting', facts: { hint } },
      { code: 'QUEUE_TIMEOUT', message: 'none of your running queries ended within 300 ms', facts: { hint } },
    ]);
    await running;
    expect((await run(ann, 'select 8')).data.rows).toEqual([[8]]);
  });
});
