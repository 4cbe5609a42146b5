// Results far beyond every limit, in a process of its own: memory stays flat and the process lives.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const probe = fileURLToPath(new URL('../support/memory-probe.ts', import.meta.url));

describe('huge results', () => {
  let fresh: FreshDatabase;
  beforeAll(async () => {
    // 316 times 316 rows of 9,000 bytes: one value of 900 MB.
    const prepare =
      "create table public.big as select repeat('x', 9000) as filler from generate_series(1, 316)";
    fresh = await freshDatabase({ prepare });
  });
  afterAll(() => fresh.drop());

  it('are cut at the limits while the server holds a few megabytes, and the backends stop', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [probe, fresh.readerUrl]);
    const { cuts, grewMegabytes } = JSON.parse(stdout) as { cuts: string[]; grewMegabytes: number };
    expect(cuts).toEqual(['max_rows', 'max_result_bytes', 'max_result_bytes']);
    expect(grewMegabytes).toBeLessThan(50);
    const busy =
      "select 1 from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()";
    await withClient(fresh.adminUrl, (client) =>
      until(async () => (await client.query(busy)).rowCount === 0, 'the backends stopped'),
    );
  }, 180_000);
});
