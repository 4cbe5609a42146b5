// The server over HTTP: listens with the database down or up, drains when asked to stop.
import { tokenAuthenticator } from '../auth/authenticate.ts';
import type { Emit } from '../base/events.ts';
import type { TokenDigest } from '../base/principal.ts';
import type { Configuration } from '../config/configuration.ts';
import { type AdminServer, createAdminServer } from '../http/admin-server.ts';
import { connectPage } from '../http/connect-page.ts';
import { endpointUrl } from '../http/resource-metadata.ts';
import { createHttpServer } from '../http/server.ts';
import type { Protocol } from '../mcp/protocol.ts';
import type { Observer } from '../observe/observer.ts';
import type { Core } from './core.ts';
import { listenAt } from './listen.ts';

/** A server that listens. */
export type Serving = {
  /** Base URL that it listens at. */
  readonly url: string;
  /** From the next request on these analysts may call, and no others. */
  readonly replaceTokens: (tokens: readonly TokenDigest[]) => void;
  /** Lets calls under way finish until the drain deadline, cancels the rest, closes everything. */
  readonly stop: (signal: string) => Promise<void>;
};

export type ServeOptions = { readonly configuration: Configuration; readonly observer: Observer };

export async function serve({ configuration, observer }: ServeOptions): Promise<Serving> {
  const { emit } = observer;
  const { http, admin, auth, drainTimeoutMs } = configuration;
  const { promise: rooms, resolve: opened } = Promise.withResolvers<Rooms>();
  let authenticate = tokenAuthenticator(auth.tokens);
  const door = createHttpServer({
    protocol: rooms.then(({ protocol }) => protocol),
    authenticate: (authorization) => authenticate(authorization),
    allowedHosts: [...http.allowedHosts, ...publicHosts(http.publicUrl)],
    allowedOrigins: http.allowedOrigins,
    trustProxy: http.trustedProxies,
    bodyLimitBytes: http.bodyLimitBytes,
    rateLimit: {
      perPrincipalPerMinute: http.rateLimitPerMinute,
      perAddressPerMinute: http.addressRateLimitPerMinute,
    },
    readiness: observedReadiness(rooms, emit),
    resourceUrl: http.publicUrl === undefined ? undefined : endpointUrl(http.publicUrl),
    page: () => connectPage(endpointUrl(http.publicUrl ?? url)),
    emit,
  });
  const { host, port } = http;
  const url = await listenAt(door, { host, port, hostOption: 'HOST', portOption: 'PORT' });
  emit({ kind: 'listening', url, admin: false });
  opened(await openRooms(configuration, emit));
  const adminServer = await openAdmin(admin, observer);
  return {
    url,
    replaceTokens: (tokens) => {
      authenticate = tokenAuthenticator(tokens);
      emit({ kind: 'tokens_replaced', analysts: tokens.length });
    },
    stop: async (signal) => {
      const startedAt = performance.now();
      emit({ kind: 'stopping', signal });
      const inFlight = await door.drain(drainTimeoutMs);
      await (await rooms).core.close();
      await adminServer?.close();
      emit({ kind: 'stopped', inFlight, durationMs: performance.now() - startedAt });
    },
  };
}

/** What stands behind the door. */
type Rooms = { readonly core: Core; readonly protocol: Protocol };

/** Loaded once the door is open, which halves the time to it; requests that come first wait for this. */
async function openRooms(configuration: Configuration, emit: Emit): Promise<Rooms> {
  const [{ createCore }, { createSurface }, { createProtocol }] = await Promise.all([
    import('./core.ts'),
    import('./surface.ts'),
    import('../mcp/protocol.ts'),
  ]);
  const core = createCore(configuration, emit);
  return { core, protocol: createProtocol(createSurface(core, configuration), { emit }) };
}

function observedReadiness(rooms: Promise<Rooms>, emit: Emit): Core['readiness'] {
  return async (signal) => {
    const missing = await (await rooms).core.readiness(signal);
    emit({ kind: 'readiness', ready: missing === undefined });
    return missing;
  };
}

async function openAdmin(
  { host, port, token }: Configuration['admin'],
  observer: Observer,
): Promise<AdminServer | undefined> {
  if (port === undefined) return undefined;
  const server = createAdminServer({
    metrics: observer.metrics,
    contentType: observer.contentType,
    token,
  });
  const address = { host, port, hostOption: 'MCP_ADMIN_HOST', portOption: 'MCP_ADMIN_PORT' } as const;
  observer.emit({ kind: 'listening', url: await listenAt(server, address), admin: true });
  return server;
}

function publicHosts(publicUrl: string | undefined): readonly string[] {
  return publicUrl === undefined ? [] : [new URL(publicUrl).host];
}
