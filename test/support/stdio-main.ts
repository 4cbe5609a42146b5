// A process that serves the test surface over stdio; it exists so that real clients can start it.

import { createProtocol } from '../../src/mcp/protocol.ts';
import { serveStdio } from '../../src/stdio/server.ts';
import { testSurface } from './test-surface.ts';

const emit = (): void => undefined;
const protocol = createProtocol(testSurface().surface, { emit });
const door = await serveStdio({
  protocol,
  principal: { name: 'local', provedBy: 'local' },
  emit,
  lineLimitBytes: 1_000_000,
});
await door.closed;
