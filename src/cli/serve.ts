// The command that serves MCP over HTTP until it is asked to stop.
import { toCodedError } from '../base/errors.ts';
import { type Command, configurationOptions } from './command.ts';
import { configurationFor } from './configured.ts';
import { openObserver, runUntilStopped, starting } from './run-server.ts';

/** `pg-analytics-mcp serve` */
export const command: Command = {
  name: 'serve',
  summary: 'serve MCP over HTTP',
  about:
    'Serves MCP over Streamable HTTP at /mcp. It starts whether or not the database can be reached, and connects with the\nfirst query. SIGTERM and SIGINT drain: running queries finish, or are cancelled after MCP_DRAIN_TIMEOUT. SIGHUP reads\nthe file that MCP_TOKENS_FILE names again.',
  options: configurationOptions,
  configured: true,
  run: async (given, world) => {
    const loaded = await starting(() => configurationFor('serve', command, given, world));
    const [observer, { serve }] = await starting(() =>
      Promise.all([openObserver(loaded), import('../app/serve.ts')]),
    );
    try {
      const reloadTokens = async () => {
        try {
          const { configuration } = await configurationFor('serve', command, given, world);
          running.replaceTokens(configuration.auth.tokens);
        } catch (error) {
          const { message, facts } = toCodedError(error);
          const reason = facts.detail ?? message;
          observer.emit({ kind: 'warning', message: `The tokens stay as they are, because ${reason}.` });
        }
      };
      const running = await starting(() => serve({ configuration: loaded.configuration, observer }));
      world.onSignal(['SIGHUP'], () => void reloadTokens());
      return await runUntilStopped(running, world);
    } finally {
      observer.close();
    }
  },
};
