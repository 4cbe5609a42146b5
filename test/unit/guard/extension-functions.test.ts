// Functions of trusted extensions: reads pass, and what acts is refused by its name, whatever volatility it is declared with.

import { afterAll, describe, expect, it } from 'vitest';
import { builtInCatalog } from '../../../src/guard/builtin-catalog.ts';
import type { CatalogFunction, PolicyCatalog } from '../../../src/guard/policy-catalog.ts';
import { defaultGuard } from '../../support/default-guard.ts';
import { fixtureCatalog } from '../../support/guard-catalog.ts';

const guard = defaultGuard();
afterAll(() => guard.close());

const reads: Readonly<Record<string, readonly string[]>> = {
  hll: [
    'hll_add',
    'hll_add_agg',
    'hll_union',
    'hll_union_agg',
    'hll_cardinality',
    'hll_hash_text',
    'hll_empty',
  ],
  postgis: [
    ...['st_setsrid', 'st_addpoint', 'st_setpoint', 'st_removepoint', 'st_setvalue', 'st_setbandnodatavalue'],
    ...['st_setgeoreference', 'st_addmeasure', 'st_asgeojson', 'st_collect', 'st_transform'],
  ],
  h3: ['h3_set_to_multi_polygon', 'h3_latlng_to_cell'],
  'uuid-ossp': ['uuid_generate_v4', 'uuid_generate_v1mc', 'uuid_generate_v5'],
};

const acts: Readonly<Record<string, readonly string[]>> = {
  hll: ['hll_set_defaults', 'hll_set_output_version', 'hll_set_max_sparse'],
  postgis: [
    ...['st_fromflatgeobuftotable', '_postgis_index_extent', '_postgis_stats', 'postgis_extensions_upgrade'],
    ...['st_setbandpath', 'st_setbandindex', 'st_addband'],
  ],
  'uuid-ossp': ['uuid_generate_v1'],
};

const entries = (lists: typeof reads): readonly (readonly [extension: string, name: string])[] =>
  Object.entries(lists).flatMap(([extension, names]) => names.map((name) => [extension, name] as const));

function extensionFunction([extension, name]: readonly [string, string]): CatalogFunction {
  return {
    ...{
      schema: 'public',
      name,
      extension,
      builtIn: false,
      isVolatile: /^uuid_generate_v(?:1|1mc|4)$/.test(name),
    },
    ...{ isSecurityDefiner: false, isProcedure: false, isInternal: false, takesOneArgument: true },
  };
}

const small = fixtureCatalog();
const live: PolicyCatalog = {
  ...small,
  functions: [...small.functions, ...[...entries(reads), ...entries(acts)].map(extensionFunction)],
};

describe.each([
  ['where the database has them', live],
  ['where no database was asked', builtInCatalog()],
])('functions of trusted extensions, %s', (_, catalog) => {
  it.each(entries(reads))('let a read of %s pass: %s', async (_, name) => {
    expect(await guard.check(`SELECT ${name}('x')`, catalog)).toMatchObject({ accepted: true });
    expect(await guard.check(`SELECT ('x').${name}`, catalog)).toMatchObject({ accepted: true });
  });

  it.each(entries(acts))('refuse what acts or reveals in %s: %s', async (_, name) => {
    const call = await guard.check(`SELECT ${name}('x')`, catalog);
    expect(call).toMatchObject({ accepted: false, error: { code: 'GUARD_FUNCTION' } });
  });
});

describe('x.name, where an extension has a function of that name', () => {
  it.each(entries(acts))('is refused like the call, in %s: %s', async (_, name) => {
    const verdict = await guard.check(`SELECT ('x').${name}`, live);
    expect(verdict).toMatchObject({
      accepted: false,
      error: {
        code: 'GUARD_ATTRIBUTE_CALL',
        message: `"${name}" after a dot would call a function that is not allowed`,
      },
    });
  });

  it('stays a column where the name only looks like one that acts', async () => {
    for (const catalog of [live, builtInCatalog()]) {
      const sql = 'SELECT t.data_set_id, t.last_update_at, t.add_on FROM facts t';
      expect(await guard.check(sql, catalog)).toMatchObject({ accepted: true });
    }
  });
});
