// Attacks by way of tokens and codes: other tokens in the place of access tokens, other keys, other audiences, second uses.
import { createHmac } from 'node:crypto';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  begin,
  callTool,
  newClient,
  newCode,
  newPkce,
  redeem,
  refresh,
  revoke,
  signedIn,
  token,
  tokensOf,
} from '../../support/oauth-client.ts';
import { type MemoryDoor, openMemoryDoor, openOauthDoor, recordsOf } from '../../support/oauth-door.ts';

let door: MemoryDoor;

beforeAll(async () => {
  door = await openMemoryDoor();
});

afterAll(() => door.close());

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

async function signingKey() {
  const held = await recordsOf(door.store)<{ keys: readonly { kid: string; jwk: object }[] }>(
    'oauth-keys',
  ).get('signing');
  return held!.record.keys[0]!;
}

/** A token of the server's own key, with other claims or another type. */
async function forged(changes: Record<string, unknown>, type: string | null = 'at+jwt'): Promise<string> {
  const { tokens } = await signedIn(door);
  const { kid, jwk } = await signingKey();
  const { importJWK } = await import('jose');
  const header = { alg: 'ES256', kid, ...(type !== null && { typ: type }) };
  return new SignJWT({ ...decodeJwt(tokens.access), ...changes })
    .setProtectedHeader(header)
    .sign(await importJWK(jwk as never, 'ES256'));
}

describe('a bearer token is refused with 401 invalid_token where it is', () => {
  const cases: [string, () => Promise<string>][] = [
    ['a refresh token', async () => (await signedIn(door)).tokens.refresh],
    ['an authorization code', async () => newCode(door, await newClient(door), newPkce().challenge)],
    [
      'unsigned (alg none)',
      async () => {
        const { tokens } = await signedIn(door);
        return `${part({ alg: 'none', typ: 'at+jwt' })}.${part(decodeJwt(tokens.access))}.`;
      },
    ],
    [
      'unsigned with a signature of its own invention',
      async () => {
        const { tokens } = await signedIn(door);
        return `${part({ alg: 'none', typ: 'at+jwt' })}.${part(decodeJwt(tokens.access))}.AAAA`;
      },
    ],
    [
      'signed by HS256 with the public key as the secret',
      async () => {
        const { tokens } = await signedIn(door);
        const jwks = await (await fetch(`${door.url}/oauth/jwks`)).json();
        const [key] = (jwks as { keys: { kid: string }[] }).keys;
        const text = `${part({ alg: 'HS256', typ: 'at+jwt', kid: key!.kid })}.${part(decodeJwt(tokens.access))}`;
        return `${text}.${createHmac('sha256', JSON.stringify(key)).update(text).digest('base64url')}`;
      },
    ],
    [
      'signed with another key under the name of ours',
      async () => {
        const { tokens } = await signedIn(door);
        const { privateKey } = await generateKeyPair('ES256');
        const { kid } = await signingKey();
        return new SignJWT(decodeJwt(tokens.access))
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
          .sign(privateKey);
      },
    ],
    [
      'signed with a key that it brings along',
      async () => {
        const { tokens } = await signedIn(door);
        const { privateKey, publicKey } = await generateKeyPair('ES256');
        return new SignJWT(decodeJwt(tokens.access))
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', jwk: await exportJWK(publicKey) })
          .sign(privateKey);
      },
    ],
    [
      'changed after it was signed',
      async () => {
        const { tokens } = await signedIn(door);
        const [head, body, signature] = tokens.access.split('.');
        const claims = JSON.parse(Buffer.from(body!, 'base64url').toString()) as object;
        return `${head}.${part({ ...claims, scope: 'analytics:read analytics:analyze' })}.${signature}`;
      },
    ],
    ['an ID token (typ JWT)', () => forged({}, 'JWT')],
    ['without a type', () => forged({}, null)],
    ['of another audience', () => forged({ aud: 'https://other.example/mcp' })],
    ['of another issuer', () => forged({ iss: 'https://other.example' })],
    ['expired beyond the tolerance for clocks', () => forged({ exp: Math.floor(Date.now() / 1000) - 61 })],
    ['without an expiry', () => forged({ exp: undefined })],
    ['without a grant', () => forged({ grant: undefined })],
    ['of a grant that does not exist', () => forged({ grant: 'nothing' })],
    ['of somebody else’s account', () => forged({ sub: 'https://idp.example|mallory' })],
    ['of another client than its grant', () => forged({ client_id: 'another' })],
    ['too long to be one', async () => 'a'.repeat(20_000)],
  ];
  it.each(cases)('%s', async (_name, make) => {
    const { status, headers } = await callTool(door, await make());
    expect(status).toBe(status === 431 ? 431 : 401);
    if (status === 401) expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('but a token that expired within the tolerance for clocks is good', async () => {
    const late = await forged({ exp: Math.floor(Date.now() / 1000) - 30 });
    expect((await callTool(door, late)).status).toBe(200);
  });

  it('and tokens are never taken from the query', async () => {
    const { tokens } = await signedIn(door);
    const response = await fetch(`${door.url}/mcp?access_token=${tokens.access}`, { method: 'POST' });
    expect(response.status).toBe(401);
  });
});

describe('a code', () => {
  it('that comes again later ends the session that it began (RFC 6749, section 4.1.2)', async () => {
    const client = await newClient(door);
    const { verifier, challenge } = newPkce();
    const code = await newCode(door, client, challenge);
    const tokens = tokensOf(await redeem(door, client, code, verifier));
    await waitOutDoubleSubmit(code);
    expect((await redeem(door, client, code, verifier)).status).toBe(400);
    expect((await callTool(door, tokens.access)).status).toBe(401);
    expect((await refresh(door, client, tokens.refresh)).status).toBe(400);
  });

  it('that is only sent twice at once ends nothing', async () => {
    const client = await newClient(door);
    const { verifier, challenge } = newPkce();
    const code = await newCode(door, client, challenge);
    const answers = await Promise.all(Array.from({ length: 4 }, () => redeem(door, client, code, verifier)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect((await callTool(door, tokensOf(won[0]!).access)).status).toBe(200);
  });

  it.each([
    ['without the verifier', { code_verifier: '' }],
    ['with another verifier', { code_verifier: newPkce().verifier }],
    ['with the challenge as the verifier', {}],
  ])('is not redeemed %s, and is not used up by the attempt', async (name, changes) => {
    const client = await newClient(door);
    const { verifier, challenge } = newPkce();
    const code = await newCode(door, client, challenge);
    const wrong = name.includes('challenge') ? { code_verifier: challenge } : changes;
    expect((await redeem(door, client, code, verifier, wrong)).body).toMatchObject({
      error: 'invalid_grant',
    });
    expect((await redeem(door, client, code, verifier)).status).toBe(200);
  });

  it('is not redeemed by another client', async () => {
    const [client, thief] = [await newClient(door), await newClient(door)];
    const { verifier, challenge } = newPkce();
    const code = await newCode(door, client, challenge);
    expect((await redeem(door, thief, code, verifier)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it.each([
    ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['with PKCE plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['with PKCE whose method is left out', { code_challenge_method: undefined }, 'invalid_request'],
    ['for another resource', { resource: 'https://other.example/mcp' }, 'invalid_target'],
    ['by the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
  ])('is not given %s', async (_name, changes, error) => {
    const client = await newClient(door);
    const answer = await begin(door, client, newPkce().challenge, changes);
    const { origin, searchParams, hash } = new URL(answer.location);
    // An error of the implicit flow comes back as its answer would have: in the fragment.
    const told = hash === '' ? searchParams : new URLSearchParams(hash.slice(1));
    expect(origin).toBe('http://127.0.0.1:33418');
    expect([told.get('error'), told.get('code'), told.get('iss')]).toEqual([error, null, door.url]);
  });

  it('is not good for another resource than it was given for', async () => {
    const client = await newClient(door);
    const { verifier, challenge } = newPkce();
    const code = await newCode(door, client, challenge);
    const answer = await redeem(door, client, code, verifier, { resource: 'https://other.example/mcp' });
    expect(answer.body).toMatchObject({ error: 'invalid_target' });
  });
});

describe('a refresh token', () => {
  it('is not good for another client', async () => {
    const { tokens } = await signedIn(door);
    const thief = await newClient(door);
    expect((await refresh(door, thief, tokens.refresh)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('that comes again after the grace ends the session for the thief and for the victim', async () => {
    const strict = await openOauthDoor(recordsOf(door.store), { settings: { refreshGraceSeconds: -1 } });
    const { client, tokens } = await signedIn(strict);
    const victim = tokensOf(await refresh(strict, client, tokens.refresh));
    expect((await refresh(strict, client, tokens.refresh)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(strict, client, victim.refresh)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await callTool(strict, victim.access)).status).toBe(401);
    await strict.server.close();
  });

  it('gives no more than was granted', async () => {
    const { client, tokens } = await signedIn(door);
    const form = {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh,
      client_id: client.id,
      scope: 'analytics:read analytics:analyze',
    };
    expect((await token(door, form)).body).toMatchObject({ error: 'invalid_scope' });
  });

  it('of another client cannot be revoked', async () => {
    const { client, tokens } = await signedIn(door);
    const stranger = await newClient(door);
    await revoke(door, stranger, tokens.refresh);
    expect((await refresh(door, client, tokens.refresh)).status).toBe(200);
  });
});

describe('scopes', () => {
  it.each([
    'explain analyze select 1',
    '/* */ExPlAiN(verbose,\nANALYSE)select 1',
    'explain (u&"\\0061nalyze") select 1',
  ])('are asked for too where a query measures: %s', async (sql) => {
    const { tokens } = await signedIn(door, { scope: 'analytics:read' });
    const { status, headers } = await callTool(door, tokens.access, 'query', { sql });
    expect(status).toBe(403);
    expect(headers.get('www-authenticate')).toContain('scope="analytics:read analytics:analyze"');
  });

  it.each(['explain select 1', 'select analyze from explained'])(
    'of reading are enough for %s',
    async (sql) => {
      const { tokens } = await signedIn(door, { scope: 'analytics:read' });
      expect((await callTool(door, tokens.access, 'query', { sql })).status).not.toBe(403);
    },
  );

  it('that are missing for a call are asked for by a step-up challenge (403)', async () => {
    const { tokens } = await signedIn(door);
    const answer = await callTool(door, tokens.access, 'explain', { sql: 'select 1', analyze: true });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain(
      'error="insufficient_scope", error_description="the access token does not hold the scope \'analytics:analyze\'", scope="analytics:read analytics:analyze"',
    );
  });

  it('that the client then asks for let the call through', async () => {
    const { tokens } = await signedIn(door, { scope: 'analytics:read analytics:analyze' });
    const { status } = await callTool(door, tokens.access, 'explain', { sql: 'select 1', analyze: true });
    expect(status).toBe(200);
  });

  it.each([
    ['none', undefined, 'analytics:read analytics:analyze'],
    ['only unknown ones', 'openid profile email', 'analytics:read analytics:analyze'],
    ['unknown ones beside a known one', 'analytics:read made:up', 'analytics:read'],
    ['only the step-up scope', 'analytics:analyze', 'analytics:read analytics:analyze'],
    ['offline access', 'analytics:read offline_access', 'analytics:read'],
  ])('where a request names %s are what makes sense', async (_name, scope, expected) => {
    const { tokens } = await signedIn(door, { scope });
    expect(decodeJwt(tokens.access)['scope']).toBe(expected);
  });
});

it('a resource with a slash at the end is the same resource', async () => {
  const client = await newClient(door);
  const { verifier, challenge } = newPkce();
  const code = await newCode(door, client, challenge, { resource: `${door.resource}/` });
  const answer = await redeem(door, client, code, verifier, { resource: `${door.resource}/` });
  expect(decodeJwt(tokensOf(answer).access).aud).toBe(door.resource);
});

it('a request without a resource gets tokens for the only one there is', async () => {
  const { tokens } = await signedIn(door, { resource: undefined });
  expect(decodeJwt(tokens.access).aud).toBe(door.resource);
});

/** Puts the use of a code back in time, as if it had been redeemed a while ago. */
async function waitOutDoubleSubmit(code: string): Promise<void> {
  const records = recordsOf(door.store)<{ consumed: number }>('oauth-code');
  const held = await records.get(code);
  await records.put(code, { ...held!.record, consumed: held!.record.consumed - 60 }, { ttlSeconds: 60 });
}
