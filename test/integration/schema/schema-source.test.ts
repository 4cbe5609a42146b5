// How the schema snapshot ages: read once for everybody, renewed behind the caller's back, kept when reading fails.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/base/errors.ts';
import type { ProductEvent } from '../../../src/base/events.ts';
import { createSchemaSource } from '../../../src/catalog/schema.ts';
import { createStatements } from '../../../src/catalog/statements.ts';
import { type OwnReader, openReader } from '../../support/own-reader.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../../support/postgres.ts';

let database: FreshDatabase;
let reader: OwnReader;

beforeAll(async () => {
  database = await freshDatabase({ prepare: 'create table public.first (id int)' });
  reader = await openReader(database.readerUrl);
});

afterAll(async () => {
  await reader.close();
  await database.drop();
});

/** A source over the real database whose clock and wire the test holds. */
function heldSource() {
  const held = { nowMs: 1_000_000, timeOfDayMs: Date.parse('2026-11-21T12:00:00Z'), broken: false };
  const events: ProductEvent[] = [];
  const source = createSchemaSource({
    read: (...call) => {
      if (held.broken) throw new CodedError('DB_UNREACHABLE', 'the database cannot be reached');
      return reader.read(...call);
    },
    statements: createStatements(),
    schemas: undefined,
    emit: (event) => events.push(event),
    now: () => held.nowMs,
    timeOfDay: () => held.timeOfDayMs,
  });
  return {
    source,
    held,
    events,
    loads: () => events.filter((event) => event.kind === 'schema_loaded').length,
  };
}

describe('the schema source', () => {
  it('reads nothing before it is asked, and once for all who ask at the same time', async () => {
    const { source, loads } = heldSource();
    expect(source.peek()).toBeUndefined();
    const before = reader.statements();
    await Promise.all(Array.from({ length: 20 }, () => source.current()));
    expect(reader.statements() - before).toBe(3);
    expect(loads()).toBe(1);
  });

  it('gives the same snapshot for a minute, and after it at once while a new one is read', async () => {
    const { source, held, loads } = heldSource();
    const first = await source.current();
    held.nowMs += 59_999;
    expect(await source.current()).toBe(first);
    await withClient(database.adminUrl, (admin) => admin.query('create table public.second (id int)'));
    held.nowMs += 2;
    expect(await source.current()).toBe(first);
    await expect.poll(loads).toBe(2);
    expect((await source.current()).find('public', 'first')).toBeDefined();
  });

  it('waits for a new snapshot where the old one is more than ten minutes old', async () => {
    const { source, held } = heldSource();
    const first = await source.current();
    held.nowMs += 600_001;
    held.timeOfDayMs += 600_001;
    expect((await source.current()).readAtMs).toBe(first.readAtMs + 600_001);
  });

  it('ages all the same where the time of day is put back', async () => {
    const { source, held, loads } = heldSource();
    await source.current();
    held.nowMs += 600_001;
    held.timeOfDayMs -= 3_600_000;
    await source.current();
    expect(loads()).toBe(2);
  });

  it('keeps the old snapshot when reading fails, says why, and asks again only after a pause', async () => {
    const { source, held, events } = heldSource();
    await source.current();
    held.broken = true;
    held.nowMs += 700_000;
    const kept = await source.current();
    expect(kept.refreshFailure).toBe('DB_UNREACHABLE: the database cannot be reached');
    expect(kept.find('public', 'first')).toBeDefined();
    await source.current();
    expect(events.filter((event) => event.kind === 'schema_failed')).toHaveLength(1);
    held.broken = false;
    held.nowMs += 5_001;
    expect((await source.current()).refreshFailure).toBeUndefined();
  });

  it('fails with the reason where there is no snapshot yet, and works at the next call', async () => {
    const { source, held } = heldSource();
    held.broken = true;
    await expect(source.current()).rejects.toMatchObject({
      code: 'DB_UNREACHABLE',
      message: 'the database cannot be reached',
    });
    held.broken = false;
    expect((await source.current()).find('public', 'first')).toBeDefined();
  });

  it('lets one caller go without stopping the read of the others', async () => {
    const { source } = heldSource();
    const caller = new AbortController();
    const gone = source.current(caller.signal);
    const stays = source.current();
    caller.abort();
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED', message: 'the call was cancelled' });
    expect((await stays).find('public', 'first')).toBeDefined();
  });
});
