// Attacks by way of the redirect URI: a code that reaches the wrong place is a session in the wrong hands.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/backends/index.ts';
import type { Store } from '../../../src/store/store.ts';
import { begin, newClient, newCode, newPkce, redeem, register } from '../../support/oauth-client.ts';
import { type OauthTestDoor, openOauthDoor, recordsOf } from '../../support/oauth-door.ts';

let store: Store;
let door: OauthTestDoor;

beforeAll(async () => {
  store = await openStore('memory:');
  const redirectUris = ['https://chat.example.com/callback'];
  door = await openOauthDoor(recordsOf(store), { settings: { redirectUris } });
});

afterAll(async () => {
  await door.server.close();
  await store.close();
});

describe('a client cannot register', () => {
  it.each([
    ['another site', 'https://evil.example/callback'],
    ['a site whose name begins like an allowed one', 'https://claude.ai.evil.example/api/mcp/auth_callback'],
    ['a user part that looks like the host', 'https://claude.ai@evil.example/api/mcp/auth_callback'],
    ['a loopback name as a user part', 'http://localhost@evil.example/callback'],
    ['a path that begins like an allowed one', 'https://claude.ai/api/mcp/auth_callback/more'],
    ['dot segments', 'https://claude.ai/api/mcp/auth_callback/../../elsewhere'],
    ['encoded dot segments', 'https://claude.ai/api/mcp/auth_callback/%2e%2e/elsewhere'],
    ['another query', 'https://claude.ai/api/mcp/auth_callback?next=https://evil.example'],
    ['a fragment', 'https://claude.ai/api/mcp/auth_callback#x'],
    ['another port', 'https://claude.ai:8443/api/mcp/auth_callback'],
    ['plain http to an allowed site', 'http://claude.ai/api/mcp/auth_callback'],
    ['plain http to another machine', 'http://192.168.1.7/callback'],
    ['a name that ends in localhost', 'http://evil.localhost/callback'],
    ['an address that only looks like loopback', 'http://127.0.0.1.evil.example/callback'],
    ['another spelling of loopback', 'http://2130706433/callback'],
    ['https on loopback', 'https://localhost/callback'],
    ['a backslash', 'https://claude.ai\\@evil.example/api/mcp/auth_callback'],
    ['javascript', 'javascript:alert(1)'],
    ['data', 'data:text/html,<script>alert(1)</script>'],
    ['a private scheme', 'cursor://anysphere.cursor-retrieval/callback'],
    ['a line break', 'http://localhost/callback\r\nset-cookie: a=b'],
    ['an upper-case spelling', 'HTTPS://CLAUDE.AI/api/mcp/auth_callback'],
    ['another path of an operator’s host', 'https://chat.example.com/callback2'],
  ])('%s', async (_name, uri) => {
    const { status, body } = await register(door, { redirect_uris: [uri] });
    expect([status, body['error']]).toEqual([400, 'invalid_redirect_uri']);
  });

  it('one bad redirect URI among good ones', async () => {
    const uris = ['https://claude.ai/api/mcp/auth_callback', 'https://evil.example/callback'];
    expect((await register(door, { redirect_uris: uris })).status).toBe(400);
  });

  it('more than ten redirect URIs', async () => {
    const uris = (count: number) => Array.from({ length: count }, (_, index) => `http://localhost/${index}`);
    expect((await register(door, { redirect_uris: uris(10) })).status).toBe(201);
    expect((await register(door, { redirect_uris: uris(11) })).status).toBe(400);
  });

  it.each([[undefined], [[]], ['http://localhost/'], [[7]], [{ 0: 'http://localhost/' }]])(
    'without a list of redirect URIs: %j',
    async (uris) => {
      expect((await register(door, { redirect_uris: uris })).status).toBe(400);
    },
  );
});

describe('a client can register', () => {
  it.each([
    'https://claude.ai/api/mcp/auth_callback',
    'https://claude.com/api/mcp/auth_callback',
    'https://chat.example.com/callback',
    'http://localhost:33418/callback',
    'http://localhost/callback',
    'http://127.0.0.1:6274/oauth/callback/debug',
    'http://[::1]:9999/cb',
  ])('%s', async (uri) => {
    const { status, body } = await register(door, { redirect_uris: [uri], application_type: 'web' });
    expect([status, body['redirect_uris']]).toEqual([201, [uri]]);
  });
});

describe('an authorization request', () => {
  it.each([
    ['another path', 'http://127.0.0.1:33418/elsewhere'],
    ['another loopback name', 'http://localhost:33418/callback'],
    ['another host', 'https://evil.example/callback'],
    ['a query that was not registered', 'http://127.0.0.1:33418/callback?a=b'],
    ['a longer path', 'http://127.0.0.1:33418/callback/x'],
  ])('that names %s is answered in the browser and never redirected', async (_name, redirectUri) => {
    const client = await newClient(door);
    const { challenge } = newPkce();
    const begun = await begin(door, client, challenge, { redirect_uri: redirectUri });
    expect(begun.status).toBe(400);
    expect(begun.location).toBe('');
    expect(begun.text).toContain('invalid_redirect_uri');
  });

  it.each(['form_post', 'fragment', 'web_message', 'jwt', 'unsupported'])(
    'may not have its answer as %s: a query is all that is offered',
    async (mode) => {
      const client = await newClient(door);
      const begun = await begin(door, client, newPkce().challenge, { response_mode: mode, prompt: 'none' });
      expect(begun.status).toBe(303);
      const { searchParams, hash } = new URL(begun.location);
      expect([searchParams.get('error'), hash]).toEqual(['unsupported_response_mode', '']);
    },
  );

  it('may say that it wants its answer as a query', async () => {
    const client = await newClient(door);
    expect((await begin(door, client, newPkce().challenge, { response_mode: 'query' })).location).toContain(
      '/oauth/sign-in/',
    );
  });

  it('may come from another port of the same loopback address', async () => {
    const client = await newClient(door);
    const { challenge } = newPkce();
    const begun = await begin(door, client, challenge, { redirect_uri: 'http://127.0.0.1:50123/callback' });
    expect(begun.status).toBe(303);
  });

  it('of an unknown client is answered in the browser and never redirected', async () => {
    const { challenge } = newPkce();
    const client = { id: 'nobody', redirectUri: 'https://claude.ai/api/mcp/auth_callback' };
    const begun = await begin(door, client, challenge);
    expect([begun.status, begun.location]).toEqual([400, '']);
  });

  it('without a redirect URI is not sent to the only registered one', async () => {
    const client = await newClient(door);
    const begun = await begin(door, client, newPkce().challenge, { redirect_uri: undefined });
    expect([begun.status, begun.location]).toEqual([400, '']);
  });
});

it('a code is redeemed only with the redirect URI that it was sent to', async () => {
  const client = await newClient(door);
  const { verifier, challenge } = newPkce();
  const code = await newCode(door, client, challenge);
  const changes = { redirect_uri: 'http://127.0.0.1:50123/callback' };
  const answer = await redeem(door, client, code, verifier, changes);
  expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant']);
});
