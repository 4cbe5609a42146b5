// Runs a real Postgres out of an npm package for as long as this process lives; it never uses an existing database.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../base/errors.ts';
import { findBinaries } from './binaries.ts';
import { baseDirectory, removeRunDirectory, superuser } from './data-directory.ts';
import type { KeeperReply, KeeperRequest, ServerFacts } from './keeper-messages.ts';
import { serverAccount } from './server-account.ts';
import type { StopMode } from './server-process.ts';

/** What may differ between two embedded servers. */
export type EmbeddedPostgresOptions = {
  /** Postgres settings by name, over the defaults below. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
};

/** Who logs in; the superuser where nothing is said. */
export type Login = { readonly user: string; readonly password: string };

/** Process ids of a running server. */
type ServerPids = { readonly keeper: number; readonly postmaster: number | undefined };

/** A server of our own on 127.0.0.1; it ends with this process, however that ends. */
export type EmbeddedPostgres = {
  readonly port: number;
  /** Holds the data directory and the log; gone after `stop`. */
  readonly directory: string;
  readonly version: string;
  readonly connectionString: (database?: string, login?: Login) => string;
  readonly pids: () => ServerPids;
  /** Ends the server and keeps its data; `resume` starts it again on the same port. */
  readonly halt: (mode: StopMode) => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Ends the server and removes its folder. May be called twice. */
  readonly stop: (mode?: StopMode) => Promise<void>;
};

/** Nothing here must survive a crash of the machine, so durability is given up for speed. */
const defaultSettings: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '100',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  // Segments in the data directory go away with it, also after kill -9; those under /dev/shm would stay.
  dynamic_shared_memory_type: process.platform === 'win32' ? 'windows' : 'mmap',
};

/** Starts a server with a new data directory (about a second). Throws DEMO_PLATFORM or DEMO_POSTGRES. */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const account = serverAccount();
  const binaries = findBinaries(account);
  const password = randomBytes(24).toString('base64url');
  const keeper = new KeeperLine();
  const plan = {
    binaries: binaries.folder,
    account,
    base: baseDirectory(account),
    password,
    settings: { ...defaultSettings, ...options.settings },
  };
  try {
    const { port, directory } = await keeper.ask({ kind: 'open', plan });
    return serverOver(keeper, { port, directory, version: binaries.version, password });
  } catch (error) {
    await keeper.hangUp();
    throw error;
  }
}

type ServerConstants = { port: number; directory: string; version: string; password: string };

function serverOver(
  keeper: KeeperLine,
  { port, directory, version, password }: ServerConstants,
): EmbeddedPostgres {
  return {
    port,
    directory,
    version,
    connectionString: (database = 'postgres', login = { user: superuser, password }) => {
      const [user, secret] = [login.user, login.password].map(encodeURIComponent);
      return `postgres://${user}:${secret}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
    },
    pids: () => keeper.pids(),
    halt: async (mode) => void (await keeper.ask({ kind: 'halt', mode })),
    resume: async () => void (await keeper.ask({ kind: 'start' })),
    stop: async (mode = 'fast') => {
      if (!keeper.gone) await keeper.ask({ kind: 'close', mode });
      await keeper.hangUp();
    },
  };
}

/** The line to the keeper process. Should the keeper be killed, its server and folder are cleared away from here. */
class KeeperLine {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, PromiseWithResolvers<ServerFacts>>();
  #facts: ServerFacts | undefined;
  #number = 0;
  gone = false;

  constructor() {
    const entry = fileURLToPath(new URL(`./keeper${extname(import.meta.url)}`, import.meta.url));
    // Nothing of the terminal is handed on: an inherited pipe would keep the reader of our output waiting.
    const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const;
    this.#process = fork(entry, [], { detached: true, stdio: [...stdio], execArgv: [], env: {} });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exited = promise;
    this.#process.on('message', (reply: KeeperReply) => this.#take(reply));
    this.#process.on('error', () => undefined);
    this.#process.once('exit', () => this.#lose().then(resolve));
  }

  ask(request: KeeperRequest): Promise<ServerFacts> {
    const waiting = Promise.withResolvers<ServerFacts>();
    const number = ++this.#number;
    this.#waiting.set(number, waiting);
    if (this.gone) this.#refuseWaiting();
    else this.#process.send({ number, request }, () => undefined);
    return waiting.promise;
  }

  pids(): ServerPids {
    return { keeper: this.#process.pid ?? 0, postmaster: this.#facts?.postmaster };
  }

  async hangUp(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#exited;
  }

  #take(reply: KeeperReply): void {
    const waiting = this.#waiting.get(reply.number);
    this.#waiting.delete(reply.number);
    if ('facts' in reply) {
      this.#facts = reply.facts;
      waiting?.resolve(reply.facts);
    } else {
      waiting?.reject(new CodedError('DEMO_POSTGRES', reply.failure, { logDetail: reply.logDetail }));
    }
  }

  async #lose(): Promise<void> {
    this.gone = true;
    this.#refuseWaiting();
    if (this.#facts !== undefined) await clearAway(this.#facts);
  }

  #refuseWaiting(): void {
    for (const { reject } of this.#waiting.values()) {
      reject(new CodedError('DEMO_POSTGRES', 'the process that holds the server is gone'));
    }
    this.#waiting.clear();
  }
}

async function clearAway({ postmaster, directory }: ServerFacts): Promise<void> {
  if (!existsSync(directory)) return;
  try {
    if (postmaster !== undefined) process.kill(postmaster, 'SIGQUIT');
  } catch {
    // Gone already, which is what is wanted.
  }
  await removeRunDirectory(directory);
}
