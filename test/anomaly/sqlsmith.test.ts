// Whatever sqlsmith writes is refused or runs harmlessly, and nothing crashes. sqlsmith is Debian's random SQL generator;
// it knows all tables, functions and operators of the database it is pointed at.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../src/base/errors.ts';
import { type OpenCore, openCore } from '../support/core.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';
import { ask } from '../support/run.ts';

const binary = '/usr/bin/sqlsmith';
const missing = existsSync(binary) ? '' : ' (sqlsmith is not installed)';
const queries = Number(process.env['SQLSMITH_QUERIES'] ?? 150);

describe.skipIf(missing !== '')(`statements of sqlsmith${missing}`, () => {
  let fresh: FreshDatabase;
  let open: OpenCore;

  beforeAll(async () => {
    fresh = await freshDatabase({ template: 'fleet' });
    open = openCore(fresh.readerUrl, { limits: { statementTimeoutMs: 300 } });
  });
  afterAll(async () => {
    await open.core.close();
    await fresh.drop();
  });

  const counts = () =>
    withClient(fresh.adminUrl, async (client) => {
      const { rows } = await client.query(
        `select (select count(*) from pg_class) c, (select count(*) from pg_proc) p,
           (select count(*) from fuel.fills) f, (select count(*) from tickets.tickets) t, (select count(*) from pg_largeobject_metadata) l,
           (select count(*) from pg_locks where locktype = 'advisory') a`,
      );
      return rows[0];
    });

  it.each([1, 2, 3])(
    `are refused or run harmlessly, seed %i, ${queries} of them`,
    async (seed) => {
      const before = await counts();
      const outcomes = new Map<string, number>();
      for (const sql of generate(fresh.adminUrl, seed)) {
        const outcome = await ask(open.core, sql).then(
          () => 'ran',
          (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
        );
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      const total = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
      expect(total).toBeGreaterThanOrEqual(queries);
      expect(outcomes.get('ran') ?? 0, 'nothing ran at all').toBeGreaterThan(0);
      expect([...outcomes.keys()].filter((code) => !/^(ran|GUARD_|DB_|LIMIT_)/.test(code))).toEqual([]);
      expect(outcomes.has('DB_READ_ONLY'), 'a write got past the guard').toBe(false);
      expect(await counts()).toEqual(before);
    },
    180_000,
  );
});

function generate(adminUrl: string, seed: number): readonly string[] {
  const { hostname, port, pathname, username, password } = new URL(adminUrl);
  const target = `host=${hostname} port=${port} dbname=${pathname.slice(1)} user=${username} password=${password}`;
  const args = [
    `--target=${target}`,
    '--dry-run',
    '--exclude-catalog',
    `--max-queries=${queries}`,
    `--seed=${seed}`,
  ];
  const text = execFileSync(binary, args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1_048_576,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text.split(/;\s*\n/).filter((sql) => sql.trim() !== '');
}
