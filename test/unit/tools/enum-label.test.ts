// A label of an enum can be copied into SQL as it is shown.
import { expect, it } from 'vitest';
import { enumLabel } from '../../../src/tools/enum-label.ts';

it.each([
  ['open', "'open'"],
  [' sp ', "' sp '"],
  ["it's", "'it''s'"],
  ['back\\slash', "'back\\slash'"],
  ['new\nline', "E'new\\u000aline'"],
  ["tab\tand 'back\\slash'", "E'tab\\u0009and ''back\\\\slash'''"],
  ['zero\u200bwidth', "E'zero\\u200bwidth'"],
  ['tag \u{e0041}', "E'tag \\U000e0041'"],
])('writes %j as %s', (label, literal) => {
  expect(enumLabel(label)).toBe(literal);
});
