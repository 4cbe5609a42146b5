// Where the tests get a Postgres from: a container, the embedded binaries, or a server that the caller names.
import { connect } from 'node:net';
import { startEmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';

/** A running server with a superuser's URL. */
export type Engine = {
  readonly description: string;
  readonly adminUrl: string;
  readonly stop: () => Promise<void>;
};

/** The server that TEST_PG asks for: auto (default), docker, embedded or url (with TEST_PG_URL). */
export async function startEngine(environment: NodeJS.ProcessEnv): Promise<Engine> {
  const wanted = environment['TEST_PG'] ?? 'auto';
  if (wanted === 'embedded') return startEmbedded('as asked');
  if (wanted === 'docker') return startContainer(environment);
  if (wanted === 'url') return namedServer(environment['TEST_PG_URL']);
  if (wanted !== 'auto') throw new Error(`TEST_PG must be auto, docker, embedded or url, not "${wanted}"`);
  if (!(await dockerAnswers(environment))) return startEmbedded('no Docker engine answers');
  try {
    return await startContainer(environment);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return startEmbedded(`the Docker engine gave no container: ${reason}`);
  }
}

async function startEmbedded(why: string): Promise<Engine> {
  const server = await startEmbeddedPostgres();
  return {
    description: `embedded ${server.version} (${why})`,
    adminUrl: server.connectionString(),
    stop: () => server.stop('immediate'),
  };
}

async function startContainer(environment: NodeJS.ProcessEnv): Promise<Engine> {
  // Loaded only here: it takes half a second, and most machines of developers run the embedded server.
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const image = environment['TEST_PG_IMAGE'] ?? 'postgres:18';
  const container = await new PostgreSqlContainer(image)
    .withUsername('postgres')
    .withStartupTimeout(60_000)
    .start();
  return {
    description: `container of ${image}`,
    adminUrl: container.getConnectionUri(),
    stop: async () => void (await container.stop()),
  };
}

function namedServer(url: string | undefined): Engine {
  if (url === undefined) throw new Error('TEST_PG=url needs TEST_PG_URL, the URL of a superuser');
  return { description: 'the server of TEST_PG_URL', adminUrl: url, stop: async () => undefined };
}

function dockerAnswers(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const host = environment['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const url = URL.parse(host);
  const socket =
    url?.protocol === 'unix:'
      ? connect({ path: url.pathname })
      : connect({ host: url?.hostname || '127.0.0.1', port: Number(url?.port || 2375) });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  socket.setTimeout(1000, () => resolve(false));
  return promise.finally(() => socket.destroy());
}
