// The stdio door: one client on the other end of a pipe. It loads neither Fastify nor anything of http; stdout carries
// protocol messages only.
import type { Readable, Writable } from 'node:stream';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio as serveBySdk } from '@modelcontextprotocol/server/stdio';
import type { Emit } from '../base/events.ts';
import type { Principal } from '../base/principal.ts';
import type { Era } from '../mcp/answer-body.ts';
import { type Caller, cancelled } from '../mcp/in-flight.ts';
import { malformedLine, mostBatchMessages, tooLongLine, unparsedLine } from '../mcp/malformed-message.ts';
import type { Protocol } from '../mcp/protocol.ts';
import type { QuickRequest } from '../mcp/quick-lane.ts';
import { WholeLines } from './whole-lines.ts';

/** What the door needs; input and output are the process's own unless a test gives others. */
export type StdioOptions = {
  readonly protocol: Protocol;
  readonly principal: Principal;
  readonly emit: Emit;
  /** Most bytes of a line. */
  readonly lineLimitBytes: number;
  readonly input?: Readable;
  readonly output?: Writable;
};

/** The open door: `closed` resolves when the client closed its end or `close` was called. */
export type StdioServer = { readonly closed: Promise<void>; readonly close: () => Promise<void> };

/** Serves the client until it goes away. What it still waits for then is aborted. Rejects where the SDK cannot be loaded. */
export async function serveStdio(options: StdioOptions): Promise<StdioServer> {
  const { protocol, principal, emit, lineLimitBytes: limitBytes } = options;
  const { input = process.stdin, output = process.stdout } = options;
  const caller: Caller = { principal, session: 'stdio' };
  const leg = await protocol.sdk();
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
  const wire = quickWire(input, output, limitBytes, {
    recognise: (message) => protocol.recognise(message),
    answer: (request, notify) => answer(protocol, caller, emit, request, notify),
    cancel: (id) => protocol.inFlight.cancel(caller, id),
    onClosed: () => {
      protocol.inFlight.abortAll(cancelled());
      onClosed();
    },
    onError: (error) => emit({ kind: 'protocol_error', message: error.message }),
  });
  const handle = serveBySdk(() => leg.connect(caller), { transport: wire });
  return { closed, close: () => handle.close() };
}

async function answer(
  protocol: Protocol,
  caller: Caller,
  emit: Emit,
  request: QuickRequest,
  notify: (message: string) => void,
): Promise<string | Buffer | undefined> {
  const call = protocol.inFlight.open(caller, request.id);
  const token = request.method === 'tools/call' ? request.progressToken : undefined;
  const progress =
    token === undefined
      ? undefined
      : (progress: number, message: string): void => {
          const params = { progressToken: token, progress, message };
          notify(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params }));
        };
  try {
    const { principal } = caller;
    const body = await protocol.answer(request, { principal, emit, signal: call.signal, progress });
    return call.signal.aborted ? undefined : body;
  } finally {
    call.close();
  }
}

type Wire = {
  readonly recognise: (message: unknown) => QuickRequest | undefined;
  readonly answer: (
    request: QuickRequest,
    notify: (message: string) => void,
  ) => Promise<string | Buffer | undefined>;
  readonly cancel: (id: string | number) => void;
  readonly onClosed: () => void;
  readonly onError: (error: Error) => void;
};

/**
 * The SDK's transport with the quick lane before it. The SDK binds the connection to an era by its opening message, so
 * a message goes the quick way only after the SDK has answered one of the same era.
 */
function quickWire(input: Readable, output: Writable, limitBytes: number, wire: Wire): Transport {
  let era: Era | undefined;
  let takesBatches = false;
  const line = (message: string | Buffer): void => {
    output.write(message);
    output.write('\n');
  };
  const refuse = (answer: string, reason: string): void => {
    line(answer);
    wire.onError(new SyntaxError(reason));
  };
  const lines = new WholeLines({
    limitBytes,
    unpack: (text) => (takesBatches ? messagesOf(text) : [text]),
    onTooLong: () => refuse(tooLongLine(limitBytes), `a line is longer than ${limitBytes} bytes`),
    onNotUtf8: () => refuse(unparsedLine('UTF-8'), 'a line is not valid UTF-8'),
  });
  const inner = new StdioServerTransport(lines, output, { maxBufferSize: limitBytes + 1 });
  // The SDK passes over a line that is not JSON without a word. This is called after it has read the same line, since it
  // listened first.
  let isToldOf = false;
  const tellUnparsed = (): void => {
    if (!isToldOf) refuse(unparsedLine('JSON'), 'a line is not valid JSON');
    isToldOf = false;
  };
  const outer: Transport = {
    start: () => {
      const started = inner.start();
      lines.on('data', tellUnparsed);
      input.once('close', () => lines.end());
      input.pipe(lines);
      return started;
    },
    send: (message) => {
      era = eraOf(message) ?? era;
      takesBatches ||= isOfBatches(message);
      return inner.send(message);
    },
    close: () => inner.close(),
  };
  inner.onmessage = (message) => {
    isToldOf = true;
    const request = era === undefined ? undefined : wire.recognise(message);
    if (request?.era === era && request !== undefined) {
      void wire.answer(request, line).then((body) => body !== undefined && line(body));
      return;
    }
    const id = cancelledId(message);
    if (id !== undefined) wire.cancel(id);
    outer.onmessage?.(message);
  };
  inner.onerror = (error) => {
    // What the SDK's own schema of a message refuses is an error with issues (zod); only the sender can mend that.
    if ('issues' in error) {
      isToldOf = true;
      line(malformedLine());
    }
    wire.onError(error);
    outer.onerror?.(error);
  };
  inner.onclose = () => {
    lines.off('data', tellUnparsed);
    input.unpipe(lines);
    input.pause();
    wire.onClosed();
    outer.onclose?.();
  };
  return outer;
}

/** The era that an outgoing result shows: initialize names a revision, modern results name their type. */
function eraOf(message: JSONRPCMessage): Era | undefined {
  if (!('result' in message)) return undefined;
  const { result } = message;
  if ('supportedVersions' in result) return undefined; // server/discover only probes; the client may still initialize
  if ('resultType' in result) return 'modern';
  return 'protocolVersion' in result ? 'legacy' : undefined;
}

/** The revisions in which a line may hold a batch of messages (2025-03-26, "Batching"). */
function isOfBatches(message: JSONRPCMessage): boolean {
  if (!('result' in message)) return false;
  const revision = message.result['protocolVersion'];
  return revision === '2025-03-26' || revision === '2024-11-05';
}

/** The messages of a batch, each as a line of its own: they are answered one by one, as the SDK's clients take it. */
function messagesOf(text: Buffer): readonly Buffer[] {
  if (!/^\s*\[/.test(text.toString('latin1', 0, 20))) return [text];
  try {
    const batch: unknown = JSON.parse(text.toString('utf8'));
    const isBatch = Array.isArray(batch) && batch.length > 0 && batch.length <= mostBatchMessages;
    return isBatch ? batch.map((message) => Buffer.from(JSON.stringify(message))) : [text];
  } catch {
    return [text];
  }
}

function cancelledId(message: JSONRPCMessage): string | number | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined;
  const id = message.params?.['requestId'];
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}
