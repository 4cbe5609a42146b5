// Installs the servers that ours is compared with, in a folder of their own and without install scripts; the project
// itself does not depend on them.
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { finished, startProcess } from './process.ts';

const directory = fileURLToPath(new URL('./peers/', import.meta.url));
const pnpmVersion = '10.34.9';

/** Installs the exact versions of the lock file (380 MB once; a second where they are there). */
export async function installPeers(): Promise<void> {
  if (existsSync(`${directory}node_modules/.modules.yaml`)) return;
  const install = ['install', '--ignore-workspace', '--ignore-scripts', '--frozen-lockfile', '--prod'];
  const running = startProcess({
    command: process.platform === 'win32' ? 'npx.cmd' : 'npx',
    arguments: ['-y', `pnpm@${pnpmVersion}`, '--dir', directory, ...install],
    environment: {},
    inheritEnvironment: true,
  });
  const code = await finished(running);
  if (code !== 0) throw new Error(`the peers could not be installed:\n${running.output()}`);
}

/** A file of a peer's package. */
export function peerFile(path: string): string {
  return `${directory}node_modules/${path}`;
}

/** The program itself; the script of the package would put one process more in front of it. */
export function toolboxProgram(): string {
  const platform = `@toolbox-sdk/server-${process.platform}-${process.arch}`;
  const require = createRequire(realpathSync(peerFile('@toolbox-sdk/server/package.json')));
  const folder = dirname(require.resolve(`${platform}/package.json`));
  return join(folder, 'bin', process.platform === 'win32' ? 'toolbox.exe' : 'toolbox');
}
