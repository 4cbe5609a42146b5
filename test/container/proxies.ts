// Starts caddy or nginx before the server as Traefik would stand there; each in a folder of its own, on a free loopback port, ended and removed with `stop`.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/until.ts';

/** A proxy that listens. */
export type RunningProxy = { readonly port: number; readonly stop: () => Promise<void> };

/** The proxies that the tests know. */
export type ProxyName = 'caddy' | 'nginx';

/** Seconds without a byte after which the proxies give a connection up. */
export const idleSeconds = 18;

const caddyfile = (port: number, upstream: number) => `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${upstream} {
    transport http {
      response_header_timeout ${idleSeconds}s
      read_timeout ${idleSeconds}s
    }
  }
}
`;

const nginxFile = (port: number, upstream: number, folder: string) => `daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr warn;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto https;
      proxy_read_timeout ${idleSeconds}s;
    }
  }
}
`;

/** Whether the program is installed. */
export function isInstalled(name: ProxyName): boolean {
  return spawnSync(name, [name === 'nginx' ? '-v' : 'version']).error === undefined;
}

/** Starts a proxy before a port of the loopback interface. */
export async function startProxy(name: ProxyName, upstream: number): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-test-`));
  const port = await freePort();
  const file = join(folder, 'config');
  await writeFile(file, name === 'caddy' ? caddyfile(port, upstream) : nginxFile(port, upstream, folder));
  const words =
    name === 'caddy'
      ? ['run', '--adapter', 'caddyfile', '--config', file]
      : ['-e', 'stderr', '-c', file, '-p', folder];
  const env = { PATH: process.env['PATH'], HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(name, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(() => answers(port), `${name} listening`, 10_000);
  } catch (error) {
    await stop();
    throw new Error(`${name} did not start: ${said.slice(-1000)}`, { cause: error });
  }
  return { port, stop };
}

/** A port of the loopback interface on which nobody listens now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  get({ host: '127.0.0.1', port, path: '/healthz' }, (answer) => {
    answer.resume();
    resolve(true);
  }).on('error', () => resolve(false));
  return promise;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'close');
}
