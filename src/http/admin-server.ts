// The operator's own listener: metrics and nothing else. It shares no route, limit or token with the analysts' door.
import { createHash, timingSafeEqual } from 'node:crypto';
import Fastify from 'fastify';
import { noSchemas } from './no-schemas.ts';

/** What the operator's listener serves. */
export type AdminOptions = {
  /** The metrics as text, in the format that `contentType` names. */
  readonly metrics: () => Promise<string>;
  readonly contentType: string;
  /** Bearer token to ask for; without one whoever reaches the port may read. */
  readonly token?: string | undefined;
};

/** The operator's listener in use. */
export type AdminServer = {
  readonly listen: (host: string, port: number) => Promise<string>;
  readonly close: () => Promise<void>;
};

const requestTimeoutMs = 10_000;

/** Makes the listener for `GET /metrics`; nothing listens yet. */
export function createAdminServer({ metrics, contentType, token }: AdminOptions): AdminServer {
  const app = Fastify({
    logger: false,
    ...noSchemas,
    bodyLimit: 1024,
    requestTimeout: requestTimeoutMs,
    http: { headersTimeout: requestTimeoutMs },
    exposeHeadRoutes: false,
  });
  app.get('/metrics', async (request, reply) => {
    if (token !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
      return reply.code(401).header('www-authenticate', 'Bearer').type('text/plain').send('unauthorized\n');
    }
    return reply.header('content-type', contentType).send(await metrics());
  });
  return {
    listen: (host, port) => app.listen({ host, port }),
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

// Digests are of one length, so the comparison takes the same time whatever was sent.
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
