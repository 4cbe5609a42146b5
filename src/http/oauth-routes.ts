// The endpoints of the authorization server: limits on who may ask how often and how much, and the way of a request to the
// server and of its answer back. What an answer is, is decided there.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  normalisedAuthorization,
  normalisedRegistration,
  normalisedToken,
} from '../auth/authorization/normalise-request.ts';
import { authorizationPaths } from '../auth/authorization/settings.ts';
import { type CodedError, toCodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import { addressKey } from './checks.ts';
import { replayed } from './oauth-request.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';
import { signInPolicy } from './sign-in-style.ts';
import { createWaitingLine } from './waiting-line.ts';

/** The authorization server as the door knows it. */
export type OauthDoor = {
  readonly issuer: string;
  /** RFC 8414. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Answers a request; throws a CodedError before anything is answered where it cannot. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Most requests from one address; 0 switches the limit off. All of Claude's users come from a handful of addresses. */
  readonly requestsPerMinute: number;
  /** Most clients that may register themselves in a day; one address registers a part of them at most. */
  readonly clientsPerDay: number;
};

/** Requests are short; whatever is longer is none. */
const bodyLimitBytes = 16 * 1024;
const formType = 'application/x-www-form-urlencoded';
/** Requests that are worked on at once, and that wait; each takes some ten milliseconds. */
const mostAtOnce = 8;
const longestLine = 1_000;
/** A registration writes a record that lives for a day, so it counts as much as this many other requests. */
const registrationWeight = 10;
/** So many addresses together can use up the clients of a day. */
const registeringAddresses = 10;
const dayMs = 86_400_000;

/** Gives what registers the endpoints in a scope of their own: other bodies, other errors than those of MCP. */
export function oauthRoutes(given: OauthDoor, emit: Emit): (app: FastifyInstance) => void {
  // After an outage everybody comes at once; in line each of them finds the store as quick as it is.
  const line = createWaitingLine(mostAtOnce, longestLine);
  const door = {
    ...given,
    answer: (...call: Parameters<OauthDoor['answer']>) => line(() => given.answer(...call)),
  };
  const open = { config: { anyOrigin: true } };
  const limits = limitsOf(door);
  return (app) =>
    app.register(async (scope) => {
      readForms(scope, emit);
      limitAddresses(scope, limits);
      scope.get(authorizationPaths.authorization, (request, reply) => {
        const query = normalisedAuthorization(queryOf(request));
        return pass(door, request, reply, `${authorizationPaths.authorization}?${query}`);
      });
      scope.get(`${authorizationPaths.authorization}/:uid`, (request, reply) =>
        pass(door, request, reply, request.url),
      );
      scope.post(authorizationPaths.token, open, (request, reply) =>
        passForm(door, request, reply, normalisedToken(formOf(request))),
      );
      scope.post(authorizationPaths.revocation, open, (request, reply) =>
        passForm(door, request, reply, formOf(request)),
      );
      scope.post(authorizationPaths.registration, open, (request, reply) => register(door, request, reply));
      scope.get(authorizationPaths.jwks, open, (request, reply) => pass(door, request, reply, request.url));
      for (const url of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
        scope.get(url, open, (_request, reply) =>
          reply.header('cache-control', 'max-age=3600').send(door.metadata),
        );
        scope.options(url, open, preflight);
      }
      for (const path of Object.values(authorizationPaths))
        if (path !== authorizationPaths.authorization) scope.options(path, open, preflight);
    });
}

/** Says to a page in a browser what it may send (Fetch, CORS protocol); no cookie is ever read at these endpoints. */
export function preflight(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .header('access-control-allow-methods', 'GET, POST')
    .header('access-control-allow-headers', 'authorization, content-type, mcp-protocol-version')
    .header('access-control-max-age', '3600')
    .code(204)
    .send();
}

function readForms(scope: FastifyInstance, emit: Emit): void {
  scope.removeAllContentTypeParsers();
  const options = { parseAs: 'string', bodyLimit: bodyLimitBytes } as const;
  for (const type of [formType, 'application/json'])
    scope.addContentTypeParser(type, options, (_request, text, done) => done(null, text));
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) return refuseOauth(reply, toCodedError(error));
    emit({ kind: 'request_refused', code: 'DOOR_MALFORMED', address: request.ip });
    const body = {
      error: 'invalid_request',
      error_description: 'the body is too large, or not what is read here',
    };
    return reply.code(status === 413 ? 413 : 400).send(body);
  });
}

type Limits = { readonly requests: RateLimit; readonly registrations: RateLimit };

function limitsOf({ requestsPerMinute, clientsPerDay }: OauthDoor): Limits {
  const share = requestsPerMinute === 0 ? 0 : Math.ceil(clientsPerDay / registeringAddresses);
  return {
    requests: createRateLimit(requestsPerMinute),
    registrations: createRateLimit(share, undefined, dayMs),
  };
}

function limitAddresses(scope: FastifyInstance, limits: Limits): void {
  scope.addHook('onRequest', (request, reply, done) => {
    const waitSeconds = request.method === 'OPTIONS' ? 0 : waitOf(limits, request);
    if (waitSeconds === 0) return done();
    reply
      .code(429)
      .header('retry-after', String(waitSeconds))
      .send({ error: 'too_many_requests', error_description: 'too many requests from this address' });
  });
}

function waitOf({ requests, registrations }: Limits, { ip, routeOptions }: FastifyRequest): number {
  const address = addressKey(ip);
  if (routeOptions.url !== authorizationPaths.registration) return requests.take(address);
  return requests.take(address, registrationWeight) || registrations.take(address);
}

function register(door: OauthDoor, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  const metadata = normalisedRegistration(isJson ? parsed(request.body) : undefined);
  // What is no object is left for the server to refuse, in its own words.
  const text = JSON.stringify(metadata ?? null);
  return pass(door, request, reply, authorizationPaths.registration, { type: 'application/json', text });
}

function passForm(
  door: OauthDoor,
  request: FastifyRequest,
  reply: FastifyReply,
  form: URLSearchParams,
): Promise<FastifyReply> {
  const url = request.routeOptions.url ?? '';
  return pass(door, request, reply, url, { type: formType, text: form.toString() });
}

async function pass(
  { issuer, answer }: OauthDoor,
  request: FastifyRequest,
  reply: FastifyReply,
  url: string,
  body?: { readonly type: string; readonly text: string },
): Promise<FastifyReply> {
  const { raw } = reply;
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value);
  raw.setHeader('content-security-policy', signInPolicy());
  try {
    await answer(replayed(request, { issuer, url, body }), raw);
  } catch (error) {
    answerRaw(raw, toCodedError(error));
  }
  return reply;
}

function refuseOauth(reply: FastifyReply, error: CodedError): FastifyReply {
  const { status, headers, body } = oauthError(error);
  return reply.code(status).headers(headers).send(body);
}

function answerRaw(raw: ServerResponse, error: CodedError): void {
  if (raw.headersSent) return void raw.destroy();
  const { status, headers, body } = oauthError(error);
  raw.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The shape of RFC 6749, section 5.2; a fault of ours is never told as one of the client's. */
function oauthError({ entry, facts, message }: CodedError): {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Readonly<Record<string, string>>;
} {
  const isTemporary = entry.httpStatus === 503;
  return {
    status: isTemporary ? 503 : 500,
    headers: isTemporary ? { 'retry-after': String(facts.retryAfterSeconds ?? 1) } : {},
    body: {
      error: isTemporary ? 'temporarily_unavailable' : 'server_error',
      error_description: message,
    },
  };
}

function queryOf(request: FastifyRequest): URLSearchParams {
  return new URL(request.url, 'http://localhost').searchParams;
}

function formOf(request: FastifyRequest): URLSearchParams {
  const isForm = request.headers['content-type']?.startsWith(formType) === true;
  return new URLSearchParams(isForm && typeof request.body === 'string' ? request.body : '');
}

function parsed(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}
