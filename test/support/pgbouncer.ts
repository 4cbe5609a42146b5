// Starts Debian's PgBouncer in transaction mode in front of the run's Postgres, where it is installed.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const binary = '/usr/sbin/pgbouncer';
const nobody = 65_534;

/** Why PgBouncer cannot run here, or undefined. */
export const pgbouncerMissing = existsSync(binary) ? undefined : 'PgBouncer is not installed';

export type PgBouncer = {
  /** The same URL by way of PgBouncer. */
  readonly urlFor: (url: string) => string;
  readonly stop: () => Promise<void>;
};

/** In front of the run's Postgres, or of the one at `adminUrl`; `more` are further lines of its configuration. */
export async function startPgBouncer(
  adminUrl = inject('postgresAdminUrl'),
  more: readonly string[] = [],
): Promise<PgBouncer> {
  const admin = new URL(adminUrl);
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  const port = await freePort();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const users = file('users.txt', `"${admin.username}" "${decodeURIComponent(admin.password)}"\n`);
  const configuration = file('pgbouncer.ini', ini(admin, port, users, more));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) for (const path of [folder, users, configuration]) chownSync(path, nobody, nobody);
  chmodSync(folder, 0o755);
  const child = spawn(binary, [configuration], {
    stdio: 'ignore',
    ...(asRoot && { uid: nobody, gid: nobody }),
  });
  await until(() => accepts(port), 'PgBouncer listening');
  return {
    urlFor: (url) => {
      const changed = new URL(url);
      changed.host = `127.0.0.1:${port}`;
      return changed.href;
    },
    stop: async () => {
      await ended(child);
      rmSync(folder, { recursive: true });
    },
  };
}

function ini(admin: URL, port: number, users: string, more: readonly string[]): string {
  return `[databases]
* = host=${admin.hostname} port=${admin.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
pool_mode = transaction
auth_type = scram-sha-256
auth_file = ${users}
auth_user = ${admin.username}
auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename = $1
default_pool_size = 10
server_idle_timeout = 1
${more.join('\n')}
`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
