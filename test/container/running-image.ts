// Builds the project's image in an engine and runs containers of it; all that it makes carries the name of the run and is removed with it.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.ts';
import { baseImage } from './base-image.ts';
import type { Engine } from './engine.ts';

/** Folder of the project, which is the build context. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

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
