// Clients that are too slow for the door: in their head, in their body, in reading, or silent from the start. Each limit
// is made short, and met from both sides.
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, type TestDoor, testTokens } from '../support/http-door.ts';
import { legacy } from '../support/mcp-messages.ts';
import { until } from '../support/until.ts';

/** Short enough for a test, long enough for a machine that is busy. */
const limitMs = 1_500;

let door: TestDoor;
const clients: Client[] = [];
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy();
});
afterAll(() => door.server.close());

type Client = { readonly socket: Socket; received: string; answers: number; closed: boolean };

const answerStart = 'HTTP/1.1 200 OK';

async function open(): Promise<Client> {
  const { hostname, port } = new URL(door.url);
  const socket = connect(Number(port), hostname);
  const client: Client = { socket, received: '', answers: 0, closed: false };
  clients.push(client);
  socket.setEncoding('latin1').on('data', (text: string) => {
    const unseen = client.received.slice(1 - answerStart.length) + text;
    client.answers += unseen.split(answerStart).length - 1;
    client.received += text;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    client.closed = true;
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  return client;
}

/** Sends the text in as many pieces as fit into the time, or until the door has closed the connection. */
async function dribble(client: Client, text: string, durationMs: number): Promise<void> {
  const pieces = 10;
  const length = Math.ceil(text.length / pieces);
  for (let at = 0; at < text.length && !client.closed; at += length) {
    if (client.socket.writable) client.socket.write(text.slice(at, at + length));
    await sleep(durationMs / pieces);
  }
}

function head(bodyBytes: number): string {
  const lines = [
    'POST /mcp HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${testTokens.sonia}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `Content-Length: ${bodyBytes}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

const body = legacy('tools/call', { name: 'echo', arguments: { text: 'slowly' } });
const bigRead = legacy('tools/call', { name: 'big', arguments: { rows: 20_000 } });
const slowCall = (ms: number) => legacy('tools/call', { name: 'slow', arguments: { ms } });

describe('the time for a whole request', () => {
  beforeAll(async () => {
    door = await openDoor({ requestTimeoutMs: limitMs });
    return () => door.server.close();
  });

  it('is enough for a head and a body that come in pieces just within it', async () => {
    const client = await open();
    await dribble(client, head(Buffer.byteLength(body)), limitMs / 4);
    await dribble(client, body, limitMs / 4);
    await until(() => client.received.includes('slowly'), 'the answer');
  });

  it('ends for a head that comes byte by byte: 408, and the connection is closed', async () => {
    const client = await open();
    await dribble(client, head(0).trimEnd(), limitMs * 2);
    await until(() => client.closed, 'the end of the connection');
    expect(client.received).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  });

  it('ends for a body that comes byte by byte: 408, and the connection is closed', async () => {
    const client = await open();
    client.socket.write(head(Buffer.byteLength(body)));
    await dribble(client, body, limitMs * 2);
    await until(() => client.closed, 'the end of the connection');
    expect(client.received).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  });

  it('ends for a connection on which nothing is ever sent', async () => {
    const client = await open();
    await until(() => client.closed, 'the end of the connection', limitMs * 4);
  });
});

describe('the time without a byte in either direction', () => {
  beforeAll(async () => {
    door = await openDoor({ silentConnectionMs: limitMs, silenceMs: 60_000 });
  });

  it('is enough for a call that takes just less', async () => {
    const client = await open();
    client.socket.write(head(Buffer.byteLength(slowCall(limitMs / 3))) + slowCall(limitMs / 3));
    await until(() => client.received.includes('"waited"'), 'the answer');
  });

  it('ends for a call that says nothing for longer, and the call with it', async () => {
    door.slowCalls.signals.length = 0;
    const client = await open();
    client.socket.write(head(Buffer.byteLength(slowCall(60_000))) + slowCall(60_000));
    await until(() => client.closed, 'the end of the connection');
    await until(() => door.slowCalls.signals[0]?.aborted, 'the abort of the call');
  });

  const asked = 12;
  /** Asks for more than fits into the buffers of both ends, and reads nothing. */
  async function askMuch(): Promise<Client> {
    const client = await open();
    client.socket.pause();
    for (let count = 0; count < asked; count++) {
      client.socket.write(head(Buffer.byteLength(bigRead)) + bigRead);
    }
    return client;
  }

  it('is enough for a client that pauses for just less in the middle of big answers', async () => {
    const client = await askMuch();
    await sleep(limitMs / 3);
    client.socket.resume();
    await until(() => client.answers === asked, 'all answers');
    expect(client.closed).toBe(false);
  });

  it('ends for a client that has stopped reading big answers', async () => {
    const client = await askMuch();
    // Who does not read learns of the end by writing. A busy machine may take some time until its buffers are full.
    for (let tries = 0; tries < 10 && !client.closed; tries++) {
      await sleep(limitMs * 2);
      client.socket.write('\r\n');
      await sleep(limitMs / 10);
    }
    expect(client.closed).toBe(true);
    expect(client.answers).toBeLessThan(asked);
  });
});
