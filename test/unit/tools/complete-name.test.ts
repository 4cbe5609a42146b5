// Names that a half-typed one may become.
import { describe, expect, it } from 'vitest';
import { completeQualifiedTable, completeTable } from '../../../src/tools/complete-name.ts';
import { catalogOf, sourceOf } from '../../support/catalog-of.ts';
import { callContext } from '../../support/schema-tools.ts';

const names = Array.from({ length: 250 }, (_, number) => `log.events_${number}`);
const catalog = catalogOf(Object.fromEntries(names.map((name) => [name, 'id'])));
const source = sourceOf(catalog);

describe('completion', () => {
  it.each([completeTable, completeQualifiedTable])(
    'gives all names, however many fit',
    async (completion) => {
      const values = await completion(source)('eve', { ...callContext(), filled: { schema: 'log' } });
      expect(new Set(values).size).toBe(250);
    },
  );
});
