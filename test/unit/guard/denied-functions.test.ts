// Functions of Postgres that are STABLE or IMMUTABLE by their declaration, and that no read needs.
import { afterAll, expect, it } from 'vitest';
import { builtInCatalog } from '../../../src/guard/builtin-catalog.ts';
import { defaultGuard } from '../../support/default-guard.ts';

const guard = defaultGuard();
afterAll(() => guard.close());

it.each(['fmgr_c_validator', 'fmgr_internal_validator', 'fmgr_sql_validator'])(
  'refuses to read the source of a function as CREATE FUNCTION does: %s',
  async (name) => {
    for (const sql of [
      `SELECT ${name}(1)`,
      `SELECT pg_catalog.${name}(oid) FROM t`,
      `SELECT (oid).${name} FROM t`,
    ]) {
      expect(await guard.check(sql, builtInCatalog())).toMatchObject({
        accepted: false,
        error: { message: expect.stringContaining(name) },
      });
    }
  },
);
