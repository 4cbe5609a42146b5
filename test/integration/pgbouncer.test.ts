// Reading from Postgres through PgBouncer in transaction mode, which refuses startup parameters and mixes sessions.
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeReadingDatabase } from '../contract/reading-database.ts';
import { type PgBouncer, pgbouncerMissing, startPgBouncer } from '../support/pgbouncer.ts';

if (pgbouncerMissing === undefined) {
  let bouncer: PgBouncer;
  describe('by way of PgBouncer', () => {
    beforeAll(async () => {
      bouncer = await startPgBouncer();
    });
    afterAll(() => bouncer.stop());
    describeReadingDatabase('through PgBouncer in transaction mode', (url) => bouncer.urlFor(url));
  });
} else {
  it.skip(`reading through PgBouncer in transaction mode (${pgbouncerMissing})`, () => undefined);
}
