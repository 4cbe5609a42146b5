// How the door stops: what runs may finish, what comes is turned away, and nothing is left behind.
import { afterEach, describe, expect, it } from 'vitest';
import { openDoor, type TestDoor } from '../support/http-door.ts';
import {
  legacy,
  legacyHeaders,
  message,
  messages,
  modern,
  modernHeaders,
  post,
  until,
} from '../support/mcp-messages.ts';

let door: TestDoor;
afterEach(() => door.server.close());

const slow = (ms: number, steps = 1, meta = {}) =>
  legacy('tools/call', { name: 'slow', arguments: { ms, steps }, _meta: meta });

describe('a draining server', () => {
  it('lets a call under way finish and then closes', async () => {
    door = await openDoor();
    const answer = post(door.url, slow(300));
    await until(() => door.slowCalls.signals.length === 1);
    const drained = door.server.drain(10_000);
    expect((await message(await answer)).result).toMatchObject({ structuredContent: { waited: 300 } });
    expect(await drained).toBe(0);
    await expect(fetch(`${door.url}/healthz`)).rejects.toThrow();
  });

  it('turns new requests away with 503 and Connection: close, and is not ready', async () => {
    door = await openDoor();
    const answer = post(door.url, slow(500));
    await until(() => door.slowCalls.signals.length === 1);
    const drained = door.server.drain(10_000);
    const refused = await post(door.url, legacy('ping'));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('connection')).toBe('close');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await message(refused)).error?.message).toBe(
      'SHUTTING_DOWN: the server is shutting down\nHINT: Try again in a few seconds.',
    );
    expect((await fetch(`${door.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${door.url}/healthz`)).status).toBe(200);
    await answer;
    await drained;
  });

  it('aborts what is still running at the deadline, and tells its client why', async () => {
    door = await openDoor();
    const answers = [post(door.url, slow(30_000)), post(door.url, slow(30_000, 100, { progressToken: 1 }))];
    await until(() => door.slowCalls.signals.length === 2);
    const startedMs = performance.now();
    expect(await door.server.drain(500)).toBe(2);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    const [plain, streamed] = await Promise.all(
      answers.map(async (answer) => (await messages(await answer)).at(-1)),
    );
    for (const last of [plain, streamed]) {
      expect(last?.result).toMatchObject({
        isError: true,
        content: [{ text: expect.stringMatching(/^SHUTTING_DOWN: /) }],
      });
    }
  });

  it('counts every call that it aborts once, whichever way it came', async () => {
    door = await openDoor();
    const leftToTheSdk = JSON.stringify({
      ...JSON.parse(slow(30_000)),
      params: { name: 'slow', arguments: { ms: 30_000 }, unknown: 1 },
    });
    const batch = `[${slow(30_000)},${slow(30_000).replace('"id":1', '"id":2')}]`;
    const answers = [slow(30_000), leftToTheSdk, batch].map((body) => post(door.url, body));
    await until(() => door.slowCalls.signals.length === 4);
    expect(await door.server.drain(100)).toBe(4);
    for (const answer of await Promise.all(answers)) {
      for (const { result } of await messages(answer)) expect(result?.isError).toBe(true);
    }
  });

  it('does not wait for clients that only listen', async () => {
    door = await openDoor();
    const body = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    const stream = await post(door.url, body, modernHeaders('subscriptions/listen'));
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const startedMs = performance.now();
    expect(await door.server.drain(20_000)).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    await stream.text();
  });

  it('closes idle kept-alive connections at once', async () => {
    door = await openDoor();
    await (await post(door.url, legacy('ping'), legacyHeaders())).text();
    const startedMs = performance.now();
    await door.server.drain(10_000);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });
});
