// Names the folder where the platform lets an account keep data of a program; it makes no folder.
import { posix, win32 } from 'node:path';
import type { Surroundings } from './environment.ts';

/**
 * `pg-analytics-mcp` below the data folder of the account: $XDG_STATE_HOME or ~/.local/state (XDG Base Directory
 * Specification), ~/Library/Application Support on macOS, %LOCALAPPDATA% on Windows.
 */
export function dataDirectory(
  { env, homeDirectory }: Pick<Surroundings, 'env' | 'homeDirectory'>,
  platform: NodeJS.Platform = process.platform,
): string {
  const name = 'pg-analytics-mcp';
  if (platform === 'win32')
    return win32.join(env['LOCALAPPDATA'] || win32.join(homeDirectory, 'AppData', 'Local'), name);
  if (platform === 'darwin') return posix.join(homeDirectory, 'Library', 'Application Support', name);
  const base = env['XDG_STATE_HOME'];
  // The specification: a path that is not absolute is to be ignored.
  return posix.join(base?.startsWith('/') ? base : posix.join(homeDirectory, '.local', 'state'), name);
}
