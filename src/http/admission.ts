// Who may pass the door: one check after another before a body is read, the cheapest first.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, toCodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import type { Principal } from '../base/principal.ts';
import type { RequestId } from '../mcp/in-flight.ts';
import { addressKey, isAllowedHost, isAllowedOrigin } from './checks.ts';
import type { RateLimit } from './rate-limit.ts';
import { refuse, securityHeaders, shuttingDown } from './refusal.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on the routes that ask for a token, once it was proved. */
    principal: Principal | undefined;
  }
  interface FastifyContextConfig {
    /** True for endpoints that read no cookie and no browser's rights, so that a page of any origin may call them. */
    anyOrigin?: boolean;
  }
}

/** What the checks need. */
export type Admission = {
  readonly authenticate: (
    authorization: string | undefined,
  ) => Principal | CodedError | Promise<Principal | CodedError>;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly resourceMetadataUrl: string | undefined;
  /** What a client should ask for (RFC 6750, section 3); undefined where tokens have no scopes. */
  readonly scopes: readonly string[] | undefined;
  readonly perPrincipal: RateLimit;
  readonly perAddress: RateLimit;
  readonly isDraining: () => boolean;
  readonly emit: Emit;
};

/** A failed attempt costs as much as this many requests, so that guessing tokens ends soon. */
const failedAttemptWeight = 10;

/**
 * The error that keeps the request out, or undefined. Reads headers only; sets `request.principal`. A promise only where
 * the token must be asked about.
 */
export function admit(
  admission: Admission,
  request: FastifyRequest,
  asksToken: boolean,
): CodedError | undefined | Promise<CodedError | undefined> {
  if (admission.isDraining()) return shuttingDown();
  const { headers, host } = request;
  if (!isAllowedHost(host, admission.allowedHosts)) {
    return new CodedError('DOOR_HOST', 'the Host header does not name this server', {
      hint: 'Use the public URL; the operator adds names with MCP_ALLOWED_HOSTS.',
    });
  }
  if (!isAllowedOrigin(headers.origin, host, admission.allowedOrigins) && !isOpen(request)) {
    return new CodedError('DOOR_ORIGIN', 'pages of this origin may not call the server', {
      hint: 'The operator adds origins with MCP_ALLOWED_ORIGINS.',
    });
  }
  const address = addressKey(request.ip);
  const waitSeconds = admission.perAddress.take(address);
  if (waitSeconds > 0) return rateLimited('this address', waitSeconds);
  return asksToken ? identify(admission, request, address) : undefined;
}

/** Answers a request that was kept out, and reports it; `id` is that of its message, where it could be read. */
export function turnAway(
  admission: Admission,
  request: FastifyRequest,
  reply: FastifyReply,
  error: CodedError,
  id: RequestId | null = null,
): void {
  admission.emit({ kind: 'request_refused', code: error.code, address: request.ip });
  if (admission.isDraining()) reply.header('connection', 'close');
  const { resourceMetadataUrl, scopes } = admission;
  refuse(reply, error, { resourceMetadataUrl, scopes, id });
}

/** Sets the headers of every answer, and those that let an allowed page read it (Fetch, CORS protocol). */
export function setHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(securityHeaders);
  const { origin } = request.headers;
  if (origin === undefined) return;
  reply.header('access-control-allow-origin', isOpen(request) ? '*' : origin).header('vary', 'origin');
  reply.header('access-control-expose-headers', 'mcp-session-id, www-authenticate, retry-after');
}

const isOpen = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config?.anyOrigin === true;

/** The refusal of a limit, naming what was counted. */
export function rateLimited(counted: string, waitSeconds: number): CodedError {
  return new CodedError('DOOR_RATE_LIMITED', `too many requests from ${counted}`, {
    retryAfterSeconds: waitSeconds,
    hint: `Try again in ${waitSeconds} s.`,
  });
}

function identify(
  admission: Admission,
  request: FastifyRequest,
  address: string,
): CodedError | undefined | Promise<CodedError | undefined> {
  const identity = admission.authenticate(request.headers.authorization);
  if (identity instanceof Promise)
    return identity.then(
      (found) => enter(admission, request, address, found),
      (error: unknown) => toCodedError(error),
    );
  return enter(admission, request, address, identity);
}

function enter(
  admission: Admission,
  request: FastifyRequest,
  address: string,
  identity: Principal | CodedError,
): CodedError | undefined {
  if (identity instanceof CodedError) {
    if (identity.entry.httpStatus === 401) admission.perAddress.charge(address, failedAttemptWeight - 1);
    return identity;
  }
  const waitSeconds = admission.perPrincipal.take(identity.name);
  if (waitSeconds > 0) return rateLimited(`"${identity.name}"`, waitSeconds);
  request.principal = identity;
  return undefined;
}
