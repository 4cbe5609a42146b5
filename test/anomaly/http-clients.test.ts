// Clients that behave badly: they stop in the middle, never read, or send nonsense. Everybody else must not notice.
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDoor, type TestDoor, testTokens } from '../support/http-door.ts';
import { legacy, message, post, until } from '../support/mcp-messages.ts';
import { rawExchange } from '../support/raw-request.ts';

let door: TestDoor;
const sockets: Socket[] = [];
beforeAll(async () => {
  door = await openDoor();
});
beforeEach(() => {
  door.slowCalls.signals.length = 0;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => door.server.close());

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(door.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

function request(body: string, length = Buffer.byteLength(body)): string {
  const head = [
    'POST /mcp HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${testTokens.sonia}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `Content-Length: ${length}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

const echo = (text: string, id = 1) => legacy('tools/call', { name: 'echo', arguments: { text } }, id);
const stillServes = async () =>
  expect((await message(await post(door.url, echo('others')))).result?.content[0]?.text).toBe('others');

describe('the door', () => {
  it('forgets a client that leaves in the middle of its body', async () => {
    for (let count = 0; count < 20; count++) {
      const socket = await open();
      socket.write(request(echo('x').slice(0, 20), 4_000));
      socket.destroy();
    }
    await stillServes();
    expect(door.events.filter(({ kind }) => kind === 'failure')).toEqual([]);
  });

  it('aborts every call of clients that leave while it runs, and only those', async () => {
    const staying = post(door.url, legacy('tools/call', { name: 'slow', arguments: { ms: 500 } }));
    await until(() => door.slowCalls.signals.length === 1);
    for (let count = 0; count < 20; count++) {
      (await open()).write(request(legacy('tools/call', { name: 'slow', arguments: { ms: 30_000 } })));
    }
    await until(() => door.slowCalls.signals.length === 21);
    for (const socket of sockets) socket.destroy();
    await until(() => door.slowCalls.signals.filter(({ aborted }) => aborted).length === 20);
    expect((await message(await staying)).result).toMatchObject({ structuredContent: { waited: 500 } });
  });

  it('serves others while clients never read their big answers', async () => {
    for (let count = 0; count < 20; count++) {
      const socket = await open();
      socket.pause();
      socket.write(request(legacy('tools/call', { name: 'big', arguments: { rows: 20_000 } })));
    }
    for (let count = 0; count < 20; count++) await stillServes();
  });

  it('answers requests that come in one piece one after another, in order', async () => {
    const bytes = [1, 2, 3].map((id) => request(echo(`text ${id}`, id))).join('');
    const answers = await rawExchange(
      door.url,
      `${bytes}GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answers.match(/"text":"text \d"/g)).toEqual([
      '"text":"text 1"',
      '"text":"text 2"',
      '"text":"text 3"',
    ]);
  });

  it('survives bytes that are no HTTP', async () => {
    expect(await rawExchange(door.url, '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    await stillServes();
  });

  it('refuses JSON that nests deeper than it can be read, and goes on', async () => {
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const response = await post(
      door.url,
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":${deep}}}`,
    );
    expect(response.status).toBeLessThan(501);
    await response.text();
    await stillServes();
  });
});
