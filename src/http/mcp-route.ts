// POST, GET, DELETE and OPTIONS of /mcp (Streamable HTTP, both eras); which message means what is left to the protocol.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import type { Caller, InFlight, RequestId } from '../mcp/in-flight.ts';
import { malformedMessage, mostBatchMessages, readableId } from '../mcp/malformed-message.ts';
import type { Protocol } from '../mcp/protocol.ts';
import type { ProtocolHeaders } from '../mcp/quick-lane.ts';
import { type Admission, rateLimited, turnAway } from './admission.ts';
import { answerBySdk, answerQuick } from './answer.ts';
import { acceptsBoth } from './checks.ts';
import { refuse } from './refusal.ts';
import { createSessions, type Sessions } from './sessions.ts';

/** What the route needs. */
export type McpRoute = {
  readonly protocol: Protocol | Promise<Protocol>;
  readonly admission: Admission;
  /** Exchanges that last as long as the client likes (subscriptions/listen): a drain does not wait for them. */
  readonly listening: InFlight;
  /** A call that is silent for longer gets an event stream, before a proxy takes it for dead. */
  readonly silenceMs: number;
  readonly neededScopes?: ((message: unknown) => readonly string[]) | undefined;
  readonly emit: Emit;
};

/** Registers /mcp. Every request has passed admission and carries its principal. */
export function registerMcp(app: FastifyInstance, route: McpRoute): void {
  const sessions = createSessions();
  let ready: Protocol | undefined;
  // The quick lane asks the SDK what it accepts; after the first message this is there already.
  const open = async (): Promise<Protocol> => {
    const protocol = await route.protocol;
    await protocol.sdk();
    ready = protocol;
    return protocol;
  };
  app.post('/mcp', (request, reply) =>
    ready === undefined
      ? open().then((protocol) => receive(route, protocol, sessions, request, reply))
      : receive(route, ready, sessions, request, reply),
  );
  app.delete('/mcp', (request, reply) => endSession(route, sessions, request, reply));
  app.options('/mcp', (_request, reply) => preflight(reply));
  app.route({
    method: ['GET', 'PUT', 'PATCH'],
    url: '/mcp',
    handler: (_request, reply) => {
      const error = new CodedError('DOOR_METHOD', 'this method is not served at /mcp', {
        hint: 'Use POST; the server opens no stream of its own.',
      });
      return refuse(reply.header('allow', 'POST, DELETE, OPTIONS'), error);
    },
  });
}

function receive(
  route: McpRoute,
  protocol: Protocol,
  sessions: Sessions,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | Promise<FastifyReply> {
  const { silenceMs, emit } = route;
  const caller = callerOf(request);
  const problem = checkMessage(route.admission, sessions, request, caller) ?? missingScope(route, request);
  if (problem !== undefined) {
    turnAway(route.admission, request, reply, problem);
    return reply;
  }
  if (route.admission.isDraining()) reply.header('connection', 'close');
  const { body } = request;
  const quick = protocol.recognise(body, protocolHeaders(request));
  if (quick !== undefined) return answerQuick(protocol, quick, reply, { ...caller, silenceMs, emit });
  return receiveOther(route, protocol, sessions, request, reply);
}

/** What the quick lane does not know entirely. */
async function receiveOther(
  route: McpRoute,
  protocol: Protocol,
  sessions: Sessions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { body } = request;
  const caller = callerOf(request);
  const { isMessage } = await protocol.sdk();
  const malformed = malformedMessage(body, isMessage);
  if (malformed !== undefined) {
    turnAway(route.admission, request, reply, malformed, readableId(body));
    return reply;
  }
  const method = methodOf(body);
  const cancelled = cancelledIds(body);
  for (const id of cancelled) protocol.inFlight.cancel(caller, id);
  if (method === 'initialize') reply.header('mcp-session-id', sessions.issue());
  const calls = method === 'subscriptions/listen' ? route.listening : protocol.inFlight;
  return await answerBySdk(protocol, withoutCancelled(body, cancelled), request, reply, caller, calls);
}

/** An access token may hold less than the message needs; static tokens hold everything. */
function missingScope(
  { neededScopes }: McpRoute,
  { principal, body }: FastifyRequest,
): CodedError | undefined {
  const held = principal?.identity?.scopes;
  if (held === undefined || neededScopes === undefined) return undefined;
  const needed = neededScopes(body);
  const missing = needed.filter((scope) => !held.includes(scope));
  if (missing.length === 0) return undefined;
  return new CodedError('DOOR_SCOPE', `the access token does not hold the scope "${missing.join(' ')}"`, {
    // What is held is named too, because a client asks for exactly what the challenge says.
    neededScopes: [...held, ...missing],
  });
}

/** What can be wrong with a message before the protocol looks at it. */
function checkMessage(
  admission: Admission,
  sessions: Sessions,
  request: FastifyRequest,
  caller: Caller,
): CodedError | undefined {
  const { body } = request;
  if (!acceptsBoth(request.headers.accept)) {
    return new CodedError('DOOR_NOT_ACCEPTABLE', 'the client must accept both JSON and event streams', {
      hint: 'Send Accept: application/json, text/event-stream.',
    });
  }
  if (body === undefined) return new CodedError('DOOR_MALFORMED', 'the request has no body');
  if (Array.isArray(body)) {
    if (body.length > mostBatchMessages) {
      return new CodedError(
        'DOOR_INVALID_MESSAGE',
        `a batch may hold ${mostBatchMessages} messages, got ${body.length}`,
      );
    }
    const waitSeconds = admission.perPrincipal.take(caller.principal.name, body.length - 1);
    if (waitSeconds > 0) return rateLimited(`"${caller.principal.name}"`, waitSeconds);
  }
  return sessions.refuse(caller);
}

async function endSession(
  { protocol, admission }: McpRoute,
  sessions: Sessions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const caller = callerOf(request);
  const problem =
    caller.session === undefined
      ? new CodedError('DOOR_METHOD', 'DELETE ends a session, and the request names none')
      : sessions.refuse(caller);
  if (problem !== undefined) {
    turnAway(admission, request, reply, problem);
    return reply;
  }
  sessions.end(caller);
  (await protocol).inFlight.cancelSession(caller);
  return reply.code(204).send();
}

function preflight(reply: FastifyReply): FastifyReply {
  return reply
    .header('access-control-allow-methods', 'POST, DELETE')
    .header(
      'access-control-allow-headers',
      'authorization, content-type, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, last-event-id',
    )
    .header('access-control-max-age', '600')
    .code(204)
    .send();
}

/** 2025-era cancellation comes as a message, alone or in a batch; it reaches calls of the same principal and session only. */
function cancelledIds(body: unknown): readonly RequestId[] {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  return messages.flatMap((message) => {
    if (methodOf(message) !== 'notifications/cancelled') return [];
    const id = (message as { params?: { requestId?: unknown } | null }).params?.requestId;
    return typeof id === 'string' || typeof id === 'number' ? [id] : [];
  });
}

/** What is cancelled in its own batch gets no answer, for which the SDK would wait. */
function withoutCancelled(body: unknown, cancelled: readonly RequestId[]): unknown {
  if (!Array.isArray(body) || cancelled.length === 0) return body;
  return body.filter(({ id }: { id?: RequestId }) => id === undefined || !cancelled.includes(id));
}

function callerOf(request: FastifyRequest): Caller {
  const { principal } = request;
  if (principal === undefined)
    throw new CodedError('INTERNAL', 'a request without a principal passed the door');
  const session = request.headers['mcp-session-id'];
  return { principal, session: typeof session === 'string' ? session : undefined };
}

function protocolHeaders({ headers }: FastifyRequest): ProtocolHeaders {
  return {
    protocolVersion: single(headers['mcp-protocol-version']),
    method: single(headers['mcp-method']),
    name: single(headers['mcp-name']),
  };
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function methodOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'method' in body ? body.method : undefined;
}
