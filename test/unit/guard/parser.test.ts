// That parsing in process is safe within its bounds: the worst nesting there is far from where the parser breaks.
import { describe, expect, it } from 'vitest';
import { loadParser } from '../../../src/guard/parser.ts';
import { maxInProcessBytes, maxInProcessDepth } from '../../../src/guard/text-limits.ts';
import { nestingForms } from '../../support/nesting-forms.ts';

const probe = 'SELECT pg_sleep(1), x FROM y WHERE z = 2';
const forms = Object.entries(nestingForms);

describe('the parser', () => {
  it('gives the place of a syntax error in characters, not bytes', async () => {
    const parse = await loadParser();
    expect(parse("SELECT 'é😀' FORM x")).toMatchObject({ syntaxError: { characterOffset: 17 } });
  });

  it.each(forms)('reads three times the bounds of in-process parsing: %s', async (_name, form) => {
    const parse = await loadParser();
    expect(() => parse(form(3 * maxInProcessBytes, 3 * maxInProcessDepth))).not.toThrow();
  });

  it('reads the same after thousands of the worst texts within the bounds', async () => {
    const parse = await loadParser();
    const before = JSON.stringify(parse(probe));
    const worst = forms.map(([, form]) => form(maxInProcessBytes, maxInProcessDepth));
    const first = worst.map((text) => JSON.stringify(parse(text)));
    for (let round = 0; round < 50; round++) for (const text of worst) parse(text);
    expect(worst.map((text) => JSON.stringify(parse(text)))).toEqual(first);
    expect(JSON.stringify(parse(probe))).toBe(before);
  });
});
