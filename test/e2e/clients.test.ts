// Real clients against real doors: what an application does with the server, over HTTP and over stdio.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, type TestDoor, testTokens } from '../support/http-door.ts';
import { until } from '../support/mcp-messages.ts';
import { connectV1, connectV2, type Driver, runInspector, type Target } from './real-clients.ts';

let door: TestDoor;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.server.close());

const stdio: Target = {
  command: process.execPath,
  args: [fileURLToPath(new URL('../support/stdio-main.ts', import.meta.url))],
};
const http = (): Target => ({ url: `${door.url}/mcp`, token: testTokens.sonia });

const clients = [
  {
    client: 'the v2 SDK on 2026-07-28',
    connect: (target: Target) => connectV2(target, 'auto'),
    revision: '2026-07-28',
  },
  {
    client: 'the v2 SDK in its legacy mode',
    connect: (target: Target) => connectV2(target, 'legacy'),
    revision: '2025-11-25',
  },
  { client: 'the v1 SDK', connect: connectV1, revision: '2025-11-25' },
];
const doors = [
  { over: 'HTTP', target: http },
  { over: 'stdio', target: () => stdio },
];
const combinations = clients.flatMap((client) => doors.map((way) => ({ ...client, ...way })));

describe.each(combinations)('$client over $over', ({ client, connect, revision, over, target }) => {
  let driver: Driver;
  beforeAll(async () => {
    driver = await connect(target());
  });
  afterAll(() => driver.close());

  it.skipIf(client === 'the v1 SDK' && over === 'stdio')(
    'negotiates the revision (which the v1 client does not tell over stdio)',
    () => {
      expect(driver.revision()).toBe(revision);
    },
  );

  it('lists, calls and gets text and data that fit the output schema', async () => {
    expect(await driver.tools()).toEqual(['echo', 'slow', 'big', 'fail']);
    expect(await driver.call('echo', { text: 'grüß', times: 2 })).toEqual({
      text: 'grüßgrüß',
      structured: { said: 'grüßgrüß' },
      isError: false,
    });
  });

  it('gets a big answer whole', async () => {
    const { text, structured } = await driver.call('big', { rows: 10_000 });
    expect(text.split('\n')).toHaveLength(10_000);
    expect((structured as { rows: unknown[] }).rows[9_999]).toEqual([9999, 'row "9999" – ü']);
  });

  it('gets errors that teach', async () => {
    expect(await driver.call('echo', { txt: 'a' })).toMatchObject({
      isError: true,
      text: expect.stringContaining('unknown argument "txt", did you mean "text"?'),
    });
    await expect(driver.call('ehco', {})).rejects.toThrow('unknown tool "ehco", did you mean "echo"?');
  });

  it('hears progress', async () => {
    const heard: number[] = [];
    const onprogress = ({ progress }: { progress: number }): void => void heard.push(progress);
    const { text } = await driver.call('slow', { ms: 90, steps: 3 }, { onprogress });
    // The clients themselves may let the answer overtake a notification that arrives together with it.
    expect({ text, heard: heard.slice(0, 2) }).toEqual({ text: 'waited 90 ms', heard: [1, 2] });
  });

  it('cancels a call, and the server stops working on it', async () => {
    const started = door.slowCalls.signals.length;
    const controller = new AbortController();
    const call = driver.call('slow', { ms: 30_000 }, { signal: controller.signal });
    const failed = call.then(
      () => 'answered',
      () => 'rejected',
    );
    if (over === 'HTTP') await until(() => door.slowCalls.signals.length > started);
    controller.abort();
    expect(await failed).toBe('rejected');
    if (over === 'HTTP') await until(() => door.slowCalls.signals[started]?.aborted === true);
    expect(await driver.call('echo', { text: 'still there' })).toMatchObject({ text: 'still there' });
  });

  it('reads resources, renders prompts and completes arguments', async () => {
    expect(await driver.resources()).toEqual(['test://greeting', 'test://table/fleet/trip%2Flog']);
    expect(await driver.readResource('test://table/fleet/trip%2Flog')).toBe('fleet.trip/log');
    expect(await driver.prompt('explore', { schema: 'fuel' })).toBe('Explore fuel.');
    expect(await driver.complete('explore', 'schema', 'f')).toEqual(['f1', 'none']);
  });
});

describe('an unauthorised client', () => {
  it('fails to connect with every SDK', async () => {
    const stranger = { url: `${door.url}/mcp`, token: 'unknown-token' };
    await expect(connectV1(stranger)).rejects.toThrow();
    await expect(connectV2(stranger, 'auto')).rejects.toThrow();
  });
});

describe.each(doors)('the inspector over $over', ({ target }) => {
  it('finds nothing to complain about in the list of tools', async () => {
    const { code, json, stderr } = await runInspector(target(), '--method', 'tools/list', '--strict');
    expect(code, stderr).toBe(0);
    expect((json as { tools: { name: string }[] }).tools.map(({ name }) => name)).toContain('echo');
  });

  it('calls a tool', async () => {
    const { code, json, stderr } = await runInspector(
      target(),
      '--method',
      'tools/call',
      '--tool-name',
      'echo',
      '--tool-arg',
      'text=hi',
    );
    expect(code, stderr).toBe(0);
    expect(json).toMatchObject({
      content: [{ type: 'text', text: 'hi' }],
      structuredContent: { said: 'hi' },
    });
  });
});
