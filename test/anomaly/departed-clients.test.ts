// Clients that leave before a call begins or while it streams, and clients that read slowly while the server drains.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProtocol } from '../../src/mcp/protocol.ts';
import { openDoor, type TestDoor } from '../support/http-door.ts';
import { legacy, legacyHeaders, post, until } from '../support/mcp-messages.ts';
import { testSurface } from '../support/test-surface.ts';

let door: TestDoor;
afterEach(async () => {
  vi.useRealTimers();
  await door.server.close();
});

describe('a client that leaves', () => {
  it('leaves no timer behind when its call had become a stream', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    door = await openDoor({ silenceMs: 20 });
    const leave = new AbortController();
    const call = legacy('tools/call', { name: 'slow', arguments: { ms: 30_000 } });
    const answer = await post(door.url, call, legacyHeaders(), leave.signal);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const withStream = vi.getTimerCount();
    leave.abort();
    await until(() => door.slowCalls.signals[0]?.aborted === true);
    await until(() => door.events.some(({ kind }) => kind === 'call'));
    await sleep(50);
    expect(withStream).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has its call aborted even where it left before the server was ready to run it', async () => {
    const { surface, slowCalls } = testSurface();
    const protocol = createProtocol(surface, { emit: () => undefined });
    let asked = 0;
    const slowToStart = {
      ...protocol,
      sdk: async () => {
        if (++asked > 1) await sleep(300);
        return protocol.sdk();
      },
    };
    door = await openDoor({ protocol: slowToStart });
    const leave = new AbortController();
    const call = legacy('tools/call', { name: 'slow', arguments: { ms: 2_000 } });
    const answer = post(door.url, call, legacyHeaders(), leave.signal);
    await until(() => asked === 2);
    leave.abort();
    await expect(answer).rejects.toThrow();
    await until(() => slowCalls.signals[0]?.aborted === true);
  });
});

describe('a draining server', () => {
  it('lets a slow reader take the whole of an answer that is ready, within the deadline', async () => {
    door = await openDoor();
    const body = legacy('tools/call', { name: 'echo', arguments: { text: 'x'.repeat(50_000), times: 500 } });
    const received = new Promise<number>((resolve, reject) => {
      const sent = request(
        `${door.url}/mcp`,
        { method: 'POST', headers: legacyHeaders(), agent: false },
        (response) => {
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
          });
          response.on('end', () => resolve(bytes)).on('error', reject);
          response.pause();
          setTimeout(() => response.resume(), 2_500);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
    await until(() => door.events.some(({ kind }) => kind === 'call'));
    await sleep(200);
    await door.server.drain(10_000);
    expect(await received).toBeGreaterThan(50_000_000);
  });
});
