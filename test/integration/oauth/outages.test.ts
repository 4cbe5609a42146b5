// What happens to sessions while the store is down, slow, or back: nobody is logged out by a fault that is ours.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/base/errors.ts';
import { openStore } from '../../../src/store/backends/index.ts';
import type { OpenRecords } from '../../../src/store/records.ts';
import { createOpenRecords } from '../../../src/store/sealed-records.ts';
import { createSealing } from '../../../src/store/sealing.ts';
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
  resume,
  revoke,
  signedIn,
  tokensOf,
} from '../../support/oauth-client.ts';
import { type OauthTestDoor, openOauthDoor, recordsOf, sonia } from '../../support/oauth-door.ts';
import { until } from '../../support/until.ts';

let store: Store;
let trouble: 'none' | 'down' | 'silent' = 'none';
let door: OauthTestDoor;
let openRecords: OpenRecords;

/** The store with a switch in front of it: the real thing, or a place that nobody can reach. */
function breakable(inner: Store): Store {
  const guarded =
    <Given extends unknown[], Value>(call: (...given: Given) => Promise<Value>) =>
    (...given: Given): Promise<Value> => {
      if (trouble === 'down')
        return Promise.reject(new CodedError('STATE_UNAVAILABLE', 'the store cannot be reached'));
      return trouble === 'silent' ? new Promise<Value>(() => undefined) : call(...given);
    };
  return {
    ...inner,
    get: guarded(inner.get),
    put: guarded(inner.put),
    take: guarded(inner.take),
    delete: guarded(inner.delete),
  };
}

beforeAll(async () => {
  store = await openStore('memory:');
  // The deadline of the product, since it is what this is about.
  const sealing = createSealing(['a secret of the tests, which is long enough']);
  openRecords = createOpenRecords({ store: breakable(store), sealing, deadlineMs: 150 });
  door = await openOauthDoor(openRecords);
});

beforeEach(heal);

/** The store is back; after several late calls nobody asks it for a moment. */
async function heal(): Promise<void> {
  trouble = 'none';
  await until(
    () =>
      openRecords('oauth-grant')
        .get('anything')
        .then(
          () => true,
          () => false,
        ),
    'the store',
    10_000,
  );
}

afterAll(async () => {
  trouble = 'none';
  await door.server.close();
  await store.close();
});

describe.each(['down', 'silent'] as const)('while the store is %s', (kind) => {
  it('a token that was in use goes on', async () => {
    const { tokens } = await signedIn(door);
    expect((await callTool(door, tokens.access)).status).toBe(200);
    trouble = kind;
    expect((await callTool(door, tokens.access)).status).toBe(200);
  });

  it('a static token goes on', async () => {
    trouble = kind;
    expect((await callTool(door, 'token-of-sonia')).status).toBe(200);
  });

  it('a token that was never seen here is answered 503 with Retry-After, and not 401', async () => {
    const { tokens } = await signedIn(door);
    trouble = kind;
    const { status, headers } = await callTool(door, tokens.access);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(headers.get('www-authenticate')).toBeNull();
  });

  it('a refresh is answered 503 with Retry-After and costs nothing: the same token is good afterwards', async () => {
    const { client, tokens } = await signedIn(door);
    trouble = kind;
    const { status, headers, body } = await refresh(door, client, tokens.refresh);
    expect([status, body['error']]).toEqual([503, 'temporarily_unavailable']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    await heal();
    expect((await refresh(door, client, tokens.refresh)).status).toBe(200);
  });

  it('a code is not used up by the attempt to redeem it', async () => {
    const client = await newClient(door);
    const { verifier, challenge } = newPkce();
    const code = await newCode(door, client, challenge);
    trouble = kind;
    expect((await redeem(door, client, code, verifier)).status).toBe(503);
    await heal();
    expect((await redeem(door, client, code, verifier)).status).toBe(200);
  });

  it('authorization, registration and revocation answer 503', async () => {
    const { client, tokens } = await signedIn(door);
    const begun = await begin(door, client, newPkce().challenge);
    const returnTo = await door.authorization.pending.allow(begun.id, sonia);
    trouble = kind;
    expect((await begin(door, client, newPkce().challenge)).status).toBe(503);
    expect((await resume(door, returnTo, begun.cookie)).status).toBe(503);
    expect((await register(door, { redirect_uris: ['http://localhost/cb'] })).status).toBe(503);
    expect((await revoke(door, client, tokens.refresh)).status).toBe(503);
    await expect(door.authorization.pending.allow(begun.id, sonia)).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
    });
  });

  it('discovery goes on', async () => {
    trouble = kind;
    for (const path of ['oauth-authorization-server', 'oauth-protected-resource'])
      expect((await fetch(`${door.url}/.well-known/${path}`)).status).toBe(200);
  });

  it('nobody waits long for it', async () => {
    const { client, tokens } = await signedIn(door);
    trouble = kind;
    const startedAt = performance.now();
    await refresh(door, client, tokens.refresh);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

it('a door that has never seen its store answers 503, and heals by itself', async () => {
  const other = await openStore('memory:');
  const fresh = await openOauthDoor(recordsOf(breakable(other)));
  trouble = 'down';
  expect((await register(fresh, { redirect_uris: ['http://localhost/cb'] })).status).toBe(503);
  expect((await callTool(fresh, 'token-of-sonia')).status).toBe(200);
  trouble = 'none';
  expect((await signedIn(fresh)).tokens.access).toBeTruthy();
  await fresh.server.close();
  await other.close();
});

it('a token in use ends once the state has been gone for longer than is tolerated', async () => {
  let nowMs = Date.now();
  const late = await openOauthDoor(recordsOf(breakable(store)), { server: { nowMs: () => nowMs } });
  const { tokens } = await signedIn(late);
  expect((await callTool(late, tokens.access)).status).toBe(200);
  trouble = 'down';
  nowMs += 9 * 60_000;
  expect((await callTool(late, tokens.access)).status).toBe(200);
  nowMs += 2 * 60_000;
  expect((await callTool(late, tokens.access)).status).toBe(503);
  trouble = 'none';
  nowMs += 2_000;
  expect((await callTool(late, tokens.access)).status).toBe(200);
  await late.server.close();
});

describe('an identity provider', () => {
  it('that cannot be asked for longer than is tolerated makes a refresh wait, and ends nothing', async () => {
    const { client, tokens } = await signedIn(door);
    const before = door.accounts.standing;
    door.accounts.standing = { standing: 'unknown', retryAfterSeconds: 30 };
    const { status, headers, body } = await refresh(door, client, tokens.refresh);
    expect([status, headers.get('retry-after'), body['error']]).toEqual([
      503,
      '30',
      'temporarily_unavailable',
    ]);
    door.accounts.standing = before;
    expect((await refresh(door, client, tokens.refresh)).status).toBe(200);
  });

  it('that ended the account ends the session at the next refresh, with its access tokens', async () => {
    const { client, tokens } = await signedIn(door);
    const before = door.accounts.standing;
    door.accounts.standing = { standing: 'ended', reason: 'left the company' };
    const { status, body } = await refresh(door, client, tokens.refresh);
    expect([status, body['error']]).toEqual([400, 'invalid_grant']);
    door.accounts.standing = before;
    expect((await callTool(door, tokens.access)).status).toBe(401);
  });
});

it('a storm of refreshes through short outages loses no session', async () => {
  const sessions = await Promise.all(Array.from({ length: 10 }, () => signedIn(door)));
  let isOver = false;
  const weather = (async () => {
    while (!isOver) {
      trouble = trouble === 'none' ? 'down' : 'none';
      await sleep(15);
    }
    trouble = 'none';
  })();
  const last = await Promise.all(
    sessions.map(async ({ client, tokens }) => {
      let { refresh: current } = tokens;
      for (let count = 0; count < 8; ) {
        const answer = await refresh(door, client, current);
        expect([200, 503]).toContain(answer.status);
        if (answer.status !== 200) continue;
        current = tokensOf(answer).refresh;
        count += 1;
      }
      return { client, current };
    }),
  );
  isOver = true;
  await weather;
  for (const { client, current } of last) expect((await refresh(door, client, current)).status).toBe(200);
});
