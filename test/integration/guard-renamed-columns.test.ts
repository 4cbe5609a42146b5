// Columns of a table under an alias with a list of names: what the list leaves alone keeps its name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPolicyCatalog } from '../../src/catalog/policy.ts';
import type { PolicyCatalog } from '../../src/guard/policy-catalog.ts';
import { defaultGuard } from '../support/default-guard.ts';
import { openReader } from '../support/own-reader.ts';
import { freshDatabase } from '../support/postgres.ts';

const prepare = `
create table public.wt (gone int, id int, touch int, note text);
alter table public.wt drop column gone;
create function public.touch(public.wt) returns int language sql volatile as 'select 1';
create function public.note(public.wt) returns text language sql volatile as 'select text ''1''';
`;

const guard = defaultGuard();
afterAll(() => guard.close());

describe('a list of names behind the alias of a table', () => {
  let catalog: PolicyCatalog;
  beforeAll(async () => {
    const database = await freshDatabase({ prepare, role: { schemas: ['public'] } });
    const { read, close } = await openReader(database.readerUrl);
    catalog = await loadPolicyCatalog(read).finally(close);
  });

  it.each([
    'select a.touch from wt a(id)',
    'select a.touch, a.note from public.wt as a (one)',
    'select a.note from wt a(one, two)',
    'select a.touch from wt a(touch)',
    'select a.touch from wt a',
  ])('leaves the columns behind it as they are: %s', async (sql) => {
    expect(await guard.check(sql, catalog)).toMatchObject({ accepted: true });
  });

  it.each([
    'select a.touch from wt a(one, two)',
    'select a.note from wt a(one, two, three)',
    'select a.touch from (select 1) a(id)',
  ])('hides the names of the columns that it names: %s', async (sql) => {
    expect(await guard.check(sql, catalog)).toMatchObject({
      accepted: false,
      error: {
        code: 'GUARD_ATTRIBUTE_CALL',
        message: expect.stringContaining('after a dot would call a function'),
      },
    });
  });
});
