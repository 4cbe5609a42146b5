// A server of a test's own, which the test may stop, restart and kill; it is never shared and never outlives the test.
import {
  type EmbeddedPostgres,
  type Login,
  startEmbeddedPostgres,
} from '../../src/demo/embedded-postgres.ts';
import { withClient } from './postgres.ts';

/** A private server. The port stays the same through restarts. */
export type PrivateServer = {
  readonly port: number;
  readonly adminUrl: string;
  readonly url: (database?: string, login?: Login) => string;
  /** Ends the server and keeps its data. */
  readonly halt: (mode: 'smart' | 'fast' | 'immediate') => Promise<void>;
  /** Starts the server again, after halt or a kill. */
  readonly start: () => Promise<void>;
  /** halt and start. */
  readonly restart: (mode?: 'fast' | 'immediate') => Promise<void>;
  /** kill -9 of one backend: Postgres then drops every session and recovers. */
  readonly killBackend: (pid: number) => void;
  /** kill -9 of the server process; gives back when all its processes are gone and the port is closed. */
  readonly killPostmaster: () => Promise<void>;
  readonly postmaster: () => number | undefined;
  /** Ends the server and removes its data. */
  readonly stop: () => Promise<void>;
};

/** Starts a private server, always of the embedded binaries. `prepare` runs as superuser in database postgres. */
export async function startPrivateServer(
  options: { settings?: Readonly<Record<string, string>>; prepare?: string } = {},
): Promise<PrivateServer> {
  const server = await startEmbeddedPostgres({ settings: options.settings });
  const { prepare } = options;
  if (prepare !== undefined) await withClient(server.connectionString(), (client) => client.query(prepare));
  const restart = async (mode: 'fast' | 'immediate' = 'fast'): Promise<void> => {
    await server.halt(mode);
    await server.resume();
  };
  return {
    port: server.port,
    adminUrl: server.connectionString(),
    url: server.connectionString,
    halt: server.halt,
    start: server.resume,
    restart,
    killBackend: (pid) => process.kill(pid, 'SIGKILL'),
    killPostmaster: () => killPostmaster(server),
    postmaster: () => server.pids().postmaster,
    stop: () => server.stop('immediate'),
  };
}

async function killPostmaster(server: EmbeddedPostgres): Promise<void> {
  const { postmaster } = server.pids();
  if (postmaster === undefined) throw new Error('the server is not running');
  process.kill(postmaster, 'SIGKILL');
  // Its backends notice within moments; halt() of a dead server only waits for the process.
  await server.halt('immediate');
}
