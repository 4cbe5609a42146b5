// The server over HTTP: listens with the database down or up, drains when asked to stop.
import {
  type Authenticate,
  type AuthenticateAny,
  tokenAuthenticator,
  withAccessTokens,
} from '../auth/authenticate.ts';
import type { Emit } from '../base/events.ts';
import type { TokenDigest } from '../base/principal.ts';
import type { Configuration } from '../config/configuration.ts';
import { type AdminServer, createAdminServer } from '../http/admin-server.ts';
import { connectPage } from '../http/connect-page.ts';
import { endpointUrl } from '../http/resource-metadata.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import type { Protocol } from '../mcp/protocol.ts';
import type { Observer } from '../observe/observer.ts';
import type { Authorization, AuthorizationParts } from './authorization.ts';
import type { Core } from './core.ts';
import { listenAt } from './listen.ts';
import { neededScopes } from './needed-scopes.ts';

/** A server that listens. */
export type Serving = {
  /** Base URL that it listens at. */
  readonly url: string;
  /** From the next request on these analysts may call, and no others. */
  readonly replaceTokens: (tokens: readonly TokenDigest[]) => void;
  /** Lets calls under way finish until the drain deadline, cancels the rest, closes everything. */
  readonly stop: (signal: string) => Promise<void>;
  /** Cancels the calls that `stop` still lets finish, in Postgres too. */
  readonly hurry: () => Promise<void>;
};

export type ServeOptions = { readonly configuration: Configuration; readonly observer: Observer };

export async function serve({ configuration, observer }: ServeOptions): Promise<Serving> {
  const { emit } = observer;
  const { http, admin, auth, drainTimeoutMs } = configuration;
  const { promise: rooms, resolve: opened, reject: failed } = Promise.withResolvers<Rooms>();
  let { tokens } = auth;
  let byToken = tokenAuthenticator(tokens);
  const authorization = await openIfWanted({ configuration, tokens: () => tokens, emit });
  const door = createHttpServer({
    protocol: rooms.then(({ protocol }) => protocol),
    authenticate: authenticator((header) => byToken(header), authorization),
    routes: authorization?.routes,
    issue: authorization?.issue,
    neededScopes,
    allowedHosts: [...http.allowedHosts, ...publicHosts(http.publicUrl)],
    // Our own pages, also where a proxy sends another Host header than the one that it was asked by.
    allowedOrigins: [...http.allowedOrigins, ...publicOrigins(http.publicUrl)],
    trustProxy: http.trustedProxies,
    bodyLimitBytes: http.bodyLimitBytes,
    rateLimit: {
      perPrincipalPerMinute: http.rateLimitPerMinute,
      perAddressPerMinute: http.addressRateLimitPerMinute,
    },
    readiness: observedReadiness(rooms, emit),
    resourceUrl: http.publicUrl === undefined ? undefined : endpointUrl(http.publicUrl),
    page: () => connectPage(endpointUrl(http.publicUrl ?? url), configuration.signIn !== undefined),
    emit,
  });
  // Everything that can fail comes before the first request is answered, and what is open by then is closed again.
  const adminServer = openAdmin(admin, observer);
  const giveUp = async (error: unknown): Promise<never> => {
    failed(error);
    await Promise.all([door.close(), adminServer?.close(), authorization?.close()]);
    throw error;
  };
  const { url, adminUrl } = await listenAtBoth(door, adminServer, configuration).catch(giveUp);
  emit({ kind: 'listening', url, admin: false });
  if (adminUrl !== undefined) emit({ kind: 'listening', url: adminUrl, admin: true });
  opened(await openRooms(configuration, emit).catch(giveUp));
  return {
    url,
    replaceTokens: (given) => {
      tokens = given;
      byToken = tokenAuthenticator(tokens);
      emit({ kind: 'tokens_replaced', analysts: tokens.length });
    },
    stop: async (signal) => {
      const startedAt = performance.now();
      emit({ kind: 'stopping', signal });
      const inFlight = await door.drain(drainTimeoutMs);
      await (await rooms).core.close();
      await authorization?.close();
      await adminServer?.close();
      emit({ kind: 'stopped', inFlight, durationMs: performance.now() - startedAt });
    },
    hurry: () => door.close(),
  };
}

/** Neither OAuth nor state is loaded where nobody signs in. */
async function openIfWanted(parts: AuthorizationParts): Promise<Authorization | undefined> {
  const { signIn, oauth } = parts.configuration;
  if (signIn === undefined && oauth.issuers.length === 0) return undefined;
  return (await import('./authorization.ts')).openAuthorization(parts);
}

function authenticator(byToken: Authenticate, authorization: Authorization | undefined): AuthenticateAny {
  return authorization === undefined ? byToken : withAccessTokens(byToken, authorization.verify);
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

function openAdmin({ port, token }: Configuration['admin'], observer: Observer): AdminServer | undefined {
  if (port === undefined) return undefined;
  return createAdminServer({ metrics: observer.metrics, contentType: observer.contentType, token });
}

/** The admin port first: were it taken, analysts would be let in for a moment. */
async function listenAtBoth(
  door: HttpServer,
  adminServer: AdminServer | undefined,
  { http, admin }: Configuration,
): Promise<{ readonly url: string; readonly adminUrl: string | undefined }> {
  const adminAddress = { hostOption: 'MCP_ADMIN_HOST', portOption: 'MCP_ADMIN_PORT' } as const;
  const { host, port = 0 } = admin;
  const adminUrl = adminServer && (await listenAt(adminServer, { ...adminAddress, host, port }));
  const address = { hostOption: 'HOST', portOption: 'PORT' } as const;
  return { url: await listenAt(door, { ...address, host: http.host, port: http.port }), adminUrl };
}

function publicHosts(publicUrl: string | undefined): readonly string[] {
  return publicUrl === undefined ? [] : [new URL(publicUrl).host];
}

function publicOrigins(publicUrl: string | undefined): readonly string[] {
  return publicUrl === undefined ? [] : [new URL(publicUrl).origin];
}
