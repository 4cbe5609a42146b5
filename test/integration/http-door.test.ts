// What the HTTP door lets in, keeps out and says, on a real listening server.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, type TestDoor, testTokens } from '../support/http-door.ts';
import {
  legacy,
  legacyHeaders,
  message,
  messages,
  modern,
  modernHeaders,
  post,
} from '../support/mcp-messages.ts';
import { rawExchange, rawRequest } from '../support/raw-request.ts';

let door: TestDoor;
beforeAll(async () => {
  door = await openDoor({
    resourceUrl: 'https://x.example/mcp',
  });
});
afterAll(() => door.server.close());

const ping = legacy('ping');

describe('authentication', () => {
  it('challenges a request without a token, without an error code', async () => {
    const response = await post(door.url, ping, { 'content-type': 'application/json' });
    expect(response.status).toBe(401);
    const challenge = response.headers.get('www-authenticate');
    expect(challenge).toContain(
      'resource_metadata="https://x.example/.well-known/oauth-protected-resource/mcp"',
    );
    expect(challenge).not.toContain('error=');
    expect((await message(response)).error?.message).toMatch(
      /^DOOR_TOKEN_MISSING: the request carries no bearer/,
    );
  });

  it.each(['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp'])(
    'tells without a token at %s what the resource is',
    async (path) => {
      const response = await fetch(`${door.url}${path}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        resource: 'https://x.example/mcp',
        resource_name: 'pg-analytics-mcp',
        bearer_methods_supported: ['header'],
      });
    },
  );

  it('challenges an unknown token with invalid_token', async () => {
    const response = await post(door.url, ping, legacyHeaders({ authorization: 'Bearer nobody-knows-this' }));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    const { error } = await message(response);
    expect(error).toMatchObject({ data: { code: 'DOOR_TOKEN_INVALID', retryable: false } });
  });

  it('asks for a token on GET and DELETE too', async () => {
    for (const method of ['GET', 'DELETE']) {
      expect((await fetch(`${door.url}/mcp`, { method })).status).toBe(401);
    }
  });

  it('reports a refusal with its code and address, and never the token', async () => {
    door.events.length = 0;
    await post(door.url, ping, legacyHeaders({ authorization: 'Bearer very-secret-token' }));
    expect(door.events).toContainEqual({
      kind: 'request_refused',
      code: 'DOOR_TOKEN_INVALID',
      address: '127.0.0.1',
    });
    expect(JSON.stringify(door.events)).not.toContain('very-secret-token');
  });
});

describe('names and origins', () => {
  const hostOf = async (host: string) =>
    (await rawRequest(door.url, { headers: { ...legacyHeaders(), host }, body: ping })).status;

  it('takes its own names with any port, and loopback names', async () => {
    for (const host of [
      'analytics.example.com',
      'analytics.example.com:8443',
      'localhost:1',
      '127.0.0.1',
      '[::1]:9',
    ]) {
      expect(await hostOf(host), host).toBe(200);
    }
  });

  it('refuses every other name (DNS rebinding)', async () => {
    for (const host of ['evil.example', 'analytics.example.com.evil.example', 'localhost.evil.example']) {
      expect(await hostOf(host), host).toBeGreaterThanOrEqual(400);
    }
    const refused = await rawRequest(door.url, {
      headers: { ...legacyHeaders(), host: 'evil.example' },
      body: ping,
    });
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('DOOR_HOST: the Host header does not name this server');
  });

  it('refuses a request without any name', async () => {
    const [unnamed, empty] = await Promise.all(
      ['GET / HTTP/1.0\r\n\r\n', 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'].map((head) =>
        rawExchange(door.url, head),
      ),
    );
    expect(unnamed).toMatch(/^HTTP\/1\.1 403 /);
    expect(empty).toMatch(/^HTTP\/1\.1 40[03] /);
  });

  it('refuses a page of a foreign origin and lets an allowed one read the answer', async () => {
    const foreign = await post(door.url, ping, legacyHeaders({ origin: 'https://evil.example' }));
    expect(foreign.status).toBe(403);
    expect((await message(foreign)).error?.message).toMatch(/^DOOR_ORIGIN: /);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    const own = await post(door.url, ping, legacyHeaders({ origin: 'https://app.example.com' }));
    expect(own.status).toBe(200);
    expect(own.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  });

  it('refuses the opaque origin of a sandboxed page', async () => {
    expect((await post(door.url, ping, legacyHeaders({ origin: 'null' }))).status).toBe(403);
  });

  it('answers the preflight of an allowed page, without a token', async () => {
    const response = await fetch(`${door.url}/mcp`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
  });
});

/** Bodies that are JSON and no message, the id that is answered, and why. */
const notMessages: readonly (readonly [string, string | number | null, string])[] = [
  ['[]', null, 'a batch must hold at least one message, got none'],
  ['5', null, 'the body is not a JSON-RPC message: it must be an object, got a number'],
  ['null', null, 'the body is not a JSON-RPC message: it must be an object, got null'],
  ['"x"', null, 'the body is not a JSON-RPC message: it must be an object, got a string'],
  ['{}', null, 'the body is not a JSON-RPC message: "jsonrpc" must be "2.0"'],
  [
    '{"jsonrpc":"1.0","id":1,"method":"ping"}',
    1,
    'the body is not a JSON-RPC message: "jsonrpc" must be "2.0"',
  ],
  ['{"jsonrpc":"2.0","id":1}', null, 'the body is not a JSON-RPC message: "method" is missing'],
  [
    '{"jsonrpc":"2.0","id":"a","method":5}',
    'a',
    'the body is not a JSON-RPC message: "method" must be a string, got a number',
  ],
  [
    '{"jsonrpc":"2.0","id":null,"method":"ping"}',
    null,
    'the body is not a JSON-RPC message: "id" must be a string or an integer, got null',
  ],
  [
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}',
    1,
    'the body is not a JSON-RPC message: "params" must be an object, got an array',
  ],
  [
    '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"progressToken":1.5}}}',
    1,
    'the body is not a JSON-RPC message: "progressToken" must be a string or an integer, got a number',
  ],
  [
    '{"jsonrpc":"2.0","id":1,"method":"ping","parms":{}}',
    1,
    'the body is not a JSON-RPC message: it has an unknown member "parms"',
  ],
  [
    '{"jsonrpc":"2.0","id":1,"error":{}}',
    null,
    'the body is not a JSON-RPC message: it is neither a request, nor a notification, nor a response',
  ],
  [
    '[{"jsonrpc":"2.0","id":1,"method":"ping"},[]]',
    null,
    'message 2 of the batch is not a JSON-RPC message: it must be an object, got an array',
  ],
];

describe('bodies', () => {
  it('answers JSON that does not parse with -32700 and 400', async () => {
    const response = await post(door.url, '{"jsonrpc":');
    expect(response.status).toBe(400);
    expect((await message(response)).error).toMatchObject({ code: -32700, data: { code: 'DOOR_MALFORMED' } });
  });

  it('answers a missing body with -32700 and 400', async () => {
    const headers = legacyHeaders();
    delete headers['content-type'];
    const response = await fetch(`${door.url}/mcp`, { method: 'POST', headers });
    expect(response.status).toBe(400);
    expect((await message(response)).error?.code).toBe(-32700);
  });

  it.each(notMessages)('answers %s with -32600, 400 and what is wrong with it', async (body, id, why) => {
    for (const headers of [legacyHeaders(), modernHeaders('tools/list')]) {
      const response = await post(door.url, body, headers);
      expect(response.status).toBe(400);
      expect(await message(response)).toEqual({
        jsonrpc: '2.0',
        id,
        error: {
          code: -32600,
          message: `DOOR_INVALID_MESSAGE: ${why}\nHINT: Send a message such as {"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}.`,
          data: { code: 'DOOR_INVALID_MESSAGE', retryable: false },
        },
      });
    }
  });

  it('takes a body just within the limit and refuses one just beyond it, naming the limit', async () => {
    const small = await openDoor({ bodyLimitBytes: 2_000 });
    try {
      const frame = legacy('tools/call', { name: 'echo', arguments: { text: '' } }).length;
      const call = (length: number) =>
        post(
          small.url,
          legacy('tools/call', { name: 'echo', arguments: { text: 'x'.repeat(length - frame) } }),
        );
      expect((await call(2_000)).status).toBe(200);
      const refused = await call(2_001);
      expect(refused.status).toBe(413);
      expect((await message(refused)).error?.message).toMatch(
        /^DOOR_BODY_TOO_LARGE: the body is larger than 2000 bytes/,
      );
    } finally {
      await small.server.close();
    }
  });

  it.each([
    ['packed', { 'content-encoding': 'gzip' }, 'the body is packed as "gzip"'],
    [
      'in another charset',
      { 'content-type': 'application/json; charset=iso-8859-1' },
      'the body is in the charset "iso-8859-1"',
    ],
  ])('refuses a body that is %s with 415, and says what to send', async (_, headers, words) => {
    const response = await post(door.url, ping, legacyHeaders(headers));
    expect(response.status).toBe(415);
    expect((await message(response)).error?.message).toMatch(
      new RegExp(`^DOOR_MEDIA_TYPE: ${words}\nHINT: Send it `),
    );
  });

  it('takes a body that says it is in UTF-8 and packed as nothing', async () => {
    const headers = { 'content-type': 'application/json; charset=UTF-8', 'content-encoding': 'identity' };
    expect((await post(door.url, ping, legacyHeaders(headers))).status).toBe(200);
  });

  it('refuses a body that is not valid UTF-8, as another statement would run than was sent', async () => {
    const body = Buffer.from(legacy('tools/call', { name: 'echo', arguments: { text: 'é' } }), 'latin1');
    const response = await fetch(`${door.url}/mcp`, { method: 'POST', headers: legacyHeaders(), body });
    expect(response.status).toBe(400);
    expect((await message(response)).error?.message).toMatch(
      /^DOOR_MALFORMED: the body is not valid UTF-8\n/,
    );
  });

  it('refuses a body that is not sent as JSON with 415', async () => {
    const response = await post(door.url, ping, legacyHeaders({ 'content-type': 'text/plain' }));
    expect(response.status).toBe(415);
    expect((await message(response)).error?.message).toMatch(/^DOOR_MEDIA_TYPE: /);
  });

  it('takes JSON with a charset', async () => {
    const headers = legacyHeaders({ 'content-type': 'application/json; charset=utf-8' });
    expect((await post(door.url, ping, headers)).status).toBe(200);
  });

  it('refuses a client that does not accept both forms of an answer with 406', async () => {
    for (const accept of ['application/json', 'text/event-stream', 'text/html']) {
      const response = await post(door.url, ping, legacyHeaders({ accept }));
      expect(response.status, accept).toBe(406);
      expect((await message(response)).error?.message, accept).toMatch(/^DOOR_NOT_ACCEPTABLE: /);
    }
    expect((await post(door.url, ping, legacyHeaders({ accept: '*/*' }))).status).toBe(200);
  });

  it('takes a batch of 50 messages on the legacy leg and refuses one of 51', async () => {
    const batch = (length: number) =>
      JSON.stringify(Array.from({ length }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' })));
    const taken = await post(door.url, batch(50));
    expect(taken.status).toBe(200);
    expect(await messages(taken)).toHaveLength(50);
    const refused = await post(door.url, batch(51));
    expect(refused.status).toBe(400);
    expect((await message(refused)).error?.message).toMatch(
      /^DOOR_INVALID_MESSAGE: a batch may hold 50 messages, got 51/,
    );
  });

  it('keeps a key named __proto__ from reaching any prototype', async () => {
    const body =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a","__proto__":{"times":3}}}}';
    const { result } = await message(await post(door.url, body));
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('unknown argument "__proto__"') }],
    });
    expect(({} as Record<string, unknown>)['times']).toBeUndefined();
  });
});

describe('pages', () => {
  it('says ok on /healthz to anybody, under any host name, and nothing more', async () => {
    const response = await rawRequest(door.url, {
      method: 'GET',
      path: '/healthz',
      headers: { host: '10.0.0.7' },
    });
    expect(response).toMatchObject({ status: 200, body: 'ok' });
    expect((await fetch(`${door.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
  });

  it('says ready on /readyz while the check succeeds, and otherwise what is missing in words that name nothing', async () => {
    const { CodedError } = await import('../../src/base/errors.ts');
    expect(await (await fetch(`${door.url}/readyz`)).text()).toBe('ready');
    const broken = await openDoor({
      readiness: async () => new CodedError('DB_UNREACHABLE', 'db.internal:5432 refused', {}),
    });
    try {
      const response = await fetch(`${broken.url}/readyz`);
      expect(response.status).toBe(503);
      expect(await response.text()).toBe('not ready: DB_UNREACHABLE: the database cannot be reached');
    } finally {
      await broken.server.close();
    }
  });

  it('gives up on a readiness check that does not answer within three seconds', async () => {
    const stuck = await openDoor({ readiness: () => new Promise(() => undefined) });
    try {
      const response = await fetch(`${stuck.url}/readyz`);
      expect(response.status).toBe(503);
      expect(await response.text()).toBe('not ready: DB_UNREACHABLE: the database cannot be reached');
    } finally {
      await stuck.server.close();
    }
  });

  it('runs one readiness check however many ask at once', async () => {
    let checks = 0;
    const counted = await openDoor({
      readiness: async () => {
        checks++;
        return undefined;
      },
    });
    try {
      await Promise.all(Array.from({ length: 20 }, () => fetch(`${counted.url}/readyz`)));
      expect(checks).toBe(1);
    } finally {
      await counted.server.close();
    }
  });

  it('shows people how to connect at /, under a policy that runs no script', async () => {
    const response = await fetch(`${door.url}/`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
  });

  it('answers an unknown page with 404', async () => {
    const response = await fetch(`${door.url}/wp-login.php`);
    expect(response.status).toBe(404);
    expect((await message(response)).error?.message).toMatch(/^DOOR_NOT_FOUND: no such page/);
  });

  it('answers GET on /mcp with 405 and the methods that are served', async () => {
    const response = await fetch(`${door.url}/mcp`, { headers: legacyHeaders() });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, DELETE, OPTIONS');
  });

  it('forbids caching, framing and guessing of types on every answer', async () => {
    for (const response of [
      await post(door.url, ping),
      await fetch(`${door.url}/`),
      await fetch(`${door.url}/nothing`),
    ]) {
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'cache-control': expect.stringMatching(/no-store|no-cache/),
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    }
  });
});

describe('rate limits', () => {
  it('lets the limit of an analyst pass and refuses the next request with Retry-After', async () => {
    const limited = await openDoor({ rateLimit: { perPrincipalPerMinute: 5, perAddressPerMinute: 0 } });
    try {
      for (let count = 0; count < 5; count++) expect((await post(limited.url, ping)).status).toBe(200);
      const refused = await post(limited.url, ping);
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await message(refused)).error?.message).toMatch(
        /^DOOR_RATE_LIMITED: too many requests from "sonia"/,
      );
      const other = await post(
        limited.url,
        ping,
        legacyHeaders({ authorization: `Bearer ${testTokens.tariq}` }),
      );
      expect(other.status).toBe(200);
    } finally {
      await limited.server.close();
    }
  });

  it('counts every message of a batch', async () => {
    const limited = await openDoor({ rateLimit: { perPrincipalPerMinute: 10, perAddressPerMinute: 0 } });
    try {
      const batch = JSON.stringify(
        Array.from({ length: 9 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' })),
      );
      expect((await post(limited.url, batch)).status).toBe(200);
      expect((await post(limited.url, ping)).status).toBe(200);
      expect((await post(limited.url, ping)).status).toBe(429);
    } finally {
      await limited.server.close();
    }
  });

  it('counts an address over every page, and a failed token as ten requests', async () => {
    const limited = await openDoor({ rateLimit: { perPrincipalPerMinute: 0, perAddressPerMinute: 12 } });
    try {
      expect((await fetch(`${limited.url}/nothing`)).status).toBe(404);
      expect(
        (await post(limited.url, ping, legacyHeaders({ authorization: 'Bearer wrong-token' }))).status,
      ).toBe(401);
      expect((await fetch(`${limited.url}/nothing`)).status).toBe(404);
      const refused = await post(limited.url, ping);
      expect(refused.status).toBe(429);
      expect((await message(refused)).error?.message).toMatch(
        /^DOOR_RATE_LIMITED: too many requests from this address/,
      );
      expect((await fetch(`${limited.url}/healthz`)).status).toBe(200);
    } finally {
      await limited.server.close();
    }
  });

  it('believes X-Forwarded-For from a trusted proxy only', async () => {
    const headers = (address: string) => legacyHeaders({ 'x-forwarded-for': address });
    const rateLimit = { perPrincipalPerMinute: 0, perAddressPerMinute: 1 };
    const trusting = await openDoor({ rateLimit, trustProxy: ['127.0.0.1'] });
    const doubting = await openDoor({ rateLimit, trustProxy: false });
    try {
      expect((await post(trusting.url, ping, headers('203.0.113.1'))).status).toBe(200);
      expect((await post(trusting.url, ping, headers('203.0.113.2'))).status).toBe(200);
      expect((await post(trusting.url, ping, headers('203.0.113.2'))).status).toBe(429);
      expect((await post(doubting.url, ping, headers('203.0.113.1'))).status).toBe(200);
      expect((await post(doubting.url, ping, headers('203.0.113.2'))).status).toBe(429);
    } finally {
      await trusting.server.close();
      await doubting.server.close();
    }
  });
});

describe('what is reported', () => {
  it('tells each request with route, status and duration, and health checks not at all', async () => {
    door.events.length = 0;
    await post(
      door.url,
      modern('tools/call', { name: 'echo', arguments: { text: 'a' } }),
      modernHeaders('tools/call', 'echo'),
    );
    await fetch(`${door.url}/healthz`);
    await fetch(`${door.url}/secret?token=abc`);
    const requests = door.events.filter((event) => event.kind === 'request');
    expect(requests).toMatchObject([
      { method: 'POST', path: '/mcp', status: 200, address: '127.0.0.1' },
      { method: 'GET', path: 'unknown', status: 404 },
    ]);
    expect(JSON.stringify(door.events)).not.toContain('abc');
  });
});
