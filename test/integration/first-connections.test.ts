// A burst of statements on a pool that has no connection yet, where the first way of connecting is refused.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, settingsOf } from '../support/database.ts';
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts';

describe('the first connections', () => {
  let fresh: FreshDatabase;

  beforeAll(async () => {
    fresh = await freshDatabase({});
  });
  afterAll(() => fresh.drop());

  it('all come about under sslmode prefer on a server without TLS, however many are opened at once', async () => {
    const tls = { mode: 'prefer', attempts: ['tls', 'plain'], verification: 'none' } as const;
    const open = openDatabase(fresh.readerUrl, {
      poolMax: 8,
      connection: { ...settingsOf(fresh.readerUrl), tls },
    });
    try {
      // Long enough that nobody can be lent the connection of somebody who is done.
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => open.rows('select 1 from pg_sleep(0.7)')),
      );
      expect(open.count('statement_retried')).toBe(0);
      expect(answers).toEqual(Array.from({ length: 8 }, () => [['1']]));
    } finally {
      await open.database.close();
    }
  });
});
