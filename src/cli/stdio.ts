// The command that serves MCP over standard input and output, for clients that start their servers themselves.
import { type Command, configurationOptions } from './command.ts';
import { configurationFor } from './configured.ts';
import { openObserver, runUntilStopped, starting } from './run-server.ts';

/** `pg-analytics-mcp stdio` */
export const command: Command = {
  name: 'stdio',
  summary: 'serve MCP over standard input and output',
  about:
    'Serves one MCP client over standard input and output until the client closes its end. It asks for no token: whoever may\nstart it may ask. Logs go to standard error. Variables of the client that begin with MCP_ are ignored with a warning.',
  options: configurationOptions,
  configured: true,
  run: async (given, world) => {
    const loaded = await starting(() => configurationFor('stdio', command, given, world));
    const [observer, { serveOnStdio }] = await starting(() =>
      Promise.all([openObserver(loaded), import('../app/stdio.ts')]),
    );
    try {
      const { configuration } = loaded;
      const running = await starting(() => serveOnStdio({ configuration, observer }));
      return await runUntilStopped(running, world);
    } finally {
      observer.close();
    }
  },
};
