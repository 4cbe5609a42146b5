// Types that run a user's function over what is read as them: nobody may choose what that function sees.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyCatalog } from '../../src/guard/policy-catalog.ts';
import { defaultGuard } from '../support/default-guard.ts';
import { catalogOf, errorsOf } from '../support/guarded-database.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';

const guard = defaultGuard();
afterAll(() => guard.close());

const prepare = `
create extension hstore;
create schema util;
create function util.refuses_666(x int) returns boolean language plpgsql volatile security definer as $$
begin
  if x = 666 then raise exception 'the check saw %', x; end if;
  return true;
end $$;
create domain public.dom as int check (util.refuses_666(value));
create table public.tt (id int, d public.dom, h hstore, j jsonb, name text);
insert into public.tt values (1, 5, 'd=>666', '{"d":666}', 'a');
create type public.comp as (a int, b public.dom);
create table public.tc (id int, c public.comp, cs public.comp[], ds public.dom[]);
insert into public.tc values (1, row(1, 2), array[row(1, 2)::public.comp], array[5]);
create table public.clean (id int, name text, j jsonb, h hstore);
insert into public.clean values (1, 'a', '{"id":7}', 'id=>7');
`;

const filling = [
  ...[`json_populate_record(t, '{"d":666}')`, `jsonb_populate_record(t, '{"d":666}')`],
  ...['(jsonb_populate_record(t, t.j)).d', 'populate_record(t, h)', 't #= h'],
  ...[
    `jsonb_populate_record((select t from tt t), '{"d":666}')`,
    `jsonb_populate_record(row(1, d), '{"f2":666}')`,
  ],
  ...[`json_populate_recordset(t, '[{"d":666}]')`, `jsonb_populate_record(t::record, '{"d":666}')`],
].map((expression) => `select ${expression} from tt t`);

const fillingElsewhere = [
  `select jsonb_populate_record(c, '{"b":666}') from tc`,
  `select jsonb_populate_record(t, '{"c":{"b":666}}') from tc t`,
  `select * from tt t, jsonb_populate_recordset(t, '[{"d":666}]')`,
  `select jsonb_populate_record(s, '{"d":666}') from (select d from tt) s`,
];

const besideDomains = [
  ...["lag(d, 1, '666') over ()", "array_append(array_agg(d), '666')", "array_position(array_agg(d), '666')"],
  ...[
    "array_cat(array_agg(d), '{666}')",
    "array_agg(d) || '{666}'",
    "array_agg(d) = '{666}'",
    "array[d] = '{666}'",
  ],
  ...["array_agg(d) @> '{666}'", "coalesce(array_agg(d), '{666}')", "array(select d from tt) = '{666}'"],
  ...[
    `array_append(array_agg(d), '666' collate "C")`,
    "array_remove(array_agg(d), '666')",
    "array[d] <@ '{666}'",
  ],
  ...["width_bucket(d, '{666}')", "array_agg(array[d]) = '{{666}}'", "array_fill(d, '{1}') = '{666}'"],
  "lag(array[d], 1, '{666}') over ()",
].map((expression) => `select ${expression} from tt${expression.includes('agg') ? '' : ' limit 1'}`);

const besideRows = [
  ...["coalesce(c, '(1,666)')", "greatest(c, '(1,666)')", "case when id = 2 then c else '(1,666)' end"],
  ...[
    "rank('(1,666)') within group (order by c)",
    "lag(c, 1, '(1,666)') over ()",
    "c in ('(1,666)', '(1,7)')",
  ],
  ...["array_append(array_agg(c), '(1,666)')", `array_agg(c) @> '{"(1,666)"}'`, "array[c, '(1,666)']"],
  ...[`cs = '{"(1,666)"}'`, "ds || '{666}'", "array_append(ds, '666')", "array_position(ds, '666')"],
  ...["ds[1:2] = '{666}'", `coalesce(c, '(1,666)' collate "C")`],
].map((expression) => `select ${expression} from tc`);

const byOtherNames = [
  "select c from tc union all select '(1,666)'",
  "select '(1,666)' union all select c from tc",
  "select id, c from tc union all select 1, '(1,666)'",
  "select c, id from tc union all (select '(1,666)', 1 union all select c, 1 from tc)",
  "select * from tc union all select 1, '(1,666)', null, null",
  "select * from (values ((select c from tc)), ('(1,666)')) v",
  "select z = '{666}' from (select ds as z from tc) s",
  "select z = '{666}' from (select null as z union all select ds from tc) s",
  "select b = '{666}' from (select ds from tc) s(b)",
  "with s(b) as (select ds from tc) select b = '{666}' from s",
  "select array_agg = '{666}' from (select array_agg(d) from tt) s",
  "select u = '{666}' from tc, lateral (select ds) x(u)",
  "with recursive x(c) as (select c from tc union all select '(1,666)' from x) select * from x limit 3",
  "select * from tc t join (select array_agg(d) as e from tt) s on s.e = '{666}'",
  "select exists (select from tc where '{666}' = ds)",
];

const reads = [
  ...[
    "(select d from tt) = '666'",
    "coalesce(d, '666')",
    "d in ('666', '7')",
    "array[d, '666']",
    "greatest(d, '666')",
  ],
  ...[
    "row(id, d) = row('1', '666')",
    "case d when '666' then 1 end",
    "'666' in (select d from tt)",
    "nullif(d, '666')",
  ],
  ...[
    "d between '666' and '667'",
    "first_value(d) over () = '666'",
    "d::text = '666'",
    'lag(d, 1, 6) over ()',
  ],
  ...[
    'jsonb_populate_record(null::clean, j)',
    'null::clean #= h',
    "lag(name, 1, 'x') over ()",
    "lag(d, 1, '6'::int) over ()",
  ],
  ...[
    "name || 'x'",
    "coalesce(name, 'x')",
    "j ->> 'd' = '666'",
    "format('%s', d)",
    "json_build_object('d', d)",
  ],
].map((expression) => `select ${expression} from tt`);

const otherReads = [
  "select max(d) = '666', sum(d) = '666', string_agg(name, ', '), array_agg(name) || '{b}' from tt",
  "select array_to_string(array_agg(d), ',', '-'), jsonb_object_agg(name, d) from tt",
  "select percentile_disc(0.5) within group (order by d), mode() within group (order by d) = '666' from tt",
  "select d from tt union all select '666'",
  "select 'a' as kind, t.* from tt t union all select 'b', t.* from tt t",
  "select 'a', c from tc union all select 'b', c from tc",
  `select jsonb_populate_record(c, '{"id":8}'), c #= h from clean c`,
  "select array_append(ds, 666), ds || array['666']::int[], c is null from tc",
  "select lag(name, 1, 'x') over (), array_agg(name) over () || '{b}' from clean",
];

describe('a domain whose check runs a function of a user', () => {
  let database: FreshDatabase;
  let catalog: PolicyCatalog;
  beforeAll(async () => {
    database = await freshDatabase({ prepare, role: { schemas: ['public'] } });
    // What the role may run is for the grants to say; here they say the worst.
    const grants =
      'grant usage on schema util to public; grant execute on all functions in schema util to public';
    await withClient(database.adminUrl, (client) => client.query(grants));
    catalog = await catalogOf(database);
  });

  const refusals = {
    'a row would be filled with values of types that run a function of a user': [
      ...filling,
      ...fillingElsewhere,
    ],
    'a literal would be read as a type that runs a function of a user': [
      ...besideDomains,
      ...besideRows,
      ...byOtherNames,
    ],
  };

  it.each(Object.entries(refusals))('sees nothing that a caller chose: %s', async (message, attacks) => {
    const passed: string[] = [];
    for (const sql of attacks) {
      const verdict = await guard.check(sql, catalog);
      const said = verdict.accepted ? 'accepted' : `${verdict.error.code}: ${verdict.error.message}`;
      if (said !== `GUARD_TYPE: ${message}`) passed.push(`${sql} -> ${said}`);
    }
    expect(passed).toEqual([]);
  });

  it('would have seen it without the guard', async () => {
    const attacks = Object.values(refusals).flat();
    const errors = await errorsOf(database.readerUrl, attacks);
    expect(attacks.filter((_, at) => errors[at]?.includes('the check saw 666') !== true)).toEqual([]);
  });

  it('sees nothing of a parameter either', async () => {
    for (const sql of [
      'select ds = $1 from tc',
      'select lag(d, 1, $1) over () from tt',
      'select c from tc union all select $1',
    ]) {
      expect(await guard.check(sql, catalog)).toMatchObject({ error: { code: 'GUARD_TYPE' } });
    }
    expect(await guard.check('select ds = $1::int[] from tc where id = $2', catalog)).toMatchObject({
      accepted: true,
    });
  });

  it('stands in the way of no literal that is read as something else', async () => {
    const all = [...reads, ...otherReads];
    const verdicts = await Promise.all(all.map((sql) => guard.check(sql, catalog)));
    expect(all.filter((_, at) => verdicts[at]?.accepted !== true)).toEqual([]);
    const errors = await errorsOf(database.readerUrl, all);
    expect(all.map((sql, at) => `${sql} ${errors[at]}`).filter((_, at) => errors[at] !== '')).toEqual([]);
  });

  it('changes nothing where the operator allows the function', async () => {
    const allowing = defaultGuard({ allowFunctions: ['util.refuses_666'] });
    for (const sql of Object.values(refusals).flat()) {
      expect(await allowing.check(sql, catalog)).toMatchObject({ accepted: true });
    }
    await allowing.close();
  });
});
