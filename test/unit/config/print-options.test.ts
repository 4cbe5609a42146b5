// The four printed forms of the table of options.
import { describe, expect, it } from 'vitest';
import { optionNames, options } from '../../../src/config/options.ts';
import {
  configurationPage,
  effectiveOptions,
  environmentExample,
  optionHelp,
} from '../../../src/config/print-options.ts';
import { readOptions } from '../../../src/config/read-options.ts';

const surroundings = { readFile: () => '', isOpenToOthers: () => false, homeDirectory: '/nowhere' };

describe('the table', () => {
  it.each(optionNames)('%s has a default and an example that its own parser accepts', (name) => {
    const { kind, fallback, example } = options[name] as (typeof options)['MCP_MAX_ROWS'];
    expect(kind.parse(example)).toHaveProperty('value');
    if (fallback !== undefined) expect(kind.parse(fallback)).toHaveProperty('value');
  });

  it.each([
    ['help', optionHelp],
    ['.env.example', environmentExample],
    ['the reference page', configurationPage],
  ])('stands complete in %s', (_, print) => {
    const text = print();
    expect(optionNames.filter((name) => !text.includes(name))).toEqual([]);
  });

  it('stands in the help with its first sentence, whole', () => {
    const lines = optionHelp().split('\n');
    expect(
      lines.filter((line) => (line.match(/\(/g)?.length ?? 0) !== (line.match(/\)/g)?.length ?? 0)),
    ).toEqual([]);
    expect(lines.find((line) => line.includes('MCP_SIGN_IN_ALLOW_GROUPS'))).toMatch(
      / Groups that are let in, as the provider names them \(entra: .*team\) \(default empty\)$/,
    );
  });

  it('prints effective values with their origin and hides secrets', () => {
    const read = readOptions({
      ...surroundings,
      env: { DATABASE_URL: 'postgres://a:hush@b/c', MCP_MAX_ROWS: '7' },
    });
    const text = effectiveOptions(read);
    expect(text).toMatch(/^DATABASE_URL=\(hidden\) +# environment$/m);
    expect(text).toMatch(/^MCP_MAX_ROWS=7 +# environment$/m);
    expect(text).toMatch(/^MCP_POOL_MAX=8 +# default$/m);
    expect(text).not.toContain('hush');
    expect(text).toMatch(/^MCP_STATE_SECRETS= +# default$/m);
  });
});
