// Accounts over time: what ends them, what does not, how long a silent provider is borne, and who asks when many do.
import { describe, expect, it } from 'vitest';
import type { Identity, Proof, Renewal } from '../../../src/auth/idp/identity-provider.ts';
import { createAccounts, type SignInWay } from '../../../src/auth/sign-in/accounts.ts';
import { analystNames } from '../../../src/auth/sign-in/analyst-name.ts';
import { CodedError } from '../../../src/base/errors.ts';
import type { ProductEvent } from '../../../src/base/events.ts';
import { type MemoryRecords, memoryRecords } from '../../support/memory-records.ts';

const hour = 3_600_000;
const ann: Identity = {
  subject: 'https://idp.example.com|1',
  login: 'ann@example.com',
  email: 'ann@example.com',
  emailVerified: true,
  groups: ['analysts'],
};

/** A provider that gives every refresh token once, as the strictest do. */
function rotatingWay() {
  let next = 1;
  const way = {
    name: 'oidc',
    isLocal: false,
    present: 'r0',
    asked: 0,
    pauseMs: 0,
    isDead: false,
    fault: undefined as CodedError | undefined,
    isOver: false,
    identity: undefined as Identity | undefined,
    allowed: true,
    allows: (): boolean => way.allowed,
    renew: async ({ refreshToken }: Proof): Promise<Renewal> => {
      way.asked += 1;
      if (way.isDead) await new Promise(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, way.pauseMs));
      if (way.fault !== undefined) throw way.fault;
      if (refreshToken !== way.present) way.isOver = true;
      if (way.isOver) return { standing: 'ended', reason: 'the provider said no' };
      way.present = `r${next++}`;
      return { standing: 'active', identity: way.identity, proof: { refreshToken: way.present } };
    },
  };
  return way;
}

function opened(way: SignInWay, records: MemoryRecords, clock: { nowMs: number }, toleranceMs = 24 * hour) {
  const events: ProductEvent[] = [];
  const accounts = createAccounts({
    openRecords: records.open,
    ways: [way],
    isTaken: (name) => name === 'sonia',
    toleranceMs,
    emit: (event) => events.push(event),
    nowMs: () => clock.nowMs,
  });
  return { accounts, events };
}

function started(toleranceMs?: number) {
  const clock = { nowMs: Date.parse('2026-11-01T00:00:00Z') };
  const way = rotatingWay();
  const records = memoryRecords(() => clock.nowMs);
  return { clock, way, records, ...opened(way, records, clock, toleranceMs) };
}

const proof = { refreshToken: 'r0' };
const fault = new CodedError('SIGN_IN_PROVIDER_UNAVAILABLE', 'the identity provider cannot be asked');

describe('an account', () => {
  it('is known once it signed in, and its name stays when the address changes', async () => {
    const { accounts } = started();
    expect(await accounts.find(ann.subject)).toBeUndefined();
    const account = await accounts.enrol('oidc', ann, proof);
    expect(account).toEqual({
      subject: ann.subject,
      name: 'ann@example.com',
      email: 'ann@example.com',
      groups: ['analysts'],
      provider: 'oidc',
    });
    const moved = await accounts.enrol(
      'oidc',
      { ...ann, login: 'ann@new.example', email: 'ann@new.example' },
      proof,
    );
    expect(moved).toMatchObject({ name: 'ann@example.com', email: 'ann@new.example' });
    expect(await accounts.find(ann.subject)).toEqual(moved);
  });

  it('shares its name with no other account and no static token, whatever the case', async () => {
    const { accounts } = started();
    const names = [];
    for (const [subject, login] of [
      ['a|1', 'Ann'],
      ['a|2', 'ann'],
      ['a|3', 'sonia'],
      ['a|1', 'Ann'],
    ] as const)
      names.push((await accounts.enrol('oidc', { ...ann, subject, login }, proof)).name);
    expect(names[0]).toBe('Ann');
    expect(names[1]).toMatch(/^ann-[0-9a-f]{6}$/);
    expect(names[2]).toMatch(/^sonia-[0-9a-f]{6}$/);
    expect(names[3]).toBe('Ann');
  });

  it('shares its name with no other account even where somebody has taken the marked name too', async () => {
    const { accounts } = started();
    const enrol = async (subject: string, login: string) =>
      (await accounts.enrol('oidc', { ...ann, subject, login }, proof)).name;
    const [, marked] = analystNames('ann', 'a|victim');
    const taken = [await enrol('a|1', 'ann'), await enrol('a|2', marked)];
    expect(taken).toEqual(['ann', marked]);
    const victim = await enrol('a|victim', 'ann');
    expect(victim).toMatch(/^ann-[0-9a-f]{6}$/);
    expect(taken).not.toContain(victim);
    expect(await enrol('a|victim', 'ann')).toBe(victim);
  });

  it('tells the database no address that the provider has not verified, at sign-in and later', async () => {
    const { accounts, clock, way } = started();
    const unproved = { ...ann, email: 'boss@example.com', emailVerified: false };
    expect((await accounts.enrol('oidc', unproved, proof)).email).toBeUndefined();
    expect((await accounts.enrol('oidc', ann, proof)).email).toBe('ann@example.com');
    way.identity = unproved;
    clock.nowMs += hour;
    expect(await accounts.renew(ann.subject)).toMatchObject({ account: { email: undefined } });
  });

  it.each([
    [
      'an address that is not verified',
      { login: 'boss@example.com', email: 'boss@example.com', emailVerified: false },
    ],
    ['an address beside the verified one', { login: 'boss@example.com', email: 'ann@example.com' }],
  ])('whose login is %s gets a marked name: it may be somebody else’s', async (_name, changes) => {
    const { accounts } = started();
    const { name } = await accounts.enrol('oidc', { ...ann, ...changes }, proof);
    expect(name).toMatch(/^boss@example\.com-[0-9a-f]{6}$/);
    expect((await accounts.enrol('oidc', { ...ann, ...changes }, proof)).name).toBe(name);
  });

  it('goes on for months of refreshes, each of which asks the provider', async () => {
    const { accounts, clock, way } = started();
    await accounts.enrol('oidc', ann, proof);
    for (let refresh = 1; refresh <= 200; refresh += 1) {
      clock.nowMs += 20 * hour;
      expect(await accounts.renew(ann.subject)).toMatchObject({ standing: 'active' });
    }
    expect(way.asked).toBe(200);
  });

  it('ends at the next refresh after the provider ended it, and stays ended', async () => {
    const { accounts, way, events } = started();
    await accounts.enrol('oidc', ann, proof);
    way.isOver = true;
    const ended = { standing: 'ended', reason: 'the provider said no' };
    expect(await accounts.renew(ann.subject)).toEqual(ended);
    expect(await accounts.renew(ann.subject)).toEqual(ended);
    expect(await accounts.find(ann.subject)).toBeUndefined();
    expect(events).toEqual([
      {
        kind: 'account_ended',
        principal: 'ann@example.com',
        provider: 'oidc',
        reason: 'the provider said no',
      },
    ]);
  });

  it('ends once the operator, or a change of its groups, no longer lets it in', async () => {
    const { accounts, way } = started();
    await accounts.enrol('oidc', ann, proof);
    way.allowed = false;
    expect(await accounts.renew(ann.subject)).toEqual({
      standing: 'ended',
      reason: 'the account is no longer allowed',
    });
    expect(way.asked).toBe(0);
  });

  it('ends where its way to sign in was switched off', async () => {
    const { accounts, records, clock, way } = started();
    await accounts.enrol('oidc', ann, proof);
    const later = opened({ ...way, name: 'entra' }, records, clock);
    expect(await later.accounts.renew(ann.subject)).toEqual({
      standing: 'ended',
      reason: 'sign-in by oidc was switched off',
    });
  });

  it('follows the groups that the provider tells', async () => {
    const { accounts, way } = started();
    await accounts.enrol('oidc', ann, proof);
    way.identity = { ...ann, groups: ['finance'] };
    expect(await accounts.renew(ann.subject)).toMatchObject({ account: { groups: ['finance'] } });
    expect(await accounts.find(ann.subject)).toMatchObject({ groups: ['finance'] });
  });

  it('goes on while the provider is silent for just under the tolerance, and is unknown just over it', async () => {
    const { accounts, clock, way, events } = started(24 * hour);
    await accounts.enrol('oidc', ann, proof);
    way.fault = fault;
    clock.nowMs += 24 * hour - 1;
    expect(await accounts.renew(ann.subject)).toMatchObject({ standing: 'active' });
    clock.nowMs += 60_000;
    expect(await accounts.renew(ann.subject)).toEqual({ standing: 'unknown', retryAfterSeconds: 30 });
    expect(events).toMatchObject([{ kind: 'account_unconfirmed' }, { kind: 'account_unconfirmed' }]);
    expect(await accounts.find(ann.subject)).toBeDefined();
    way.fault = undefined;
    clock.nowMs += 60_000;
    expect(await accounts.renew(ann.subject)).toMatchObject({ standing: 'active' });
  });

  it('asks a silent provider again only after a pause, so that refreshes stay quick', async () => {
    const { accounts, clock, way } = started();
    await accounts.enrol('oidc', ann, proof);
    way.fault = fault;
    for (let refresh = 1; refresh <= 5; refresh += 1) await accounts.renew(ann.subject);
    expect(way.asked).toBe(1);
    clock.nowMs += 30_000;
    await accounts.renew(ann.subject);
    expect(way.asked).toBe(2);
  });

  it('is trusted for the tolerance only where the provider gave nothing to ask again with', async () => {
    const { accounts, clock } = started(24 * hour);
    await accounts.enrol('oidc', ann, undefined);
    clock.nowMs += 24 * hour;
    expect(await accounts.renew(ann.subject)).toMatchObject({ standing: 'active' });
    clock.nowMs += 1;
    expect(await accounts.renew(ann.subject)).toMatchObject({
      standing: 'ended',
      reason: 'the identity provider gave no refresh token, so it cannot be asked again',
    });
  });
});

describe('refreshes at the same time', () => {
  it('spend a rotating refresh token once, within a process', async () => {
    const { accounts, way } = started();
    await accounts.enrol('oidc', ann, proof);
    way.pauseMs = 20;
    const states = await Promise.all(Array.from({ length: 50 }, () => accounts.renew(ann.subject)));
    expect(new Set(states.map(({ standing }) => standing))).toEqual(new Set(['active']));
    expect(way.asked).toBe(1);
  });

  it('spend it once across replicas too: the others wait for what the one wrote', async () => {
    const { accounts, way, records, clock } = started();
    await accounts.enrol('oidc', ann, proof);
    way.pauseMs = 150;
    const replicas = [accounts, ...[1, 2, 3].map(() => opened(way, records, clock).accounts)];
    const states = await Promise.all(
      replicas.flatMap((one) => [one.renew(ann.subject), one.renew(ann.subject)]),
    );
    expect(new Set(states.map(({ standing }) => standing))).toEqual(new Set(['active']));
    expect([way.asked, way.isOver]).toEqual([1, false]);
  });

  it('take over from a replica that died while it asked', async () => {
    const { accounts, way, records, clock } = started();
    await accounts.enrol('oidc', ann, proof);
    way.isDead = true;
    void accounts.renew(ann.subject);
    await new Promise((resolve) => setTimeout(resolve, 20));
    way.isDead = false;
    clock.nowMs += 13_000;
    expect(await opened(way, records, clock).accounts.renew(ann.subject)).toMatchObject({
      standing: 'active',
    });
  });

  it('keep a new sign-in that came while the old session was found to be over', async () => {
    const { accounts, way, clock } = started();
    await accounts.enrol('oidc', ann, proof);
    way.pauseMs = 50;
    way.isOver = true;
    const renewal = accounts.renew(ann.subject);
    await new Promise((resolve) => setTimeout(resolve, 10));
    clock.nowMs += 1_000;
    await accounts.enrol('oidc', ann, { refreshToken: 'another' });
    expect(await renewal).toMatchObject({ standing: 'active' });
    expect(await accounts.find(ann.subject)).toBeDefined();
  });

  it('lose no session where the store fails after the provider has given a new token', async () => {
    const { accounts, way, records, clock } = started();
    await accounts.enrol('oidc', ann, proof);
    way.pauseMs = 30;
    const renewal = accounts.renew(ann.subject);
    await new Promise((resolve) => setTimeout(resolve, 15));
    records.down = true;
    await expect(renewal).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    await expect(accounts.renew(ann.subject)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    records.down = false;
    clock.nowMs += 6_000;
    expect(await accounts.renew(ann.subject)).toMatchObject({ standing: 'active' });
    expect(way.isOver).toBe(false);
  });
});
