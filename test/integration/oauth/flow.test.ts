// The whole way of a client through the authorization server, one step after the other, over real HTTP.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  begin,
  callTool,
  newClient,
  newCode,
  newPkce,
  redeem,
  refresh,
  register,
  revoke,
  signedIn,
  tokensOf,
} from '../../support/oauth-client.ts';
import { type MemoryDoor, openMemoryDoor } from '../../support/oauth-door.ts';

let door: MemoryDoor;

beforeAll(async () => {
  door = await openMemoryDoor();
});

afterAll(() => door.close());

describe('a client that knows only the URL', () => {
  it('is told by the 401 where to learn who issues tokens, and which scopes to ask for', async () => {
    const { status, headers } = await callTool(door, undefined);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe(
      `Bearer realm="pg-analytics-mcp", scope="analytics:read analytics:analyze", resource_metadata="${door.url}/.well-known/oauth-protected-resource/mcp"`,
    );
  });

  it.each(['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp'])(
    'finds the authorization server at %s',
    async (path) => {
      const metadata = await (await fetch(`${door.url}${path}`)).json();
      expect(metadata).toMatchObject({
        resource: `${door.url}/mcp`,
        authorization_servers: [door.url],
        scopes_supported: ['analytics:read', 'analytics:analyze'],
        bearer_methods_supported: ['header'],
      });
    },
  );

  it.each(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])(
    'finds the endpoints at %s',
    async (path) => {
      const response = await fetch(`${door.url}${path}`);
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(await response.json()).toMatchObject({
        issuer: door.url,
        authorization_endpoint: `${door.url}/oauth/authorize`,
        token_endpoint: `${door.url}/oauth/token`,
        registration_endpoint: `${door.url}/oauth/register`,
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: expect.arrayContaining(['none']),
        client_id_metadata_document_supported: true,
        authorization_response_iss_parameter_supported: true,
      });
    },
  );

  it('registers, signs in, and calls a tool with a JWT of this issuer for this resource', async () => {
    const { tokens } = await signedIn(door);
    expect(decodeProtectedHeader(tokens.access)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    const claims = decodeJwt(tokens.access);
    expect(claims).toMatchObject({ iss: door.url, aud: `${door.url}/mcp`, scope: 'analytics:read' });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
    const { status, body } = await callTool(door, tokens.access);
    expect([status, JSON.stringify(body)]).toEqual([200, expect.stringContaining('hello')]);
  });

  it('gets the code with the state and the issuer that it must compare (RFC 9207)', async () => {
    const client = await newClient(door);
    const { challenge } = newPkce();
    const begun = await begin(door, client, challenge, { state: 'st~1' });
    expect(begun.status).toBe(303);
    const returnTo = await door.authorization.pending.allow(begun.id, {
      subject: 'x',
      name: 'x',
      groups: [],
      provider: 'test',
    });
    const { pathname, search } = new URL(returnTo);
    const response = await fetch(`${door.url}${pathname}${search}`, {
      redirect: 'manual',
      headers: { cookie: begun.cookie },
    });
    const callback = new URL(response.headers.get('location') ?? '');
    expect(`${callback.origin}${callback.pathname}`).toBe(client.redirectUri);
    expect([...callback.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
    expect(callback.searchParams.get('state')).toBe('st~1');
    expect(callback.searchParams.get('iss')).toBe(door.url);
  });
});

describe('a session', () => {
  it('goes on by refresh, with another refresh token each time', async () => {
    const { client, tokens } = await signedIn(door);
    const second = tokensOf(await refresh(door, client, tokens.refresh));
    const third = tokensOf(await refresh(door, client, second.refresh));
    expect(new Set([tokens.refresh, second.refresh, third.refresh]).size).toBe(3);
    expect((await callTool(door, third.access)).status).toBe(200);
  });

  it('gives parallel uses of one refresh token the same successor, so that there is one line of tokens only', async () => {
    const { client, tokens } = await signedIn(door);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => refresh(door, client, tokens.refresh)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(new Set(answers.map(({ body }) => body['refresh_token'])).size).toBe(1);
    expect((await refresh(door, client, tokensOf(answers[0]!).refresh)).status).toBe(200);
  });

  it('ends with the revocation of its refresh token, access tokens included', async () => {
    const { client, tokens } = await signedIn(door);
    expect((await revoke(door, client, tokens.refresh)).status).toBe(200);
    const call = await callTool(door, tokens.access);
    expect(call.status).toBe(401);
    expect(call.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect((await refresh(door, client, tokens.refresh)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('ends at once on the replica that ended it, though its access token was in use a moment ago', async () => {
    const { client, tokens } = await signedIn(door);
    const other = await signedIn(door);
    for (const { access } of [tokens, other.tokens]) expect((await callTool(door, access)).status).toBe(200);
    expect((await revoke(door, client, tokens.refresh)).status).toBe(200);
    expect((await callTool(door, tokens.access)).status).toBe(401);
    expect((await callTool(door, other.tokens.access)).status).toBe(200);
  });

  it('redeems a code once', async () => {
    const client = await newClient(door);
    const { verifier, challenge } = newPkce();
    const code = await newCode(door, client, challenge);
    expect((await redeem(door, client, code, verifier)).status).toBe(200);
    const again = await redeem(door, client, code, verifier);
    expect([again.status, again.body['error']]).toEqual([400, 'invalid_grant']);
  });
});

describe('registration', () => {
  it('answers with what is kept, and drops what nobody knows', async () => {
    const { status, body } = await register(door, {
      client_name: 'Claude',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      application_type: 'web',
      unheard_of: true,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      client_name: 'Claude',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      token_endpoint_auth_method: 'none',
    });
    expect(body).not.toHaveProperty('unheard_of');
    expect(body).not.toHaveProperty('client_secret');
  });
});
