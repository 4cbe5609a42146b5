// Where the platform lets an account keep data of a program.
import { expect, it } from 'vitest';
import { dataDirectory } from '../../../src/config/data-directory.ts';

const homeDirectory = '/home/ana';

it.each([
  ['linux', {}, '/home/ana/.local/state/pg-analytics-mcp'],
  ['linux', { XDG_STATE_HOME: '/srv/state' }, '/srv/state/pg-analytics-mcp'],
  ['linux', { XDG_STATE_HOME: 'relative' }, '/home/ana/.local/state/pg-analytics-mcp'],
  ['darwin', {}, '/home/ana/Library/Application Support/pg-analytics-mcp'],
  ['win32', { LOCALAPPDATA: 'C:\\Users\\ana\\Local' }, 'C:\\Users\\ana\\Local\\pg-analytics-mcp'],
] as const)('on %s with %j it is %s', (platform, env, folder) => {
  expect(dataDirectory({ env, homeDirectory }, platform)).toBe(folder);
});
