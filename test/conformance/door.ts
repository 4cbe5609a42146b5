// A door over the conformance fixtures. It asks for no token, because the suite sends none; it exists in tests only.
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { createProtocol } from '../../src/mcp/protocol.ts';
import { addFixtures } from './fixtures.ts';
import { conformanceSurface } from './surface.ts';

/** Opens the door on a free loopback port; whoever opens it closes it. */
export async function openConformanceDoor(): Promise<{ readonly url: string; readonly server: HttpServer }> {
  const emit = (): void => undefined;
  const protocol = createProtocol(conformanceSurface, { emit, extend: addFixtures });
  const server = createHttpServer({
    protocol,
    authenticate: () => ({ name: 'conformance', provedBy: 'local' }),
    allowedHosts: [],
    allowedOrigins: [],
    trustProxy: false,
    bodyLimitBytes: 1_000_000,
    rateLimit: { perPrincipalPerMinute: 0, perAddressPerMinute: 0 },
    readiness: async () => undefined,
    page: () => '',
    emit,
  });
  return { url: await server.listen('127.0.0.1', 0), server };
}
