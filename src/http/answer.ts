// Carries one MCP message from an admitted request to the protocol and the answer back; it judges neither.
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, cancelled, type InFlight, type OpenCall } from '../mcp/in-flight.ts';
import type { Protocol } from '../mcp/protocol.ts';
import type { QuickRequest } from '../mcp/quick-lane.ts';
import type { CallContext } from '../tools/tool.ts';
import { createEventStream, type EventStream, startRaw } from './event-stream.ts';

/** Answers a message of the quick lane: as JSON, or as an event stream where something is said before the answer. */
export async function answerQuick(
  protocol: Protocol,
  quick: QuickRequest,
  reply: FastifyReply,
  context: Caller & Pick<CallContext, 'emit'> & { readonly silenceMs: number },
): Promise<FastifyReply> {
  const { raw } = reply;
  const { principal, emit } = context;
  const call = protocol.inFlight.open(context, quick.id);
  abortOnceLeft(raw, call);
  const stream = createEventStream(reply);
  const silence = setTimeout(stream.keepAlive, context.silenceMs);
  try {
    const progress = progressOf(quick, stream);
    const body = await protocol.answer(quick, { principal, emit, signal: call.signal, progress });
    // A call that the client itself cancelled gets no answer (utilities/cancellation); the request must end all the same.
    const wanted = !isCancelled(call.signal);
    if (stream.end(wanted ? body : undefined)) return reply;
    if (raw.destroyed) return reply.hijack();
    return wanted ? reply.type('application/json').send(body) : reply.code(202).send();
  } finally {
    clearTimeout(silence);
    call.close();
  }
}

/** Hands a message to the SDK and carries its answer back. `calls` counts the exchange for the drain. */
export async function answerBySdk(
  protocol: Protocol,
  message: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  calls: InFlight,
): Promise<FastifyReply> {
  const { raw } = reply;
  const call = calls.open(caller);
  abortOnceLeft(raw, call);
  try {
    const leg = await protocol.sdk();
    const response = await leg.fetch(webRequest(request, call.signal), message, caller);
    return raw.destroyed ? reply.hijack() : await sendResponse(reply, response);
  } finally {
    call.close();
  }
}

/** A client may have left while the server was still starting: then nobody will say so again. */
function abortOnceLeft(raw: ServerResponse, call: OpenCall): void {
  if (raw.destroyed) call.abort(cancelled());
  raw.once('close', () => {
    if (!raw.writableFinished) call.abort(cancelled());
  });
}

function progressOf(quick: QuickRequest, stream: EventStream): CallContext['progress'] {
  if (quick.method !== 'tools/call' || quick.progressToken === undefined) return undefined;
  const { progressToken } = quick;
  return (progress, message) => {
    const params = { progressToken, progress, message };
    stream.notify(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params }));
  };
}

function isCancelled(signal: AbortSignal): boolean {
  const reason: unknown = signal.reason;
  return signal.aborted && reason instanceof Error && 'code' in reason && reason.code === 'CANCELLED';
}

/** The request as the SDK reads it: only headers that it asks for, and never the token. */
function webRequest({ headers }: FastifyRequest, signal: AbortSignal): Request {
  const kept = new Headers({
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  });
  for (const name of ['mcp-protocol-version', 'mcp-method', 'mcp-name', 'mcp-session-id']) {
    const value = headers[name];
    if (typeof value === 'string') kept.set(name, value);
  }
  return new Request('http://mcp.invalid/mcp', { method: 'POST', headers: kept, signal });
}

/** Sends a web response; a stream is passed on as fast as the client takes it. */
async function sendResponse(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  const type = response.headers.get('content-type') ?? '';
  if (response.body === null || !type.startsWith('text/event-stream')) {
    const body = await response.text();
    if (body !== '') reply.type(type);
    return reply.code(response.status).send(body === '' ? undefined : body);
  }
  startRaw(reply, response.status, Object.fromEntries(response.headers));
  // A client that goes away in the middle ends the pipe with an error; the abort has already been given.
  await pipeline(response.body, reply.raw).catch(() => undefined);
  return reply;
}
