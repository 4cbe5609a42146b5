// Builds the project's image in an engine and runs containers of it; all that it makes carries the name of the run and is removed with it.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.ts';
import { baseImage } from './base-image.ts';
import type { Engine } from './engine.ts';

/** Folder of the project, which is the build context. */
const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The built image and what to build it with again. */
export type BuiltImage = {
  readonly name: string;
  readonly buildOptions: readonly string[];
  readonly isRealBase: boolean;
};

/** Settings under which the server starts without a database. */
export const lonelySettings = {
  DATABASE_URL: 'postgres://analytics_ro:secret@127.0.0.1:1/nowhere',
  MCP_TOKENS: 'sonia:pgam_containertest0123456789abcdefghij',
};

/** The token in `lonelySettings`. */
export const token = lonelySettings.MCP_TOKENS.slice('sonia:'.length);

/** Options as deploy.sh sets them for what a container may do. */
export const confinement = [
  '--read-only',
  '--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=64m',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--memory=512m',
  '--memory-swap=512m',
  '--pids-limit=128',
];

/** Builds the image under a name of its own. */
export async function buildImage(engine: Engine): Promise<BuiltImage> {
  const base = await baseImage(engine);
  const name = `pg-analytics-mcp-test:${randomBytes(6).toString('hex')}`;
  // Without a firewall rule of its own, a private engine reaches the registry only as the host does.
  const network = engine.isPrivate ? ['--network', 'host'] : [];
  const buildOptions = [...network, '--build-arg', `NODE_IMAGE=${base.name}`];
  await engine.docker('image', 'build', ...buildOptions, '--tag', name, projectRoot);
  return { name, buildOptions, isRealBase: base.isReal };
}

/** Starts a container in the background and gives its id. */
export function startContainer(
  engine: Engine,
  image: string,
  settings: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<string> {
  const env = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  return engine.docker('run', '--detach', '--health-interval=1s', ...confinement, ...options, ...env, image);
}

/** Waits until Docker calls the container healthy. */
export async function untilHealthy(engine: Engine, container: string): Promise<void> {
  const state = () =>
    engine.docker('inspect', '--format', '{{.State.Status}} {{.State.Health.Status}}', container);
  await until(
    async () => (await state()) === 'running healthy',
    `container ${container} turning healthy`,
    30_000,
  );
}

/** Lets containers reach a port of the host's loopback interface at the address of a bridge; ends with `close`. */
export async function relay(bridgeAddress: string, port: number): Promise<Server> {
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    from.pipe(to).pipe(from);
    from.on('error', () => to.destroy());
    to.on('error', () => from.destroy());
  });
  server.listen(0, bridgeAddress);
  await once(server, 'listening');
  return server;
}

/**
 * Asks for the page at / all the time, by the public host name, as Traefik would: only containers that Docker calls healthy, looked up again and
 * again. `end` gives the status of every answer, or the error in its place.
 */
export function callHealthyContainers(
  engine: Engine,
  network: string,
  host: string,
): { end: () => Promise<unknown[]> } {
  const answers: unknown[] = [];
  let addresses: string[] = [];
  let ended = false;
  const look = async () => {
    while (!ended) {
      addresses = await healthyAddresses(engine, network);
      await sleep(100);
    }
  };
  const call = async () => {
    for (let turn = 0; !ended; turn += 1) {
      const address = addresses[turn % addresses.length];
      if (address !== undefined) {
        answers.push(await statusOf(address, host).catch((error: Error) => error.message));
      }
      await sleep(20);
    }
  };
  const both = Promise.all([look(), call()]);
  return {
    end: async () => {
      ended = true;
      await both;
      return answers;
    },
  };
}

async function statusOf(address: string, host: string): Promise<number | undefined> {
  // `timeout` of a request only tells of a silence (http.request); the signal ends it.
  const signal = AbortSignal.timeout(5_000);
  const asked = get({ host: address, port: 8080, path: '/', headers: { host }, signal });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

/** Addresses of the containers of a network that Docker calls healthy. */
export async function healthyAddresses(engine: Engine, network: string): Promise<string[]> {
  const ids = await engine.docker(
    'ps',
    '--quiet',
    '--filter',
    `network=${network}`,
    '--filter',
    'health=healthy',
  );
  if (ids === '') return [];
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const { stdout } = await engine.tryDocker('inspect', '--format', format, ...ids.split('\n'));
  return stdout.split('\n').filter((address) => address !== '');
}
