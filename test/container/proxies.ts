// Starts caddy or nginx before the server as Traefik would stand there; each in a folder of its own, on a free loopback port, ended and removed with `stop`.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

/** A proxy that listens. */
export type RunningProxy = { readonly port: number; readonly stop: () => Promise<void> };

/** Files of a certificate and its key. */
export type Certificate = { readonly cert: string; readonly key: string };

/** The proxies that the tests know. */
export type ProxyName = 'caddy' | 'nginx';

/** Seconds without a byte after which the proxies give a connection up. */
export const idleSeconds = 18;

/** What stands where: several upstreams are asked in turn, and a certificate makes the proxy speak TLS. */
type Front = {
  readonly port: number;
  readonly upstreams: readonly number[];
  readonly certificate: Certificate | undefined;
};

const caddyfile = ({ port, upstreams, certificate }: Front) => `{
  admin off
  auto_https off
}
${certificate === undefined ? 'http' : 'https'}://:${port} {
  bind 127.0.0.1
  ${certificate === undefined ? '' : `tls ${certificate.cert} ${certificate.key}`}
  reverse_proxy ${upstreams.map((upstream) => `127.0.0.1:${upstream}`).join(' ')} {
    lb_policy round_robin
    header_down X-Upstream {http.reverse_proxy.upstream.hostport}
    transport http {
      response_header_timeout ${idleSeconds}s
      read_timeout ${idleSeconds}s
    }
  }
}
`;

const nginxFile = ({ port, upstreams, certificate }: Front, folder: string) => `daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr warn;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  upstream replicas { ${upstreams.map((upstream) => `server 127.0.0.1:${upstream};`).join(' ')} }
  server {
    listen 127.0.0.1:${port}${certificate === undefined ? '' : ' ssl'};
    ${certificate === undefined ? '' : `ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key};`}
    location / {
      proxy_pass http://replicas;
      add_header X-Upstream $upstream_addr always;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
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

/** Starts a proxy before ports of the loopback interface, which it asks in turn; the header X-Upstream says whom it asked. */
export async function startProxy(
  name: ProxyName,
  upstreams: readonly number[],
  tls?: { readonly port: number; readonly certificate: Certificate },
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-test-`));
  const port = tls?.port ?? (await freePort());
  const front = { port, upstreams, certificate: tls?.certificate };
  const file = join(folder, 'config');
  await writeFile(file, name === 'caddy' ? caddyfile(front) : nginxFile(front, folder));
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
    await until(() => accepts(port), `${name} listening`);
  } catch (error) {
    await stop();
    throw new Error(`${name} did not start: ${said.slice(-1000)}`, { cause: error });
  }
  return { port, stop };
}

async function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'close');
}
