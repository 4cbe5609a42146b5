// Access tokens of other authorization servers: whom the server believes, and what it says while they cannot be reached.
import { createHmac } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neededScopes } from '../../../src/app/needed-scopes.ts';
import { withAccessTokens } from '../../../src/auth/authenticate.ts';
import { externalVerifier } from '../../../src/auth/authorization/external-tokens.ts';
import { issuerKeys } from '../../../src/auth/authorization/issuer-keys.ts';
import type { VerifyToken } from '../../../src/auth/authorization/verified-tokens.ts';
import { CodedError } from '../../../src/base/errors.ts';
import { type ExternalIssuer, startExternalIssuer } from '../../support/external-issuer.ts';
import { authenticateTest, openDoor, type TestDoor } from '../../support/http-door.ts';
import { callTool } from '../../support/oauth-client.ts';

const resource = 'https://analytics.example.com/mcp';
const good = { aud: resource, scope: 'analytics:read' };

let first: ExternalIssuer;
let second: ExternalIssuer;
let door: TestDoor;
let verify: VerifyToken;
let nowMs = Date.now();

beforeAll(async () => {
  [first, second] = [await startExternalIssuer(), await startExternalIssuer()];
  verify = externalVerifier({
    issuers: [
      { issuer: first.url, audience: resource, scope: 'analytics:read', nameClaim: 'preferred_username' },
      {
        issuer: second.url,
        audience: 'api://analytics',
        scope: 'access_as_user',
        nameClaim: 'preferred_username',
      },
    ],
    isTaken: (name) => name === 'operator',
    nowMs: () => nowMs,
  });
  door = await openDoor({
    authenticate: withAccessTokens(authenticateTest, verify),
    issue: { issuers: [first.url, second.url], scopes: ['analytics:read', 'access_as_user'] },
    neededScopes,
    resourceUrl: resource,
  });
});

afterAll(async () => {
  await door.server.close();
  await first.close();
  await second.close();
});

it('names every trusted issuer in the metadata of the resource', async () => {
  const metadata = await (await fetch(`${door.url}/.well-known/oauth-protected-resource/mcp`)).json();
  expect(metadata).toMatchObject({ resource, authorization_servers: [first.url, second.url] });
});

it('serves no authorization server of its own', async () => {
  for (const path of ['/oauth/token', '/oauth/register', '/.well-known/oauth-authorization-server'])
    expect((await fetch(`${door.url}${path}`, { method: 'POST' })).status).toBe(404);
});

describe('a token', () => {
  it('of each issuer is good with that issuer’s audience and scope', async () => {
    expect((await callTool(door, await first.token(good))).status).toBe(200);
    const other = await second.token({ aud: 'api://analytics', scp: 'access_as_user profile' });
    expect((await callTool(door, other)).status).toBe(200);
    expect(
      (await callTool(door, await second.token({ aud: 'api://analytics', scp: ['access_as_user'] }))).status,
    ).toBe(200);
  });

  it('without the agreed scope is answered 403 with the scope that is missing', async () => {
    const { status, headers } = await callTool(door, await first.token({ aud: resource, scope: 'other' }));
    expect(status).toBe(403);
    expect(headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect(headers.get('www-authenticate')).toContain('scope="analytics:read"');
  });

  it('gives the analyst the name and the subject that it proves', async () => {
    const claims = {
      ...good,
      preferred_username: 'sonia@example.com',
      email: 'sonia@example.com',
      email_verified: true,
      groups: ['a'],
    };
    const principal = await verify(await first.token({ ...claims, azp: 'client-7' }));
    expect(principal).toEqual({
      name: 'sonia@example.com',
      provedBy: 'oauth',
      identity: {
        subject: `${first.url}|user-1`,
        email: 'sonia@example.com',
        groups: ['a'],
        clientId: 'client-7',
        scopes: ['analytics:read', 'analytics:analyze'],
      },
    });
  });

  it('tells the database no address that its issuer has not verified', async () => {
    const claims = { ...good, email: 'boss@example.com' };
    for (const emailVerified of [undefined, false, 'no']) {
      const token = await first.token({ ...claims, email_verified: emailVerified });
      expect(await verify(token)).toMatchObject({ identity: { email: undefined } });
    }
  });

  it('cannot take a name that means somebody else: of a static token, or of the first issuer', async () => {
    const taken = await verify(await first.token({ ...good, preferred_username: 'operator' }));
    expect(taken).toMatchObject({ name: expect.stringMatching(/^operator-[0-9a-f]{6}$/) });
    const claims = { aud: 'api://analytics', scp: 'access_as_user', preferred_username: 'sonia@example.com' };
    const posing = await verify(await second.token(claims));
    expect(posing).toMatchObject({ name: expect.stringMatching(/^sonia@example.com-[0-9a-f]{6}$/) });
  });
});

describe('a token is refused with 401 invalid_token where it is', () => {
  const cases: [string, () => Promise<string>][] = [
    ['of another audience', () => first.token({ ...good, aud: 'https://other.example/mcp' })],
    ['of the audience of another issuer', () => first.token({ ...good, aud: 'api://analytics' })],
    ['without an audience', () => first.token({ scope: 'analytics:read' })],
    ['of an issuer that nobody trusts', () => first.token({ ...good, iss: 'https://evil.example' })],
    ['signed by one issuer in the name of another', () => first.token({ ...good, iss: second.url })],
    ['expired', () => first.token({ ...good, exp: Math.floor(nowMs / 1000) - 61 })],
    ['without an expiry', () => first.token({ ...good, exp: undefined as never })],
    ['not yet good', () => first.token({ ...good, nbf: Math.floor(Date.now() / 1000) + 120 })],
    ['an ID token', () => first.token({ ...good, at_hash: 'x' })],
    ['of another type', () => first.token(good, { typ: 'logout+jwt' })],
    ['of a key that is not served', () => first.token(good, { kid: 'another' })],
    [
      'signed by HS256 with a key of the key set',
      async () => {
        // A key set that holds a shared secret is a mistake of its issuer; it must not become ours.
        first.addKey({
          kty: 'oct',
          k: Buffer.from('shared').toString('base64url'),
          kid: 'shared',
          alg: 'HS256',
        });
        const head = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'shared' })).toString('base64url');
        const body = (await first.token(good)).split('.')[1];
        return `${head}.${body}.${createHmac('sha256', 'shared').update(`${head}.${body}`).digest('base64url')}`;
      },
    ],
    [
      'unsigned',
      async () =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await first.token(good)).split('.')[1]}.AA`,
    ],
  ];
  it.each(cases)('%s', async (_name, make) => {
    const { status, headers } = await callTool(door, await make());
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
  });
});

describe('the keys of an issuer', () => {
  it('are read once for many tokens, and again when a token names one that is new', async () => {
    const before = first.asked();
    for (let count = 0; count < 5; count += 1)
      await callTool(door, await first.token({ ...good, sub: `user-${count}` }));
    expect(first.asked() - before).toBeLessThanOrEqual(1);
    await first.rotate();
    nowMs += 31_000;
    expect((await callTool(door, await first.token(good))).status).toBe(200);
  });

  it('are not asked for again by everybody who writes a token with a key of their own invention', async () => {
    nowMs += 31_000;
    await callTool(door, await first.token(good, { kid: 'invented' }));
    const before = first.asked();
    for (let count = 0; count < 20; count += 1)
      expect((await callTool(door, await first.token(good, { kid: `invented-${count}` }))).status).toBe(401);
    expect(first.asked()).toBe(before);
  });
});

describe('an issuer that cannot be reached', () => {
  it('and never was is no fault of the token: 503 with Retry-After, and not 401', async () => {
    const dark = await startExternalIssuer();
    const issuers = [{ issuer: dark.url, audience: resource, scope: 'analytics:read', nameClaim: 'sub' }];
    const check = withAccessTokens(authenticateTest, externalVerifier({ issuers, isTaken: () => false }));
    const other = await openDoor({ authenticate: check });
    dark.down = true;
    const { status, headers } = await callTool(other, await dark.token(good));
    expect([status, headers.get('retry-after')]).toEqual([503, '10']);
    dark.down = false;
    expect((await callTool(other, await dark.token(good))).status).toBe(200);
    await other.server.close();
    await dark.close();
  });

  it('is stood in for by the keys that it last had, for a day', async () => {
    const issuer = await startExternalIssuer();
    let clock = Date.now();
    const keys = issuerKeys({ issuer: issuer.url, nowMs: () => clock });
    const [head] = (await issuer.token({})).split('.');
    const header = JSON.parse(Buffer.from(head!, 'base64url').toString()) as { alg: string };
    expect(await keys(header, undefined as never)).toBeTruthy();
    issuer.down = true;
    clock += 23 * 3_600_000;
    expect(await keys(header, undefined as never)).toBeTruthy();
    clock += 2 * 3_600_000;
    await expect(keys(header, undefined as never)).rejects.toMatchObject({ code: 'AUTH_ISSUER_UNREACHABLE' });
    await issuer.close();
  });

  it('and metadata that name another issuer give no keys', async () => {
    const fetchJson = async () => ({ issuer: 'https://evil.example', jwks_uri: 'https://evil.example/keys' });
    const keys = issuerKeys({ issuer: 'https://login.example', fetchJson });
    await expect(keys({ alg: 'RS256' }, undefined as never)).rejects.toBeInstanceOf(CodedError);
  });
});

it('a token that was proved costs no second proof, and ends with its expiry', async () => {
  const token = await second.token({ aud: 'api://analytics', scp: 'access_as_user' });
  await verify(token);
  expect(verify(token)).not.toBeInstanceOf(Promise);
  nowMs = ((decodeJwt(token).exp ?? 0) + 61) * 1000;
  expect(await verify(token)).toMatchObject({
    code: 'DOOR_TOKEN_INVALID',
    message: 'the access token has expired',
  });
});
