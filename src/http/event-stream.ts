// An answer that may become a stream of server-sent events: it stays unopened, and free, until something must be said
// before the answer is there.
import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Body } from '../mcp/answer-body.ts';

/** A stream that opens with its first event. */
export type EventStream = {
  /** Sends a JSON-RPC notification, unless the client is too slow to take it. */
  readonly notify: (message: string) => void;
  /** Sends a comment every 15 seconds from now on, so that no proxy takes the silence for a dead connection. */
  readonly keepAlive: () => void;
  /** Sends the last message, if there is one, and ends the stream and its comments; false where it was never opened. */
  readonly end: (message?: Body) => boolean;
};

const commentEveryMs = 15_000;

/** The headers of an event stream (WHATWG HTML, 9.2); the last one keeps nginx from buffering it. */
const eventStreamHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Takes the reply from Fastify and sends its head, with the headers that were set so far. */
export function startRaw(reply: FastifyReply, status: number, headers: OutgoingHttpHeaders): void {
  reply.hijack();
  reply.raw.writeHead(status, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...headers });
}

/** A stream over the reply. */
export function createEventStream(reply: FastifyReply): EventStream {
  const { raw } = reply;
  let opened = false;
  let comments: NodeJS.Timeout | undefined;
  const open = (): boolean => {
    if (raw.destroyed) return false;
    if (!opened) {
      opened = true;
      startRaw(reply, 200, eventStreamHeaders);
    }
    return !raw.writableNeedDrain;
  };
  const comment = (): void => {
    if (open()) raw.write(': still running\n\n');
  };
  return {
    notify: (message) => {
      if (open()) raw.write(`event: message\ndata: ${message}\n\n`);
    },
    keepAlive: () => {
      comment();
      comments ??= setInterval(comment, commentEveryMs).unref();
    },
    end: (message) => {
      clearInterval(comments);
      if (!opened) return false;
      if (raw.destroyed) return true;
      if (message !== undefined) {
        raw.write('event: message\ndata: ');
        raw.write(message);
        raw.write('\n\n');
      }
      raw.end();
      return true;
    },
  };
}
