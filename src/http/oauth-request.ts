// A request as the authorization server is to see it: under the public name, with the body that was read here, and without
// headers by which a client could say otherwise. It judges nothing.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';

/** What differs from the request that came in. */
export type ReplayedParts = {
  /** Origin of the public URL. */
  readonly issuer: string;
  /** Path and query. */
  readonly url: string;
  readonly body?: { readonly type: string; readonly text: string } | undefined;
};

/** Headers that reach the authorization server; a forwarded host or scheme would end up in URLs. */
const passedHeaders = ['accept', 'authorization', 'cookie', 'origin', 'user-agent'] as const;

/** A message that reads like the one that came in; nothing of the original's stream is touched. */
export function replayed({ raw }: FastifyRequest, { issuer, url, body }: ReplayedParts): IncomingMessage {
  const { host, protocol } = new URL(issuer);
  const headers: Record<string, string> = { host, 'x-forwarded-proto': protocol.slice(0, -1) };
  for (const name of passedHeaders) {
    const value = raw.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  if (body !== undefined) {
    headers['content-type'] = body.type;
    headers['content-length'] = String(Buffer.byteLength(body.text));
  }
  const stream = Readable.from(body === undefined ? [] : [Buffer.from(body.text)]);
  const { method, httpVersion, httpVersionMajor, httpVersionMinor, socket } = raw;
  const members = { method, url, headers, httpVersion, httpVersionMajor, httpVersionMinor, socket };
  // The members above are all that is read of a message beside its stream.
  return Object.assign(stream, members) as unknown as IncomingMessage;
}
