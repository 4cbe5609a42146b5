// The stdio door as a process: what it loads, how it starts, what it writes, and how it ends.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { envelope, legacy, type Message, modern } from '../support/mcp-messages.ts';

const entry = fileURLToPath(new URL('../support/stdio-main.ts', import.meta.url));
let child: ChildProcessWithoutNullStreams;
afterEach(() => void child.kill('SIGKILL'));

function start(...flags: string[]) {
  child = spawn(process.execPath, [...flags, entry], { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    send: (text: string) => void child.stdin.write(`${text}\n`),
    next: async (): Promise<Message> => JSON.parse((await lines.next()).value as string) as Message,
  };
}

const initialize = legacy('initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
});

describe('the stdio door', () => {
  it('answers a legacy client, calls included', async () => {
    const { send, next } = start();
    send(initialize);
    expect((await next()).result).toMatchObject({ protocolVersion: '2025-11-25' });
    send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    for (const id of ['a', 2]) {
      send(legacy('tools/call', { name: 'echo', arguments: { text: 'hi' } }, id));
      expect(await next()).toMatchObject({ id, result: { structuredContent: { said: 'hi' } } });
    }
  });

  it('answers a 2026-07-28 client without initialize, and refuses initialize from then on', async () => {
    const { send, next } = start();
    for (const id of [1, 2]) {
      send(modern('tools/call', { name: 'echo', arguments: { text: 'hi' } }, id));
      expect(await next()).toMatchObject({
        id,
        result: { resultType: 'complete', structuredContent: { said: 'hi' } },
      });
    }
    send(initialize);
    expect((await next()).error?.code).toBe(-32022);
  });

  it('holds a client to its era: a call without the envelope is refused on a 2026-07-28 connection', async () => {
    const { send, next } = start();
    send(modern('tools/list'));
    await next();
    send(legacy('tools/call', { name: 'echo', arguments: { text: 'hi' } }));
    expect((await next()).error?.code).toBe(-32602);
  });

  it('cancels a call by message and does not answer it', async () => {
    const { send, next } = start();
    send(initialize);
    await next();
    send(legacy('tools/call', { name: 'slow', arguments: { ms: 30_000 } }, 5));
    send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}');
    send(legacy('ping', {}, 6));
    expect(await next()).toMatchObject({ id: 6 });
  });

  it('sends progress before the answer', async () => {
    const { send, next } = start();
    send(modern('tools/list'));
    await next();
    const _meta = { ...envelope, progressToken: 'p' };
    send(modern('tools/call', { name: 'slow', arguments: { ms: 20, steps: 2 }, _meta }, 9));
    expect([await next(), await next(), await next()]).toMatchObject([
      { method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } },
      { method: 'notifications/progress', params: { progressToken: 'p', progress: 2 } },
      { id: 9 },
    ]);
  });

  it('answers each line that is not JSON with -32700 and no id, passes over blank ones, and goes on', async () => {
    const { send, next } = start();
    send('{"jsonrpc":\n\n \r\nHello');
    const refused = {
      id: null,
      error: {
        code: -32700,
        message: expect.stringMatching(/^DOOR_MALFORMED: a line is not valid JSON\nHINT: Send /),
      },
    };
    expect([await next(), await next()]).toMatchObject([refused, refused]);
    send(initialize);
    expect((await next()).result).toBeDefined();
  });

  it.each(['{}', '[]', '5', '{"jsonrpc":"2.0","id":1,"method":5}'])(
    'answers %s, which is JSON and no message, with -32600 and goes on',
    async (line) => {
      const { send, next } = start();
      send(line);
      expect(await next()).toMatchObject({
        id: null,
        error: {
          code: -32600,
          message: expect.stringMatching(
            /^DOOR_INVALID_MESSAGE: a line must hold one JSON-RPC message, and no batch\nHINT: Send /,
          ),
        },
      });
      send(initialize);
      expect((await next()).result).toBeDefined();
    },
  );

  it('answers a line that is too long with -32600 and no id, names the limit, and goes on', async () => {
    const { send, next } = start();
    send(initialize);
    await next();
    send(legacy('tools/call', { name: 'echo', arguments: { text: 'x'.repeat(12_000_000) } }));
    expect(await next()).toMatchObject({
      id: null,
      error: {
        code: -32600,
        message: 'DOOR_BODY_TOO_LARGE: a line is longer than 1000000 bytes\nHINT: Send a shorter statement.',
      },
    });
    send(legacy('ping', {}, 6));
    expect(await next()).toMatchObject({ id: 6, result: {} });
  });

  it('answers a line that is not UTF-8 with -32700 and goes on', async () => {
    const { send, next } = start();
    child.stdin.write(Buffer.from(`${legacy('ping', { é: 1 })}\n`, 'latin1'));
    expect((await next()).error).toMatchObject({
      code: -32700,
      message: expect.stringMatching(/^DOOR_MALFORMED: a line is not valid UTF-8\n/),
    });
    send(initialize);
    expect((await next()).result).toBeDefined();
  });

  it('takes a batch where 2025-03-26 was agreed, and answers its messages one by one', async () => {
    const { send, next } = start();
    send(initialize.replace('2025-11-25', '2025-03-26'));
    expect((await next()).result).toMatchObject({ protocolVersion: '2025-03-26' });
    const call = (id: number) => legacy('tools/call', { name: 'echo', arguments: { text: 'hi' } }, id);
    send(`[${call(1)},{"jsonrpc":"2.0","method":"notifications/initialized"},${call(2)}]`);
    const answers = [await next(), await next()];
    expect(answers.map(({ id }) => id).sort()).toEqual([1, 2]);
  });

  it('ends by itself, with code 0, when the client closes its end', async () => {
    const { send, next } = start();
    send(initialize);
    await next();
    send(legacy('tools/call', { name: 'slow', arguments: { ms: 30_000 } }, 5));
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('loads neither Fastify nor anything of the HTTP door', async () => {
    const hook =
      'data:text/javascript,import{registerHooks}from"node:module";registerHooks({load(u,c,n){process.stderr.write(u+"\\n");return n(u,c)}})';
    const { send, next } = start('--import', hook);
    let loaded = '';
    child.stderr.on('data', (chunk) => {
      loaded += String(chunk);
    });
    send(initialize);
    await next();
    expect(loaded).toContain('/src/stdio/server.ts');
    expect(loaded).not.toMatch(/fastify|\/src\/http\//);
  });
});
