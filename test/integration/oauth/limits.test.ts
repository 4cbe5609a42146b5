// Limits and headers of the endpoints of the authorization server: who may ask, how much, how often, and what a browser may read.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, newClient, newPkce, register, signedIn, token } from '../../support/oauth-client.ts';
import { type MemoryDoor, openMemoryDoor, openOauthDoor, recordsOf } from '../../support/oauth-door.ts';
import { rawRequest } from '../../support/raw-request.ts';

let door: MemoryDoor;

beforeAll(async () => {
  door = await openMemoryDoor();
});

afterAll(() => door.close());

const elsewhere = 'https://inspector.example';

describe('a page of any origin', () => {
  it.each([
    ['GET', '/.well-known/oauth-protected-resource/mcp'],
    ['GET', '/.well-known/oauth-authorization-server'],
    ['GET', '/.well-known/openid-configuration'],
    ['GET', '/oauth/jwks'],
    ['POST', '/oauth/token'],
    ['POST', '/oauth/register'],
    ['POST', '/oauth/revoke'],
  ])('may %s %s, after asking', async (method, path) => {
    const preflight = await fetch(`${door.url}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin: elsewhere,
        'access-control-request-method': method,
        'access-control-request-headers': 'mcp-protocol-version, content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('mcp-protocol-version');
    const body = method === 'POST' ? { body: new URLSearchParams({ grant_type: 'none' }) } : {};
    const answer = await fetch(`${door.url}${path}`, { method, headers: { origin: elsewhere }, ...body });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('may not call /mcp', async () => {
    const answer = await fetch(`${door.url}/mcp`, { method: 'POST', headers: { origin: elsewhere } });
    expect(answer.status).toBe(403);
  });

  it('may not open the authorization endpoint by script', async () => {
    const client = await newClient(door);
    const query = new URLSearchParams({ client_id: client.id });
    const answer = await fetch(`${door.url}/oauth/authorize?${query}`, { headers: { origin: elsewhere } });
    expect(answer.status).toBe(403);
  });
});

describe('an answer', () => {
  it('with tokens is kept by no cache', async () => {
    const answer = await token(door, { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'x' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('to a browser can be framed by nobody and runs no script', async () => {
    const { status } = await begin(
      door,
      { id: 'nobody', redirectUri: 'http://localhost/' },
      newPkce().challenge,
    );
    expect(status).toBe(400);
    const answer = await fetch(`${door.url}/oauth/authorize`, { headers: { accept: 'text/html' } });
    expect(answer.headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*frame-ancestors 'none'/,
    );
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('names only the public URL, whatever a request says of its host', async () => {
    const path = '/.well-known/oauth-authorization-server';
    const other = await rawRequest(door.url, { method: 'GET', path, headers: { host: 'evil.example' } });
    expect(other.status).toBe(403);
    const forwarded = await fetch(`${door.url}/oauth/authorize?client_id=x`, {
      headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example', accept: 'text/html' },
    });
    expect(await forwarded.text()).not.toContain('evil.example');
    const client = await newClient(door);
    const begun = await begin(door, client, newPkce().challenge);
    expect(begun.location.startsWith('/oauth/sign-in/') || begun.location.startsWith(door.url)).toBe(true);
  });
});

describe('a body', () => {
  it('of just under 16 kB is read, and of just over is not', async () => {
    const form = (length: number) => ({ grant_type: 'refresh_token', refresh_token: 'x'.repeat(length) });
    expect((await token(door, form(16_000))).status).toBe(400);
    const { status, body } = await token(door, form(16_400));
    expect([status, body['error']]).toEqual([413, 'invalid_request']);
  });

  it.each([
    ['no JSON', 'application/json', '{'],
    ['a JSON list', 'application/json', '[]'],
    ['nothing', 'application/json', ''],
    ['another type', 'text/plain', 'hello'],
    ['a form', 'application/x-www-form-urlencoded', 'redirect_uris=x'],
    // What a page of any site may send without asking must not register clients from the browsers of its visitors.
    [
      'JSON that says it is a form',
      'application/x-www-form-urlencoded',
      '{"redirect_uris":["http://localhost/"]}',
    ],
  ])('of a registration that is %s is refused as such', async (_name, type, body) => {
    const answer = await fetch(`${door.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toHaveProperty('error');
  });

  it('of a token request as JSON is not read', async () => {
    const answer = await fetch(`${door.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'refresh_token' }),
    });
    expect(answer.status).toBe(400);
  });
});

it.each(['/oauth/sign-in/%zz', `/oauth/authorize/${'a'.repeat(101)}`, '/%'])(
  'a URL that no route can read meets the same door as every other: %s',
  async (path) => {
    const answer = await fetch(`${door.url}${path}`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.text()).toContain('DOOR_NOT_FOUND');
    const elsewhere = { host: 'evil.example' };
    expect((await rawRequest(door.url, { method: 'GET', path, headers: elsewhere })).status).toBe(403);
  },
);

it('an address that asks too often waits, and registers less often than it refreshes', async () => {
  const limited = await openOauthDoor(recordsOf(door.store), { oauth: { requestsPerMinute: 30 } });
  const uris = { redirect_uris: ['http://localhost/cb'] };
  for (let count = 0; count < 3; count += 1) expect((await register(limited, uris)).status).toBe(201);
  const { status, headers, body } = await register(limited, uris);
  expect([status, body['error']]).toEqual([429, 'too_many_requests']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  await limited.server.close();
});

it('one address registers a tenth of a day’s clients, so that it cannot shut out all others', async () => {
  const limited = await openOauthDoor(recordsOf(door.store), {
    oauth: { requestsPerMinute: 6_000, clientsPerDay: 30 },
    http: { trustProxy: true },
  });
  const from = (address: string) =>
    fetch(`${limited.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ redirect_uris: ['http://localhost/cb'] }),
    });
  for (let count = 0; count < 3; count += 1) expect((await from('192.0.2.1')).status).toBe(201);
  const refused = await from('192.0.2.1');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
  expect((await from('192.0.2.2')).status).toBe(201);
  await limited.server.close();
});

it('a session of thirty refreshes in a row passes below the limit', async () => {
  const { client, tokens } = await signedIn(door);
  const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh, client_id: client.id };
  const answers = await Promise.all(Array.from({ length: 30 }, () => token(door, form)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(30);
});
