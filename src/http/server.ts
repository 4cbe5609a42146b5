// The HTTP door: routes, errors, listening and draining. It knows the protocol, and neither tools nor queries.
import type http from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { CodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import { createInFlight } from '../mcp/in-flight.ts';
import type { Protocol } from '../mcp/protocol.ts';
import { type Admission, admit, setHeaders, turnAway } from './admission.ts';
import { readBodies } from './body.ts';
import { letFinish, openSockets } from './drain.ts';
import { registerMcp } from './mcp-route.ts';
import { noSchemas } from './no-schemas.ts';
import { isHealth, type Readiness, registerPages } from './pages.ts';
import { createRateLimit } from './rate-limit.ts';
import { shuttingDown } from './refusal.ts';
import { registerResourceMetadata, resourceMetadataUrl, type TokenIssue } from './resource-metadata.ts';

/** What the door is made of. Sizes are bytes. */
export type HttpOptions = {
  /** May still be on its way: requests that come first wait for it. */
  readonly protocol: Protocol | Promise<Protocol>;
  /** In constant time; a promise only where a token must be asked about. Status 401 is answered with a challenge. */
  readonly authenticate: Admission['authenticate'];
  /** Who issues access tokens for this resource, and which scopes they hold; undefined where nobody does. */
  readonly issue?: TokenIssue | undefined;
  /** The scopes that a message needs of an access token. */
  readonly neededScopes?: ((message: unknown) => readonly string[]) | undefined;
  /** Host names beside the loopback ones, with or without port; `*` allows all. */
  readonly allowedHosts: readonly string[];
  /** Origins of pages that may call, beside loopback pages and the server's own; `*` allows all. */
  readonly allowedOrigins: readonly string[];
  /** Proxies whose X-Forwarded-* headers are believed: nobody, everybody, or addresses and networks. */
  readonly trustProxy: boolean | readonly string[];
  readonly bodyLimitBytes: number;
  /** 0 switches a limit off. */
  readonly rateLimit: { readonly perPrincipalPerMinute: number; readonly perAddressPerMinute: number };
  /** Public URL of the MCP endpoint; where it is known, its metadata are served and the challenge names them. */
  readonly resourceUrl?: string | undefined;
  /** A call that is silent for longer gets an event stream with comments; 10 seconds unless given. */
  readonly silenceMs?: number | undefined;
  /** Time for a client to send a whole request, from its first byte; 30 seconds unless given. */
  readonly requestTimeoutMs?: number | undefined;
  /** Longest time without a byte in either direction; 2 minutes unless given. */
  readonly silentConnectionMs?: number | undefined;
  readonly readiness: Readiness;
  /** The page at `/`, as HTML. */
  readonly page: () => string;
  /** Registers further routes, which pass the same admission as all others. */
  readonly routes?: readonly ((app: FastifyInstance) => void)[] | undefined;
  readonly emit: Emit;
};

/** The door in use. */
export type HttpServer = {
  /** Listens and gives the base URL; port 0 takes a free one. */
  readonly listen: (host: string, port: number) => Promise<string>;
  /**
   * Takes no new request (503), lets those under way finish until the deadline, then aborts them, and closes. Gives
   * the number of calls that had to be aborted.
   */
  readonly drain: (deadlineMs: number) => Promise<number>;
  /** Closes at once: aborts what runs, cuts what is connected. */
  readonly close: () => Promise<void>;
};

/** A slower client is cut (slowloris). */
const defaultRequestTimeoutMs = 30_000;
/** Calls under way send comments far more often. */
const defaultSilentConnectionMs = 120_000;
/** A call that is silent for this long gets an event stream, before a proxy takes it for dead. */
const defaultSilenceMs = 10_000;

/** Makes the door; nothing listens yet. */
export function createHttpServer(options: HttpOptions): HttpServer {
  const { protocol, resourceUrl, emit, requestTimeoutMs = defaultRequestTimeoutMs } = options;
  const listening = createInFlight();
  let draining = false;
  const admission = admissionOf(options, () => draining);
  const app = Fastify({
    logger: false,
    ...noSchemas,
    trustProxy: typeof options.trustProxy === 'boolean' ? options.trustProxy : [...options.trustProxy],
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: options.silentConnectionMs ?? defaultSilentConnectionMs,
    http: slowRequestLimits(requestTimeoutMs),
    exposeHeadRoutes: false,
    return503OnClosing: false,
    // A URL that cannot be decoded, or with an endless part, meets no hook and no route; Fastify's own answer says whose it is.
    frameworkErrors: (_error, request, reply) => {
      const refusal = admit(admission, request, false);
      if (refusal === undefined) setHeaders(request, reply);
      turnAway(admission, request, reply, refusal instanceof CodedError ? refusal : noSuchPage());
    },
  });
  const sockets = openSockets(app);
  readBodies(app, admission, options.bodyLimitBytes);
  admitAll(app, admission);
  app.setNotFoundHandler((request, reply) => {
    turnAway(admission, request, reply, noSuchPage());
  });
  registerPages(app, admission, options);
  if (resourceUrl !== undefined) registerResourceMetadata(app, resourceUrl, options.issue);
  for (const register of options.routes ?? []) register(app);
  const { silenceMs = defaultSilenceMs } = options;
  const { neededScopes } = options;
  registerMcp(app, { protocol, admission, listening, silenceMs, neededScopes, emit });
  const close = async (): Promise<void> => {
    listening.abortAll(shuttingDown());
    const spoken = await Promise.resolve(protocol).catch(() => undefined);
    spoken?.inFlight.abortAll(shuttingDown());
    app.server.closeAllConnections();
    await app.close();
  };
  return {
    listen: (host, port) => app.listen({ host, port }),
    drain: async (deadlineMs) => {
      draining = true;
      listening.abortAll(shuttingDown());
      const left = await letFinish(app, sockets, await protocol, deadlineMs);
      await close();
      return left;
    },
    close,
  };
}

function noSuchPage(): CodedError {
  return new CodedError('DOOR_NOT_FOUND', 'no such page', { hint: 'MCP is served at POST /mcp.' });
}

/**
 * Node takes the larger of its two limits for the body, and the larger is by default 60 seconds for the head (http.Server,
 * headersTimeout); and it looks for slow requests every 30 seconds only, which a tenth of the limit keeps honest.
 */
function slowRequestLimits(requestTimeoutMs: number): http.ServerOptions {
  return { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: requestTimeoutMs / 10 };
}

function admissionOf(options: HttpOptions, isDraining: () => boolean): Admission {
  const { resourceUrl } = options;
  return {
    authenticate: options.authenticate,
    allowedHosts: options.allowedHosts,
    allowedOrigins: options.allowedOrigins,
    resourceMetadataUrl: resourceUrl === undefined ? undefined : resourceMetadataUrl(resourceUrl),
    scopes: options.issue?.scopes,
    perPrincipal: createRateLimit(options.rateLimit.perPrincipalPerMinute),
    perAddress: createRateLimit(options.rateLimit.perAddressPerMinute),
    isDraining,
    emit: options.emit,
  };
}

/** Every request but the health checks passes admission before its body is read. */
function admitAll(app: FastifyInstance, admission: Admission): void {
  app.decorateRequest('principal', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    if (isHealth(request)) return done();
    const { url } = request.routeOptions;
    const asksToken = url === '/mcp' && request.method !== 'OPTIONS';
    const end = (error: CodedError | undefined): void => {
      if (error?.code !== 'DOOR_HOST' && error?.code !== 'DOOR_ORIGIN') setHeaders(request, reply);
      if (error === undefined) done();
      else turnAway(admission, request, reply, error);
    };
    const error = admit(admission, request, asksToken);
    if (error instanceof Promise) void error.then(end);
    else end(error);
  });
  app.addHook('onResponse', (request, reply, done) => {
    if (!isHealth(request)) {
      admission.emit({
        kind: 'request',
        method: request.method,
        path: request.routeOptions.url ?? 'unknown',
        status: reply.raw.statusCode,
        durationMs: reply.elapsedTime,
        address: request.ip,
      });
    }
    done();
  });
}
