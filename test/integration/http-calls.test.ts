// Tool calls of both eras through a real listening door: answers, teaching errors, progress, cancellation.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDoor, type TestDoor, testTokens } from '../support/http-door.ts';
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
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.server.close());
beforeEach(() => {
  door.events.length = 0;
  door.slowCalls.signals.length = 0;
});

const eras = [
  {
    era: '2025-11-25',
    call: (name: string, given: object, more: object = {}, signal?: AbortSignal) =>
      post(door.url, legacy('tools/call', { name, arguments: given, ...more }), legacyHeaders(), signal),
  },
  {
    era: '2026-07-28',
    call: (name: string, given: object, more: object = {}, signal?: AbortSignal) =>
      post(
        door.url,
        modern('tools/call', { name, arguments: given, ...more }),
        modernHeaders('tools/call', name),
        signal,
      ),
  },
];

describe.each(eras)('a call on $era', ({ era, call }) => {
  const errorOf = async (name: string, given: object) => (await message(await call(name, given))).result;

  it('answers with text for the model and data for programs', async () => {
    const response = await call('echo', { text: 'hi', times: 2 });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await message(response)).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      result: { content: [{ type: 'text', text: 'hihi' }], structuredContent: { said: 'hihi' } },
    });
  });

  it('splices bytes that the tool has encoded, unchanged', async () => {
    const { result } = await message(await call('big', { rows: 1000 }));
    expect(result?.['structuredContent']).toMatchObject({
      rows: expect.arrayContaining([[999, 'row "999" – ü']]),
    });
    expect(result?.content[0]?.text.split('\n')).toHaveLength(1000);
  });

  it('names every argument that cannot stand, all at once', async () => {
    const result = await errorOf('echo', { txt: 'a', times: 2000 });
    expect(result?.isError).toBe(true);
    expect(result?.content[0]?.text).toBe(
      'INPUT_INVALID: unknown argument "txt", did you mean "text"?; argument "text" is required: text of at most 100000 characters; ' +
        'argument "times" must be an integer from 1 to 1000, got 2000\n' +
        'HINT: The arguments are: text (required), times.',
    );
  });

  it('names the values that an argument may have', async () => {
    const result = await errorOf('fail', { how: 'softly' });
    expect(result?.content[0]?.text).toContain('argument "how" must be one of "coded", "bare", got "softly"');
  });

  it('shows a coded error with its hint, and not what is meant for the log', async () => {
    const result = await errorOf('fail', { how: 'coded' });
    expect(result).toMatchObject({
      isError: true,
      content: [
        {
          text: 'DB_UNDEFINED_TABLE: relation "trips" does not exist (SQLSTATE 42P01)\nHINT: Did you mean "trip"?',
        },
      ],
    });
  });

  it('leaks nothing of an error that nobody expected, and reports it to the log', async () => {
    const response = await call('fail', { how: 'bare' });
    const text = await response.text();
    expect(text).toContain('INTERNAL: the server failed unexpectedly');
    expect(text).not.toContain('secret');
    expect(door.events).toContainEqual({
      kind: 'failure',
      message: 'the server failed unexpectedly',
      logDetail: expect.stringContaining('secret of db.internal:5432'),
    });
  });

  it.each([
    ['the nearest name', 'ehco', 'unknown tool "ehco", did you mean "echo"?'],
    [
      'all names where none is near',
      'execute_sql',
      'unknown tool "execute_sql"; there are echo, slow, big, fail',
    ],
  ])('answers an unknown tool with -32602 and %s', async (_, name, words) => {
    const { error } = await message(await call(name, {}));
    expect(error).toMatchObject({ code: -32602, message: words });
  });

  it('reports each call with principal, tool and outcome', async () => {
    await call('echo', { text: 'a' });
    await call('fail', { how: 'coded' });
    expect(door.events.filter(({ kind }) => kind === 'call')).toMatchObject([
      { principal: 'sonia', tool: 'echo', failed: false },
      { principal: 'sonia', tool: 'fail', failed: true },
    ]);
  });

  it('sends progress as an event stream where the client gave a token, then the answer', async () => {
    const response = await call('slow', { ms: 60, steps: 3 }, { _meta: { progressToken: 'p1' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const all = await messages(response);
    expect(
      all.slice(0, -1).map(({ method, params }) => [method, params?.['progressToken'], params?.['progress']]),
    ).toEqual([
      ['notifications/progress', 'p1', 1],
      ['notifications/progress', 'p1', 2],
      ['notifications/progress', 'p1', 3],
    ]);
    expect(all.at(-1)).toMatchObject({ id: 1, result: { structuredContent: { waited: 60 } } });
  });

  it('answers plain JSON where the client gave no token, and where nothing was told in time', async () => {
    const silent = await call('slow', { ms: 1, steps: 2 });
    expect(silent.headers.get('content-type')).toMatch(/^application\/json/);
    const quick = await call('echo', { text: 'a' }, { _meta: { progressToken: 7 } });
    expect(quick.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('aborts the call when the connection drops', async () => {
    const controller = new AbortController();
    const answer = call('slow', { ms: 30_000 }, {}, controller.signal).catch((error: Error) => error.name);
    await until(() => door.slowCalls.signals.length === 1);
    controller.abort();
    expect(await answer).toBe('AbortError');
    await until(() => door.slowCalls.signals[0]?.aborted === true);
    expect(door.slowCalls.signals[0]?.reason).toMatchObject({ code: 'CANCELLED' });
  });

  it('keeps the calls of many callers with the same request id apart', async () => {
    const texts = Array.from({ length: 40 }, (_, index) => `caller ${index}`);
    const answers = await Promise.all(texts.map(async (text) => message(await call('echo', { text }))));
    expect(answers.map(({ result }) => result?.content[0]?.text)).toEqual(texts);
  });

  it(`lists tools with title, schemas and annotations, without words that say nothing (${era})`, async () => {
    const list = era === '2026-07-28' ? modern('tools/list') : legacy('tools/list');
    const headers = era === '2026-07-28' ? modernHeaders('tools/list') : legacyHeaders();
    const { result } = await message(await post(door.url, list, headers));
    const [echo, slow] = (result?.['tools'] ?? []) as Record<string, unknown>[];
    expect(echo).toEqual({
      name: 'echo',
      title: 'Echo',
      description: 'Gives the text back.',
      inputSchema: {
        type: 'object',
        properties: {
          text: { type: 'string', maxLength: 100_000, description: 'what to say' },
          times: { type: 'integer', minimum: 1, maximum: 1000 },
        },
        required: ['text'],
      },
      outputSchema: { type: 'object', properties: { said: { type: 'string' } }, required: ['said'] },
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    });
    expect(slow?.['_meta']).toEqual({ 'anthropic/maxResultSizeChars': 200_000 });
  });
});

describe('cancellation by message (2025 era)', () => {
  const session = async (token: string = testTokens.sonia): Promise<Record<string, string>> => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    };
    const headers = legacyHeaders({ authorization: `Bearer ${token}` });
    const response = await post(door.url, legacy('initialize', params), headers);
    await response.text();
    return { ...headers, 'mcp-session-id': response.headers.get('mcp-session-id') ?? '' };
  };
  const cancel = (headers: Record<string, string>, requestId: string | number) =>
    post(
      door.url,
      JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } }),
      headers,
    );
  const startSlow = async (headers: Record<string, string>, id: string | number, ms = 30_000) => {
    const started = door.slowCalls.signals.length;
    const answer = post(door.url, legacy('tools/call', { name: 'slow', arguments: { ms } }, id), headers);
    await until(() => door.slowCalls.signals.length > started);
    return { answer, signal: door.slowCalls.signals[started]! };
  };

  it('reaches the call of the same session, which then ends without an answer', async () => {
    const headers = await session();
    const { answer, signal } = await startSlow(headers, 7);
    expect((await cancel(headers, 7)).status).toBe(202);
    const response = await answer;
    expect(response.status).toBe(202);
    expect(await response.text()).toBe('');
    expect(signal.reason).toMatchObject({ code: 'CANCELLED' });
  });

  it('never reaches a call of another session, another analyst, another id or another kind of id', async () => {
    const headers = await session();
    const { answer, signal } = await startSlow(headers, 7, 400);
    const foreign = { ...headers, authorization: `Bearer ${testTokens.tariq}` };
    const statuses = await Promise.all([
      cancel(await session(), 7),
      cancel(foreign, 7),
      cancel(headers, 8),
      cancel(headers, '7'),
      cancel({ ...headers, 'mcp-session-id': '' }, 7),
    ]);
    expect(statuses.map(({ status }) => status).slice(0, 4)).toEqual([202, 202, 202, 202]);
    expect((await message(await answer)).result).toMatchObject({ structuredContent: { waited: 400 } });
    expect(signal.aborted).toBe(false);
  });

  it('works under a session id that another process issued, so that restarts and replicas do not matter', async () => {
    const headers = legacyHeaders({ 'mcp-session-id': '0f8fad5b-d9cb-469f-a165-70867728950e' });
    const { answer, signal } = await startSlow(headers, 1);
    await cancel(headers, 1);
    await answer;
    expect(signal.aborted).toBe(true);
  });

  it('reaches a call inside a batch', async () => {
    const headers = await session();
    const body = `[${legacy('tools/call', { name: 'slow', arguments: { ms: 30_000 } }, 'b1')},${legacy('ping', {}, 'b2')}]`;
    const answer = post(door.url, body, headers);
    await until(() => door.slowCalls.signals.length === 1);
    await cancel(headers, 'b1');
    const all = await messages(await answer);
    expect(all.find(({ id }) => id === 'b1')?.result).toMatchObject({ isError: true });
  });

  it('reaches it from a batch as well', async () => {
    const headers = await session();
    const { answer, signal } = await startSlow(headers, 7);
    const batch = `[{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}]`;
    expect((await post(door.url, batch, headers)).status).toBe(202);
    expect((await answer).status).toBe(202);
    expect(signal.reason).toMatchObject({ code: 'CANCELLED' });
  });

  it.each([
    ['before it', (call: string, cancelled: string) => [cancelled, call]],
    ['after it', (call: string, cancelled: string) => [call, cancelled]],
  ])('ends a batch that holds a call and its own cancellation %s', async (_, inOrder) => {
    const headers = await session();
    const call = legacy('tools/call', { name: 'slow', arguments: { ms: 30_000 } }, 5);
    const cancelled = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}';
    const alone = await post(door.url, `[${inOrder(call, cancelled)}]`, headers);
    expect([alone.status, await alone.text()]).toEqual([202, '']);
    const withPing = await post(door.url, `[${inOrder(call, cancelled)},${legacy('ping', {}, 6)}]`, headers);
    expect((await messages(withPing)).map(({ id }) => id)).toEqual([6]);
  });

  it('ends all calls of a session that its client deletes, and the session with them', async () => {
    const headers = await session();
    const { answer, signal } = await startSlow(headers, 3);
    expect((await fetch(`${door.url}/mcp`, { method: 'DELETE', headers })).status).toBe(204);
    expect((await answer).status).toBe(202);
    expect(signal.aborted).toBe(true);
    const after = await post(door.url, legacy('ping'), headers);
    expect(after.status).toBe(404);
    expect((await message(after)).error?.message).toMatch(/^DOOR_SESSION: session not found/);
  });

  it('refuses a session id that cannot be one of ours', async () => {
    const response = await post(door.url, legacy('ping'), legacyHeaders({ 'mcp-session-id': "x'; drop" }));
    expect(response.status).toBe(404);
  });
});

describe('a call that is silent for long', () => {
  it('gets an event stream with a comment before its answer, though it asked for no progress', async () => {
    const impatient = await openDoor({ silenceMs: 50 });
    try {
      const response = await post(
        impatient.url,
        legacy('tools/call', { name: 'slow', arguments: { ms: 300 } }),
      );
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      const text = await response.text();
      expect(text).toMatch(/^: still running\n\nevent: message\ndata: \{"result":/);
      expect(text).toContain('"waited":300');
    } finally {
      await impatient.server.close();
    }
  });
});

describe('header checks (2026-07-28)', () => {
  const body = modern('tools/call', { name: 'echo', arguments: { text: 'a' } });

  it('refuses headers that disagree with the body, or are missing, with -32020', async () => {
    const right = modernHeaders('tools/call', 'echo');
    const { 'mcp-name': _name, ...nameless } = right;
    const { 'mcp-protocol-version': _version, ...versionless } = right;
    const wrong = [
      { ...right, 'mcp-method': 'tools/list' },
      { ...right, 'mcp-name': 'slow' },
      nameless,
      versionless,
    ];
    for (const headers of wrong) {
      const response = await post(door.url, body, headers);
      expect(response.status).toBe(400);
      expect((await message(response)).error?.code).toBe(-32020);
    }
  });

  it('takes a name in the base64 form of the header', async () => {
    const name = `=?base64?${Buffer.from('echo').toString('base64')}?=`;
    const { result } = await message(await post(door.url, body, modernHeaders('tools/call', name)));
    expect(result?.content[0]?.text).toBe('a');
  });

  it('refuses an unknown revision with the list of those it speaks', async () => {
    const unknown = body.replaceAll('2026-07-28', '2027-01-01');
    const headers = { ...modernHeaders('tools/call', 'echo'), 'mcp-protocol-version': '2027-01-01' };
    const response = await post(door.url, unknown, headers);
    expect(response.status).toBe(400);
    expect((await message(response)).error).toMatchObject({
      code: -32022,
      data: { supported: ['2026-07-28'] },
    });
  });

  it('discovers without initialize, and initializes every older revision', async () => {
    const discovered = await message(
      await post(door.url, modern('server/discover'), modernHeaders('server/discover')),
    );
    expect(discovered.result).toMatchObject({
      supportedVersions: ['2026-07-28'],
      instructions: 'Say something with echo.',
      capabilities: { tools: {}, resources: {}, prompts: {}, completions: {} },
    });
    for (const protocolVersion of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
      const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
      const { result } = await message(await post(door.url, legacy('initialize', params)));
      expect(result).toMatchObject({
        protocolVersion,
        serverInfo: { name: 'test-server', version: '1.2.3' },
      });
    }
  });
});

describe('resources, prompts and completion', () => {
  const ask = async (method: string, params: Record<string, unknown> = {}) =>
    message(await post(door.url, legacy(method, params)));

  it('lists and reads fixed resources and members of templates, with variables decoded', async () => {
    const { result: list } = await ask('resources/list');
    expect(list?.['resources']).toMatchObject([
      { uri: 'test://greeting' },
      { uri: 'test://table/fleet/trip%2Flog' },
    ]);
    const { result } = await ask('resources/read', { uri: 'test://table/fleet/trip%2Flog' });
    expect(result?.['contents']).toEqual([
      { uri: 'test://table/fleet/trip%2Flog', mimeType: 'text/markdown', text: 'fleet.trip/log' },
    ]);
  });

  it('answers an unknown resource, and one that its template does not know, as not found', async () => {
    for (const uri of ['test://nothing', 'test://table/fleet/nothing', 'test://table/%zz/x']) {
      const { error } = await ask('resources/read', { uri });
      expect(error, uri).toMatchObject({ code: -32602, data: { uri } });
    }
  });

  it('renders a prompt and names a missing argument', async () => {
    const { result } = await ask('prompts/get', { name: 'explore', arguments: { schema: 'fuel' } });
    expect(result?.['messages']).toEqual([
      { role: 'user', content: { type: 'text', text: 'Explore fuel.' } },
    ]);
    const { error } = await ask('prompts/get', { name: 'explore' });
    expect(error).toMatchObject({
      code: -32602,
      message: expect.stringContaining('missing argument "schema"'),
    });
  });

  it('completes arguments of prompts, with what is already filled in, and variables of templates', async () => {
    const prompt = await ask('completion/complete', {
      ref: { type: 'ref/prompt', name: 'explore' },
      argument: { name: 'schema', value: 'f' },
      context: { arguments: { other: 'filled' } },
    });
    expect(prompt.result?.['completion']).toEqual({ values: ['f1', 'filled'], total: 2, hasMore: false });
    const template = await ask('completion/complete', {
      ref: { type: 'ref/resource', uri: 'test://table/{schema}/{table}' },
      argument: { name: 'schema', value: 'f' },
    });
    expect(template.result?.['completion']).toMatchObject({ values: ['fleet', 'fuel'] });
  });

  it.each([
    [100, false],
    [101, true],
  ])('completes at most 100 values and tells how many of %i there are', async (total, hasMore) => {
    const { result } = await ask('completion/complete', {
      ref: { type: 'ref/resource', uri: 'test://table/{schema}/{table}' },
      argument: { name: 'table', value: String(total) },
    });
    expect(result?.['completion']).toMatchObject({ total, hasMore, values: { length: 100 } });
  });

  it('refuses a cursor, since every list is one page', async () => {
    for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list']) {
      expect((await ask(method, { cursor: 'x' })).error, method).toMatchObject({ code: -32602 });
    }
  });
});
