// The command that shows everything on a machine with nothing: a real Postgres with fleet data, and the server before it.
import { createServer } from 'node:net';
import { options } from '../config/options.ts';
import { type Command, lastValue, type World } from './command.ts';
import { misused } from './read-arguments.ts';
import { openObserver, runUntilStopped } from './run-server.ts';

const usualPort = 8080;
const host = '127.0.0.1';

/** `pg-analytics-mcp demo` */
export const command: Command = {
  name: 'demo',
  summary: 'try it: a real Postgres with fleet data, and the server in front of it',
  about:
    'Starts a real PostgreSQL with the data of a vehicle fleet, makes the read-only role, serves MCP in front of it, and\nprints how to connect and what to ask. Ctrl-C ends it and leaves nothing behind.',
  options: [
    {
      name: 'size',
      argument: 'SIZE',
      meaning: 'small (about 80 thousand rows, the default) or full (about a million)',
    },
    { name: 'port', argument: 'PORT', meaning: `port to listen on (default ${usualPort}, or a free one)` },
  ],
  run: async (given, world) => {
    const size = lastValue(given, 'size') ?? 'small';
    if (size !== 'small' && size !== 'full') throw misused(command, '--size needs small or full');
    const wanted = lastValue(given, 'port');
    const parsed = wanted === undefined ? undefined : options.PORT.kind.parse(wanted);
    if (parsed !== undefined && 'reason' in parsed) throw misused(command, `--port ${parsed.reason}`);
    if (wanted !== undefined && !(await isFree(Number(wanted))))
      throw misused(command, `--port ${wanted} is in use; leave it out to get a free one`);
    const port = wanted ?? ((await isFree(usualPort)) ? String(usualPort) : '0');
    const { startDemo } = await import('../demo/demo.ts');
    const { watchRunners } = await import('../demo/runner-watch.ts');
    // Ends the demo as Ctrl-C does; before the server runs there is nobody to ask, and the signal itself ends it.
    const stopWatching = watchRunners(() => process.kill(process.pid, 'SIGTERM'));
    const demo = await startDemo({ size, onProgress: (step) => world.err(`${step} …`) });
    try {
      return await serveDemo(demo, port, world);
    } finally {
      world.err('stopping PostgreSQL …');
      await demo.stop();
      stopWatching();
    }
  },
};

async function serveDemo(
  demo: { readonly databaseUrl: string; readonly questions: readonly string[] },
  port: string,
  world: World,
): Promise<number> {
  const { configure } = await import('../app/configure.ts');
  const { mintToken } = await import('../auth/mint-token.ts');
  const { token } = mintToken('demo');
  const overrides = {
    DATABASE_URL: demo.databaseUrl,
    MCP_TOKENS: `demo:${token}`,
    HOST: host,
    PORT: port,
    LOG_LEVEL: 'warn',
    MCP_RATE_LIMIT: '0',
    MCP_RATE_LIMIT_ADDRESS: '0',
  };
  // The demo must not mix with settings that are meant for another server.
  const surroundings = { ...world.surroundings, env: {} };
  const { configuration } = await configure({ surroundings, purpose: 'serve', overrides });
  const observer = await openObserver({ configuration, warnings: [], origins: {} });
  try {
    const { serve } = await import('../app/serve.ts');
    const { welcomeText } = await import('../demo/welcome.ts');
    const running = await serve({ configuration, observer });
    world.out(welcomeText({ url: new URL('/mcp', running.url).href, token, questions: demo.questions }));
    const stop = (signal: string) => {
      world.err('stopping the server … (once more cancels what still runs)');
      return running.stop(signal);
    };
    return await runUntilStopped({ ...running, stop }, world);
  } finally {
    observer.close();
  }
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.once('error', () => resolve(false));
  probe.listen(port, host, () => probe.close(() => resolve(true)));
  return promise;
}
