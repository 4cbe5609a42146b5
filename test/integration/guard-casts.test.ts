// Casts of users between types of Postgres' own: none of them runs a function that is not allowed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyCatalog } from '../../src/guard/policy-catalog.ts';
import { defaultGuard } from '../support/default-guard.ts';
import { catalogOf, errorsOf } from '../support/guarded-database.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';

const guard = defaultGuard();
afterAll(() => guard.close());

const grants =
  'grant usage on schema util to public; grant execute on all functions in schema util to public';
const prepare = `
create schema util;
create function util.p2i(point) returns int language plpgsql volatile security definer as $$
begin raise exception 'the cast ran'; end $$;
create cast (point as int) with function util.p2i(point) as implicit;
create function util.j2d(jsonb) returns date language plpgsql volatile as $$
begin raise exception 'the cast ran'; end $$;
create cast (jsonb as date) with function util.j2d(jsonb);
create domain public.place as point;
create table public.tt (id int, shape point, spot public.place, j jsonb, name text, b box, n numeric);
insert into public.tt values (1, '(1,2)', '(3,4)', '"2024-01-01"', 'a', '(1,1),(0,0)', 1.5);
`;

const unasked = [
  ...[
    'abs(shape)',
    "repeat('x', shape)",
    'abs(point(1, 2))',
    "abs('(1,2)'::point)",
    'shape + 1',
    '1 + shape',
    'abs(spot)',
  ],
  ...[
    'abs(center(b))',
    'abs(@@ b)',
    'lpad(name, shape)',
    'abs(max(p)) from (select (array_agg(shape))[1] as p from tt) s --',
  ],
  ...[
    '(array[1,2])[shape]',
    'abs(coalesce(shape, spot))',
    'shape = 1',
    'left(name, (select shape from tt limit 1))',
  ],
  ...[
    'abs(case when id = 1 then shape end)',
    'abs(z) from (select shape as z from tt) s --',
    'abs(z) from (select shape from tt) s(z) --',
  ],
].map((expression) => `select ${expression} from tt`);

const written = [
  'shape::int',
  'spot::int',
  'cast(shape as integer)',
  'point(1, 2)::int4',
  'array[shape]::int[]',
].map((expression) => `select ${expression} from tt`);

const reads = [
  ...[
    "'5'::int",
    'id::int',
    'n::int',
    '(n + 1)::int',
    'name is null',
    'shape::text',
    'j::text',
    "(j ->> 'a')::date",
  ],
  ...[
    'name::text',
    'shape <-> point(0, 0)',
    "shape <-> '(0,0)'",
    'shape[0]',
    'b @> shape',
    "box '((0,0),(2,2))' @> shape",
  ],
  ...[
    'count(shape)',
    'abs(id), round(n, 2)',
    "repeat('x', id)",
    "format('%s', shape)",
    'to_jsonb(shape)',
    'array_agg(shape)',
  ],
  ...[
    'coalesce(shape, spot)',
    "coalesce(shape, '(0,0)')",
    "lag(shape, 1, '(0,0)') over ()",
    'shape ~= spot',
    'circle(shape, 2)',
    'array_length(array_agg(shape), 1)',
    'max(id) + 1',
    'shape + shape',
  ],
  ...[
    'abs(shape[0]::float8)',
    "jsonb_array_length('[1]'::jsonb)",
    "extract(year from '2024-01-01'::date)",
    'array[shape]',
    'now()::date',
  ],
].map((expression) => `select ${expression} from tt`);

describe('a cast of a user between built-in types', () => {
  let database: FreshDatabase;
  let catalog: PolicyCatalog;
  beforeAll(async () => {
    database = await freshDatabase({ prepare, role: { schemas: ['public'] } });
    await withClient(database.adminUrl, (client) => client.query(grants));
    catalog = await catalogOf(database);
  });

  const refusals = {
    'a cast from "point" to "int4" is not allowed: it runs "util.p2i"': written,
    'a cast from "jsonb" to "date" is not allowed: it runs "util.j2d"': [
      'select j::date from tt',
      "select (j -> 'a')::date from tt",
    ],
    'a cast that is not written from "point" to "int4" is not allowed: it runs "util.p2i"': unasked,
  };

  it.each(Object.entries(refusals))('is not made: %s', async (message, attacks) => {
    const passed: string[] = [];
    for (const sql of attacks) {
      const verdict = await guard.check(sql, catalog);
      const said = verdict.accepted ? 'accepted' : `${verdict.error.code}: ${verdict.error.message}`;
      if (said !== `GUARD_TYPE: ${message}`) passed.push(`${sql} -> ${said}`);
    }
    expect(passed).toEqual([]);
  });

  it('would have been made without the guard', async () => {
    const attacks = Object.values(refusals).flat();
    const errors = await errorsOf(database.readerUrl, attacks);
    const harmless = attacks
      .map((sql, at) => `${sql} ${errors[at]}`)
      .filter((_, at) => !/the cast ran/.test(errors[at] ?? ''));
    expect(harmless).toEqual([]);
  });

  it('leaves all other casts to the same type, and all calls that take the value as it is', async () => {
    const verdicts = await Promise.all(reads.map((sql) => guard.check(sql, catalog)));
    const said = verdicts.map((verdict) => (verdict.accepted ? '' : verdict.error.message));
    expect(reads.map((sql, at) => `${sql} ${said[at]}`).filter((_, at) => said[at] !== '')).toEqual([]);
    const errors = await errorsOf(database.readerUrl, reads);
    expect(reads.map((sql, at) => `${sql} ${errors[at]}`).filter((_, at) => errors[at] !== '')).toEqual([]);
  });

  it('is not made where a JSON function says its type', async () => {
    for (const sql of [
      "select json_query('1', '$' returning date)",
      "select json_value(j, '$' returning int default shape on empty) from tt",
    ]) {
      expect(await guard.check(sql, catalog)).toMatchObject({ error: { code: 'GUARD_TYPE' } });
    }
    expect(await guard.check("select json_value(j, '$' returning int) from tt", catalog)).toMatchObject({
      accepted: true,
    });
  });

  it('is made where the operator allows its function', async () => {
    const allowing = defaultGuard({ allowFunctions: ['util.p2i', 'util.j2d'] });
    for (const sql of Object.values(refusals).flat()) {
      expect(await allowing.check(sql, catalog)).toMatchObject({ accepted: true });
    }
    await allowing.close();
  });
});
