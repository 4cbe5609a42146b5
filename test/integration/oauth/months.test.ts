// Sessions over months, and what expires: a clock that the tests set, everything else as it runs.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openStore } from '../../../src/store/backends/index.ts';
import type { Store } from '../../../src/store/store.ts';
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
  type TestTokens,
  tokensOf,
} from '../../support/oauth-client.ts';
import { type OauthTestDoor, openOauthDoor, recordsOf } from '../../support/oauth-door.ts';

const secondMs = 1_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const start = Date.parse('2027-01-01T12:00:00Z');

let store: Store;
let door: OauthTestDoor;
let nowMs = start;

const pass = (ms: number): void => {
  nowMs += ms;
  vi.setSystemTime(nowMs);
};

beforeAll(async () => {
  store = await openStore('memory:');
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(start);
  door = await openOauthDoor(recordsOf(store));
});

afterAll(async () => {
  vi.useRealTimers();
  await door.server.close();
  await store.close();
});

describe('a session', () => {
  it('that is used every month goes on for years, with its client, its grant, and ever new signing keys', async () => {
    const { client, tokens } = await signedIn(door);
    let current: TestTokens = tokens;
    const keys = new Set<string>();
    for (let month = 0; month < 30; month += 1) {
      pass(30 * dayMs);
      current = tokensOf(await refresh(door, client, current.refresh));
      expect((await callTool(door, current.access)).status).toBe(200);
      keys.add(current.access.split('.')[0]!);
    }
    expect(keys.size).toBeGreaterThan(10);
  });

  it('stands a holiday of just under its life, and not one of just over', async () => {
    const [short, long] = [await signedIn(door), await signedIn(door)];
    pass(90 * dayMs - secondMs);
    expect((await refresh(door, short.client, short.tokens.refresh)).status).toBe(200);
    pass(2 * secondMs);
    expect((await refresh(door, long.client, long.tokens.refresh)).body).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('goes on with an old refresh token for just under a minute after its use, and not for longer', async () => {
    const [early, late] = [await signedIn(door), await signedIn(door)];
    const successor = tokensOf(await refresh(door, early.client, early.tokens.refresh)).refresh;
    await refresh(door, late.client, late.tokens.refresh);
    pass(59 * secondMs);
    expect(tokensOf(await refresh(door, early.client, early.tokens.refresh)).refresh).toBe(successor);
    pass(3 * secondMs);
    expect((await refresh(door, late.client, late.tokens.refresh)).body).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('takes up a rotation that died halfway, however much later: the successor was never written', async () => {
    const { client, tokens } = await signedIn(door);
    const records = recordsOf(store)<{ consumed?: number }>('oauth-refresh');
    const held = await records.get(tokens.refresh);
    // As a process leaves it that was killed between its two writes.
    await records.put(
      tokens.refresh,
      { ...held!.record, consumed: Math.floor(nowMs / 1000) },
      { ttlSeconds: 8e6 },
    );
    pass(7 * dayMs);
    expect((await refresh(door, client, tokens.refresh)).status).toBe(200);
  });
});

describe('a refresh token that was used', () => {
  it('is known as such for thirty days, in which it ends the session', async () => {
    const { client, tokens } = await signedIn(door);
    const second = tokensOf(await refresh(door, client, tokens.refresh));
    pass(30 * dayMs - secondMs);
    expect((await refresh(door, client, tokens.refresh)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(door, client, second.refresh)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('stays used where its successor has expired, because the operator made lives shorter meanwhile', async () => {
    const { client, tokens } = await signedIn(door);
    const settings = { issuer: door.issuer, resource: door.resource, refreshLifeSeconds: 3600 };
    const shorter = await openOauthDoor(recordsOf(store), { settings });
    expect((await refresh(shorter, client, tokens.refresh)).status).toBe(200);
    pass(2 * 3600 * secondMs);
    expect((await refresh(shorter, client, tokens.refresh)).body).toMatchObject({ error: 'invalid_grant' });
    await shorter.server.close();
  });

  it('is good for nothing after that, and ends nothing', async () => {
    const { client, tokens } = await signedIn(door);
    const second = tokensOf(await refresh(door, client, tokens.refresh));
    pass(30 * dayMs + secondMs);
    expect((await refresh(door, client, tokens.refresh)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(door, client, second.refresh)).status).toBe(200);
  });
});

describe('an access token', () => {
  it('lives an hour, and a minute more for clocks that differ', async () => {
    const { tokens } = await signedIn(door);
    pass(hourMs + 59 * secondMs);
    expect((await callTool(door, tokens.access)).status).toBe(200);
    pass(2 * secondMs);
    const { status, headers } = await callTool(door, tokens.access);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain(
      'error="invalid_token", error_description="the access token has expired"',
    );
  });

  it('is good although the clock of its replica was a minute ahead', async () => {
    pass(59 * secondMs);
    const { tokens } = await signedIn(door);
    pass(-59 * secondMs);
    expect((await callTool(door, tokens.access)).status).toBe(200);
  });

  it('that was revoked on another replica ends here within five seconds', async () => {
    const settings = { issuer: door.issuer, resource: door.resource };
    const other = await openOauthDoor(recordsOf(store), { settings });
    const { client, tokens } = await signedIn(door);
    expect((await callTool(other, tokens.access)).status).toBe(200);
    expect((await revoke(door, client, tokens.refresh)).status).toBe(200);
    pass(5 * secondMs);
    expect((await callTool(other, tokens.access)).status).toBe(401);
    await other.server.close();
  });
});

describe('a code', () => {
  it('is good for just under two minutes, and not for longer', async () => {
    const client = await newClient(door);
    const [one, two] = [newPkce(), newPkce()];
    const [early, late] = [
      await newCode(door, client, one.challenge),
      await newCode(door, client, two.challenge),
    ];
    pass(119 * secondMs);
    expect((await redeem(door, client, early, one.verifier)).status).toBe(200);
    pass(2 * secondMs);
    expect((await redeem(door, client, late, two.verifier)).body).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('a client that registered itself', () => {
  it('is forgotten after a day on which nobody signed in with it', async () => {
    const [early, late] = [await newClient(door), await newClient(door)];
    pass(dayMs - secondMs);
    expect((await begin(door, early, newPkce().challenge)).status).toBe(303);
    pass(2 * secondMs);
    expect((await begin(door, late, newPkce().challenge)).status).toBe(400);
  });

  it('that nobody used for twice the life of a session is told to register again (invalid_client)', async () => {
    const { client, tokens } = await signedIn(door);
    pass(181 * dayMs);
    const { status, body } = await refresh(door, client, tokens.refresh);
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
  });

  it('finds room until the day has had its own, and again on the next', async () => {
    const other = await openStore('memory:');
    const small = await openOauthDoor(recordsOf(other), { settings: { clientsPerDay: 3 } });
    const uris = { redirect_uris: ['http://localhost/cb'] };
    for (let count = 0; count < 3; count += 1) expect((await register(small, uris)).status).toBe(201);
    const { status, headers, body } = await register(small, uris);
    expect([status, body['error_description']]).toEqual([
      503,
      'at most 3 clients may register themselves in a day',
    ]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    pass(dayMs);
    expect((await register(small, uris)).status).toBe(201);
    await small.server.close();
    await other.close();
  });
});
