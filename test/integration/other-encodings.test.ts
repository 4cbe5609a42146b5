// Databases that are not in UTF-8: everything of ours works there, and cells are exact as far as there are letters for them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeTable } from '../../src/tools/describe_table.ts';
import { type OpenCore, openCore } from '../support/core.ts';
import { type OwnReader, openReader } from '../support/own-reader.ts';
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts';
import { ask } from '../support/run.ts';
import { callContext, schemaAccess } from '../support/schema-tools.ts';

const role = { schemas: ['public'] };

async function describedBy(reader: OwnReader, table: string): Promise<string> {
  const tool = describeTable(schemaAccess(reader.read));
  return (await tool.run({ table, detail: 'full' }, callContext())).text;
}

describe('a database in LATIN1', () => {
  let fresh: FreshDatabase;
  let open: OpenCore;
  let reader: OwnReader;
  beforeAll(async () => {
    const prepare = `create table public."Straße" (name text, n int); insert into public."Straße" values ('Jörg', 1);
      comment on table public."Straße" is 'Wie groß?'`;
    fresh = await freshDatabase({ encoding: 'LATIN1', prepare, role });
    open = openCore(fresh.readerUrl);
    reader = await openReader(fresh.readerUrl);
  });
  afterAll(async () => {
    await open.core.close();
    await reader.close();
    await fresh.drop();
  });

  it('is read, checked and ready', async () => {
    expect(
      (await ask(open.core, 'select name, length(name) from "Straße" where name like \'%ö%\'')).data.rows,
    ).toEqual([['Jörg', 4]]);
    expect(await open.core.readiness(AbortSignal.timeout(20_000))).toBeUndefined();
  });

  it('is described, whatever the name that is asked for', async () => {
    expect(await describedBy(reader, 'public."Straße"')).toContain('Wie groß?');
    await expect(describedBy(reader, 'public."漢字"')).rejects.toMatchObject({ code: 'INPUT_UNKNOWN_TABLE' });
  });

  it('says which character it does not have', async () => {
    await expect(ask(open.core, "select '漢'")).rejects.toMatchObject({
      code: 'DB_ERROR',
      facts: {
        sqlState: '22P05',
        hint: 'The encoding of the database does not have this character: leave it out, or compare with another one.',
      },
    });
  });
});

describe('a database that does not know its encoding (SQL_ASCII)', () => {
  let fresh: FreshDatabase;
  let open: OpenCore;
  let reader: OwnReader;
  beforeAll(async () => {
    const prepare = `create table public.words (word text); insert into public.words values ('Jörg'), (convert_from('\\xe9', 'SQL_ASCII'));
      do $$ begin execute format('create table public.%I (x int)', 'odd' || convert_from('\\xe9', 'SQL_ASCII')); end $$`;
    fresh = await freshDatabase({ encoding: 'SQL_ASCII', prepare, role });
    open = openCore(fresh.readerUrl);
    reader = await openReader(fresh.readerUrl);
  });
  afterAll(async () => {
    await open.core.close();
    await reader.close();
    await fresh.drop();
  });

  it('is read, though names and values in it are no UTF-8', async () => {
    expect((await ask(open.core, 'select word, word::bytea from words')).data.rows).toEqual([
      ['Jörg', '\\x4ac3b67267'],
      ['\ufffd', '\\xe9'],
    ]);
    expect(await open.core.readiness(AbortSignal.timeout(20_000))).toBeUndefined();
  });

  it('is described, with what is no UTF-8 replaced', async () => {
    expect(await describedBy(reader, 'words')).toContain('word text');
    expect((await open.core.schema.current()).relations.map(({ name }) => name)).toEqual([
      'odd\ufffd',
      'words',
    ]);
  });
});
