// Attacks by way of other people's browsers: a link that makes somebody else's consent serve the attacker's request.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, newClient, newCode, newPkce, redeem, resume } from '../../support/oauth-client.ts';
import { type MemoryDoor, openMemoryDoor, sonia } from '../../support/oauth-door.ts';

let door: MemoryDoor;

beforeAll(async () => {
  door = await openMemoryDoor();
});

afterAll(() => door.close());

async function begun() {
  const client = await newClient(door);
  return { client, ...(await begin(door, client, newPkce().challenge)) };
}

describe('an attacker who sends a victim the link to a request of their own (CVE-2026-27124)', () => {
  it('gets no code where the victim allows it: the browser of the attacker was not told the proof', async () => {
    const attacker = await begun();
    const returnTo = await door.authorization.pending.allow(attacker.id, sonia);
    const withoutProof = await resume(door, returnTo.replace(/\?.*/, ''), attacker.cookie);
    const wrongProof = await resume(door, returnTo.replace(/proof=.*/, 'proof=guessed'), attacker.cookie);
    expect([withoutProof.status, withoutProof.callback]).toEqual([400, undefined]);
    expect([wrongProof.status, wrongProof.callback]).toEqual([400, undefined]);
  });

  it('sends no code to the victim’s browser either, which did not begin the request', async () => {
    const attacker = await begun();
    const returnTo = await door.authorization.pending.allow(attacker.id, sonia);
    const victim = await resume(door, returnTo, '');
    expect([victim.status, victim.callback]).toEqual([400, undefined]);
    expect(victim.text).not.toContain(sonia.name);
  });

  it('cannot use the cookie of one request for another', async () => {
    const mine = await begun();
    const other = await begun();
    const returnTo = await door.authorization.pending.allow(other.id, sonia);
    const answer = await resume(door, returnTo, mine.cookie);
    expect([answer.status, answer.callback]).toEqual([400, undefined]);
  });

  it('gets nothing before anybody has answered', async () => {
    const attacker = await begun();
    const answer = await resume(door, `${door.url}/oauth/authorize/${attacker.id}`, attacker.cookie);
    expect([answer.status, answer.callback]).toEqual([400, undefined]);
  });
});

describe('an answer', () => {
  it('is given once, whatever is tried at the same moment', async () => {
    const { id } = await begun();
    const { pending } = door.authorization;
    const answers = await Promise.allSettled([
      ...Array.from({ length: 5 }, () => pending.allow(id, sonia)),
      pending.deny(id, 'no'),
    ]);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(pending.allow(id, sonia)).rejects.toMatchObject({
      code: 'SIGN_IN_EXPIRED',
      message: 'the authorization request has expired, or was answered already',
    });
    expect(await pending.find(id)).toBeUndefined();
  });

  it('goes on once, in however many tabs', async () => {
    const { id, cookie } = await begun();
    const returnTo = await door.authorization.pending.allow(id, sonia);
    const answers = await Promise.all(Array.from({ length: 8 }, () => resume(door, returnTo, cookie)));
    expect(answers.filter(({ callback }) => callback?.searchParams.has('code'))).toHaveLength(1);
  });

  it('of no reaches the client as access_denied, with the issuer and no code', async () => {
    const { id, cookie } = await begun();
    const returnTo = await door.authorization.pending.deny(id, 'the person refused');
    const { callback } = await resume(door, returnTo, cookie);
    expect(Object.fromEntries(callback?.searchParams ?? [])).toEqual({
      error: 'access_denied',
      error_description: 'the person refused',
      iss: door.url,
      state: 'state-1',
    });
  });
});

describe('consent is never remembered', () => {
  it('not for the same client in the same browser', async () => {
    const client = await newClient(door);
    const first = newPkce();
    const code = await newCode(door, client, first.challenge);
    expect((await redeem(door, client, code, first.verifier)).status).toBe(200);
    const again = await begin(door, client, newPkce().challenge);
    expect(again.location).toContain('/oauth/sign-in/');
  });

  it('not by a request that asks for none: it is told that somebody must sign in', async () => {
    const client = await newClient(door);
    const answer = await begin(door, client, newPkce().challenge, { prompt: 'none' });
    const { searchParams } = new URL(answer.location);
    expect(searchParams.get('error')).toBe('login_required');
    expect(searchParams.get('code')).toBeNull();
  });

  it('not in a cookie: the only one leads back to one request and is gone with it', async () => {
    const { cookie, id } = await begun();
    expect(cookie).toBe(`mcp_resume=${id}`);
    const returnTo = await door.authorization.pending.allow(id, sonia);
    const { pathname, search } = new URL(returnTo);
    const response = await fetch(`${door.url}${pathname}${search}`, {
      redirect: 'manual',
      headers: { cookie },
    });
    const cookies = response.headers.getSetCookie();
    expect(cookies.filter((one) => !one.includes('expires=Thu, 01 Jan 1970'))).toEqual([]);
  });
});

it('what a client calls itself is shown without tricks', async () => {
  const name = `\u2800\u3164Claude\u202e\u0000\u2028 <b>${'x'.repeat(500)}`;
  const response = await fetch(`${door.url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: name, redirect_uris: ['http://localhost/cb'] }),
  });
  const { client_id: id } = (await response.json()) as { client_id: string };
  const begunByIt = await begin(door, { id, redirectUri: 'http://localhost/cb' }, newPkce().challenge);
  const request = await door.authorization.pending.find(begunByIt.id);
  expect(request?.client.name).toBe(`Claude <b>${'x'.repeat(90)}`);
  expect(request).toMatchObject({
    isLoopback: true,
    scopes: ['analytics:read'],
    client: { vouchedBy: 'itself' },
  });
});
