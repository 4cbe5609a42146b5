// A real listening door over the test surface, on a free port, with one analyst per token.
import { CodedError } from '../../src/base/errors.ts';
import type { ProductEvent } from '../../src/base/events.ts';
import { createHttpServer, type HttpOptions, type HttpServer } from '../../src/http/server.ts';
import { createProtocol } from '../../src/mcp/protocol.ts';
import { type SlowCalls, testSurface } from './test-surface.ts';

/** A running door and what a test may look at. */
export type TestDoor = {
  readonly url: string;
  readonly server: HttpServer;
  readonly events: ProductEvent[];
  readonly slowCalls: SlowCalls;
};

/** Tokens that the door knows: each names its analyst. */
export const testTokens = { sonia: 'token-of-sonia', tariq: 'token-of-tariq' } as const;

/** Opens a door; whoever opens it calls `server.close()`. */
export async function openDoor(changes: Partial<HttpOptions> = {}, port = 0): Promise<TestDoor> {
  const events: ProductEvent[] = [];
  const emit = (event: ProductEvent): void => void events.push(event);
  const { surface, slowCalls } = testSurface();
  const protocol = createProtocol(surface, { emit });
  const server = createHttpServer({
    protocol,
    authenticate: authenticateTest,
    allowedHosts: ['analytics.example.com'],
    allowedOrigins: ['https://app.example.com'],
    trustProxy: false,
    bodyLimitBytes: 1_000_000,
    rateLimit: { perPrincipalPerMinute: 0, perAddressPerMinute: 0 },
    readiness: async () => undefined,
    page: () => '<!doctype html><title>test</title>',
    emit,
    ...changes,
  });
  const url = await server.listen('127.0.0.1', port);
  await (await (changes.protocol ?? protocol)).sdk();
  return { url, server, events, slowCalls };
}

/** The check over these tokens. */
export function authenticateTest(header: string | undefined) {
  if (header === undefined)
    return new CodedError('DOOR_TOKEN_MISSING', 'the request carries no bearer token');
  const found = Object.entries(testTokens).find(([, token]) => header === `Bearer ${token}`);
  if (found === undefined) return new CodedError('DOOR_TOKEN_INVALID', 'the bearer token is not known');
  return { name: found[0], provedBy: 'token' as const };
}
