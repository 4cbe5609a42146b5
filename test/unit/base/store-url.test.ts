// What may stand in MCP_STATE_URL, and what is said of anything else.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseStoreUrl, storeSchemes } from '../../../src/base/store-url.ts';

const known = Object.keys(storeSchemes).join(', ');

describe('the URL of a store', () => {
  it.each([
    ['memory:', 'memory', ''],
    ['filetree:/srv/state', 'filetree', '/srv/state'],
    ['filetree:///srv/state', 'filetree', '/srv/state'],
    ['filetree:state', 'filetree', 'state'],
    ['FileTree:/srv/a b%20c', 'filetree', '/srv/a b%20c'],
    [' filetree:/srv/state\n', 'filetree', '/srv/state'],
  ])('"%s" is one', (text, scheme, rest) => {
    expect(parseStoreUrl(text)).toEqual({ url: { scheme, text: text.trim(), rest } });
  });

  it.each(Object.values(storeSchemes).map(({ form }) => form))('%s has the form that is shown', (form) => {
    expect(parseStoreUrl(form)).toHaveProperty('url');
  });

  it.each([
    ['', `must begin with a scheme: ${known}`],
    ['/srv/state', `must begin with a scheme: ${known}`],
    ['filetre:/srv', `has an unknown scheme "filetre", did you mean filetree; known are ${known}`],
    ['ftp://host/', `has an unknown scheme "ftp"; known are ${known}`],
    ['constructor:x', `has an unknown scheme "constructor"; known are ${known}`],
    ['filetree:', `names no path; the form is ${storeSchemes.filetree.form}`],
    ['memory:/srv', 'takes nothing after the scheme; the form is memory:'],
  ])('"%s" is refused with its reason', (text, reason) => {
    expect(parseStoreUrl(text)).toEqual({ reason });
  });
});

it('names every kind of store on the page that compares them', () => {
  const page = readFileSync(new URL('../../../docs/how-to/choose-a-store.md', import.meta.url), 'utf8');
  expect(Object.keys(storeSchemes).filter((scheme) => !page.includes(`\`${scheme}:`))).toEqual([]);
});
