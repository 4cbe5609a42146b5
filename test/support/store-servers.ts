// Real servers for the stores of the tests: each a process or a listener of its own on a free port, which a test may stop and start.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** A server of a test's own; the port stays the same through stop and start. */
export type StoreServer = {
  readonly port: number;
  /** Ends it at once, as a crash would. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Ends it and removes what it kept. */
  readonly remove: () => Promise<void>;
};

const redisBinary = '/usr/bin/redis-server';
const memcachedBinary = '/usr/bin/memcached';
/** Debian has Valkey from release 13 on; .ci/run unpacks it here on an older one. */
const valkeyLauncher = '/var/cache/pg-analytics-mcp-valkey/valkey-server';
const valkeyBinary = ['/usr/bin/valkey-server', valkeyLauncher].find((path) => existsSync(path));

/** Why a server cannot run here, by name; undefined where it can. */
export const missing = {
  redis: existsSync(redisBinary) ? undefined : 'redis-server is not installed',
  valkey: valkeyBinary === undefined ? 'valkey-server is not installed' : undefined,
  memcached: existsSync(memcachedBinary) ? undefined : 'memcached is not installed',
  rocksdb: rocksdbMissing(),
};

function rocksdbMissing(): string | undefined {
  try {
    createRequire(import.meta.url)('rocksdb-native');
    return undefined;
  } catch (error) {
    return `rocksdb-native does not load: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}

/** `redis-server 7.0.15`, where it is installed. */
export function versionOf(kind: 'redis' | 'valkey' | 'memcached'): string {
  const binary = { redis: redisBinary, valkey: valkeyBinary, memcached: memcachedBinary }[kind];
  if (missing[kind] !== undefined || binary === undefined) return `${kind}, not here`;
  const text = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  return `${kind}-server ${/\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? ''}`;
}

/** Redis that loses no acknowledged write; `more` are further arguments. */
export function startRedis(more: readonly string[] = []): Promise<StoreServer> {
  return startDaemon(redisBinary, redisArguments(more));
}

/** Redis that speaks TLS only, with this certificate and its key. */
export function startEncryptedRedis(cert: string, key: string): Promise<StoreServer> {
  return startDaemon(redisBinary, (port, folder) => [
    ...redisArguments(['--tls-cert-file', cert, '--tls-key-file', key])(port, folder),
    ...['--tls-auth-clients', 'no', '--port', '0', '--tls-port', String(port)],
  ]);
}

export function startValkey(more: readonly string[] = []): Promise<StoreServer> {
  return startDaemon(valkeyBinary ?? '', redisArguments(more));
}

/** Options of a Redis or Valkey that is a cluster of one. Its second port would be the first and 10,000, among those that the system hands out itself. */
export async function clusterOfOne(): Promise<readonly string[]> {
  const busPort = String(await freePort());
  return ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-port', busPort];
}

export function startMemcached(more: readonly string[] = []): Promise<StoreServer> {
  return startDaemon(memcachedBinary, (port) => [
    ...['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-u', 'nobody', '-m', '64'],
    ...more,
  ]);
}

/** Dynalite: DynamoDB's own protocol and rules on LevelDB, in this process. */
export async function startDynalite(): Promise<StoreServer> {
  const { default: dynalite } = await import('dynalite');
  const folder = mkdtempSync(join(tmpdir(), 'mcp-dynalite-'));
  const port = await freePort();
  let server: Server | undefined;
  const start = async () => {
    server = dynalite({ createTableMs: 20, deleteTableMs: 20, path: folder });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const stop = async () => {
    if (server?.listening !== true) return;
    const closed = promisify(server.close.bind(server))();
    server.closeAllConnections();
    await closed;
  };
  await start();
  return {
    port,
    start,
    stop,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function redisArguments(more: readonly string[]) {
  return (port: number, folder: string) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'always', ...more],
  ];
}

async function startDaemon(
  binary: string,
  parameters: (port: number, folder: string) => readonly string[],
): Promise<StoreServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'mcp-store-server-'));
  let running: ChildProcess | undefined;
  const start = async () => {
    const log = openSync(join(folder, 'log'), 'w');
    const child = spawn(binary, parameters(port, folder), { stdio: ['ignore', log, log], cwd: folder });
    closeSync(log);
    running = child;
    await until(() => {
      if (child.exitCode === null && child.signalCode === null) return accepts(port);
      throw new Error(`${binary} ended: ${readFileSync(join(folder, 'log'), 'utf8')}`);
    }, `${binary} listening`);
  };
  const stop = async () => {
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    port,
    start,
    stop,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
