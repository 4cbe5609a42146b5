// The server for one client on a pipe: the local user is the analyst.
import type { Configuration } from '../config/configuration.ts';
import { createProtocol } from '../mcp/protocol.ts';
import type { Observer } from '../observe/observer.ts';
import { serveStdio } from '../stdio/server.ts';
import { createCore } from './core.ts';
import type { Serving } from './serve.ts';
import { createSurface } from './surface.ts';

/** `closed` resolves when the client closed its end, after everything was closed. */
export type StdioServing = Pick<Serving, 'stop'> & { readonly closed: Promise<void> };

/** Rejects, with everything closed, where the door cannot be opened. */
export async function serveOnStdio(options: {
  readonly configuration: Configuration;
  readonly observer: Observer;
}): Promise<StdioServing> {
  const { configuration, observer } = options;
  const { emit } = observer;
  const { bodyLimitBytes: lineLimitBytes } = configuration.http;
  const core = createCore(configuration, emit);
  const protocol = createProtocol(createSurface(core, configuration), { emit });
  const local = { name: 'local', provedBy: 'local' } as const;
  const door = await serveStdio({ protocol, principal: local, emit, lineLimitBytes }).catch(
    async (error: unknown) => {
      await core.close();
      throw error;
    },
  );
  const closed = door.closed.then(core.close);
  return {
    closed,
    stop: async (signal) => {
      emit({ kind: 'stopping', signal });
      await door.close();
      await closed;
    },
  };
}
