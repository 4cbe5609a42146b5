// Which tables list_tables takes a schema and a pattern to mean.
import { describe, expect, it } from 'vitest';
import { listTables } from '../../../src/tools/list_tables.ts';
import { catalogOf, sourceOf } from '../../support/catalog-of.ts';
import { callContext } from '../../support/schema-tools.ts';

const catalog = catalogOf({
  'Odd Schema.Price List': 'id',
  'shop.orders': 'id',
  'shop.order_lines': 'id',
  'dot"ted.t': 'id',
});

async function listed(input: Record<string, unknown>): Promise<readonly string[]> {
  const tool = listTables({ schema: sourceOf(catalog) });
  const { structured } = await tool.run(tool.input.parse(input), callContext());
  return (structured['tables'] as { schema: string; name: string }[]).map(
    ({ schema, name }) => `${schema}.${name}`,
  );
}

describe('list_tables', () => {
  it.each(['Odd Schema', '"Odd Schema"'])('takes the schema %s plain and quoted', async (schema) => {
    expect(await listed({ schema })).toEqual(['Odd Schema.Price List']);
  });

  it.each(['shop', 'SHOP', '"shop"'])('folds %s as SQL does', async (schema) => {
    expect(await listed({ schema })).toHaveLength(2);
  });

  it('does not fold a quoted schema, and says what was meant', async () => {
    await expect(listed({ schema: '"Shop"' })).rejects.toMatchObject({
      code: 'INPUT_UNKNOWN_SCHEMA',
      message: 'schema "Shop" is not among those you may see',
      facts: { hint: expect.stringContaining('Perhaps you meant shop.') },
    });
  });

  it.each([
    ['"Price List"', ['Odd Schema.Price List']],
    ['"Odd Schema"."Price*"', ['Odd Schema.Price List']],
    ['"dot""ted".t', ['dot"ted.t']],
    ['"', []],
    ['order*', ['shop.order_lines', 'shop.orders']],
  ])('takes the pattern %s without its quotes', async (pattern, tables) => {
    expect(await listed({ pattern })).toEqual(tables);
  });
});
