// Says under which account the embedded Postgres runs; it never lets Postgres run as root, which Postgres refuses.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CodedError } from '../base/errors.ts';

/** Numeric user and group of a process. */
export type Account = { readonly uid: number; readonly gid: number };

const unprivilegedAccounts = ['postgres', 'nobody'];

/** The account to change to, or undefined where the caller's own account serves (any user but root; Windows). */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of unprivilegedAccounts) {
    const uid = numericId('-u', name);
    const gid = numericId('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new CodedError('DEMO_PLATFORM', 'running as root, and neither "postgres" nor "nobody" exists', {
    hint: 'Create an account named postgres, or run the command as an ordinary user.',
  });
}

/** True where an account that owns nothing on the path may walk down to `path`: every folder lets others pass. */
export function othersMayReach(path: string): boolean {
  const absolute = resolve(path);
  for (let folder = absolute; ; folder = dirname(folder)) {
    const { mode } = statSync(folder);
    if ((mode & 0o001) === 0) return false;
    if (dirname(folder) === folder) return true;
  }
}

function numericId(option: '-u' | '-g', name: string): number | undefined {
  const found = spawnSync('id', [option, name], { encoding: 'utf8' });
  const id = Number.parseInt(found.stdout ?? '', 10);
  return found.status === 0 && id > 0 ? id : undefined;
}
