// The contract that every identity provider keeps, run for each of them against a double with its documented quirks.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { IdentityProvider, Proof, Trip } from '../../src/auth/idp/identity-provider.ts';
import { identityProviders } from '../../src/auth/idp/index.ts';
import { CodedError } from '../../src/base/errors.ts';
import { type ForeignProvider, foreignClient } from '../support/foreign-openid.ts';
import { type ForeignKind, foreignKinds } from '../support/foreign-providers.ts';

const callback = 'https://analytics.example.com/oauth/callback';

const faultsOfNetwork = ['unreachable', 'failing'] as const;

const tripOf = (): Trip => {
  const random = (): string => randomBytes(32).toString('base64url');
  return { state: random(), nonce: random(), codeVerifier: random() };
};

function opened({ name, issuer, groupsClaim, groups, make }: ForeignKind): {
  readonly foreign: ForeignProvider;
  readonly provider: IdentityProvider;
} {
  const foreign = make();
  const settings = {
    issuer,
    ...foreignClient,
    groupsClaim,
    needsGroups: groups.length > 0,
    fetch: foreign.reach,
  };
  return { foreign, provider: identityProviders[name](settings) };
}

async function signedIn(kind: ForeignKind) {
  const { foreign, provider } = opened(kind);
  const trip = tripOf();
  const url = await provider.begin(trip, callback, false);
  const arrival = await provider.finish(trip, foreign.signIn(url, kind.person.account));
  return { foreign, provider, arrival, proof: arrival.proof ?? {} };
}

/** The error of a call, with the promise that it holds no secret. */
async function failure(foreign: ForeignProvider, call: Promise<unknown>): Promise<CodedError> {
  const error = await call.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CodedError)) throw error;
  const said = JSON.stringify([error.message, { ...error.facts, cause: undefined }]);
  for (const secret of foreign.secrets) expect(said).not.toContain(secret);
  return error;
}

describe.each(foreignKinds)('$name', (kind) => {
  it('is asked nothing before somebody signs in', () => {
    expect(opened(kind).foreign.requests).toEqual([]);
  });

  it('tells who signed in, as the provider vouches for it', async () => {
    const { arrival } = await signedIn(kind);
    expect(arrival.identity).toEqual(kind.person.identity);
    expect(Object.keys(arrival.proof ?? {})).not.toEqual([]);
  });

  it('lets the person choose another account where they ask for one', async () => {
    const { provider } = opened(kind);
    const prompt = new URL(await provider.begin(tripOf(), callback, true)).searchParams.get('prompt');
    expect(prompt).toContain('select_account');
    expect(
      new URL(await provider.begin(tripOf(), callback, false)).searchParams.get('prompt') ?? '',
    ).not.toContain('select_account');
  });

  it('says no where the person or the provider said no', async () => {
    const { foreign, provider } = opened(kind);
    const trip = tripOf();
    const back = foreign.refuse(await provider.begin(trip, callback, false));
    expect(await failure(foreign, provider.finish(trip, back))).toMatchObject({ code: 'SIGN_IN_REFUSED' });
    const broken = foreign.refuse(await provider.begin(trip, callback, false), 'server_error');
    expect(await failure(foreign, provider.finish(trip, broken))).toMatchObject({
      code: 'SIGN_IN_PROVIDER_UNAVAILABLE',
    });
  });

  it('redeems a code once, and only with the verifier of its own trip', async () => {
    const { foreign, provider } = opened(kind);
    const trip = tripOf();
    const back = foreign.signIn(await provider.begin(trip, callback, false), kind.person.account);
    await provider.finish(trip, back);
    expect(await failure(foreign, provider.finish(trip, back))).toMatchObject({
      code: 'SIGN_IN_PROVIDER_ANSWER',
    });
    const other = foreign.signIn(await provider.begin(trip, callback, false), kind.person.account);
    const wrong = { ...trip, codeVerifier: tripOf().codeVerifier };
    expect(await failure(foreign, provider.finish(wrong, other))).toMatchObject({
      code: 'SIGN_IN_PROVIDER_ANSWER',
    });
  });

  it('goes on at a refresh, as often as it is asked', async () => {
    const { provider, proof } = await signedIn(kind);
    let present: Proof = proof;
    for (let refresh = 1; refresh <= 3; refresh += 1) {
      const renewal = await provider.renew(present);
      expect(renewal).toMatchObject({ standing: 'active' });
      if (renewal.standing === 'active') {
        expect(renewal.identity ?? kind.person.identity).toEqual(kind.person.identity);
        present = renewal.proof ?? present;
      }
    }
  });

  it('ends at the next refresh once the account is disabled or the session revoked', async () => {
    const { foreign, provider, proof } = await signedIn(kind);
    foreign.disableAll();
    expect(await provider.renew(proof)).toMatchObject({ standing: 'ended', reason: expect.any(String) });
  });

  // A token of GitHub is asked about without the secret.
  const faults = kind.name === 'github' ? faultsOfNetwork : ([...faultsOfNetwork, 'wrong secret'] as const);
  it.each(faults)('is unavailable, and ends no session, while it is %s', async (state) => {
    const { foreign, provider, proof } = await signedIn(kind);
    foreign.state = state;
    const error = await failure(foreign, provider.renew(proof));
    expect(error.code).toBe('SIGN_IN_PROVIDER_UNAVAILABLE');
    expect(error.facts.logDetail).toMatch(/\w/);
    expect(error.facts.retryAfterSeconds).toBeGreaterThan(0);
    foreign.state = 'up';
    expect(await provider.renew(proof)).toMatchObject({ standing: 'active' });
  });

  it('is found again after it was down at the first sign-in', async () => {
    const { foreign, provider } = opened(kind);
    foreign.state = 'unreachable';
    const trip = tripOf();
    if (kind.name !== 'github')
      expect(await failure(foreign, provider.begin(trip, callback, false))).toMatchObject({
        code: 'SIGN_IN_PROVIDER_UNAVAILABLE',
      });
    expect(await failure(foreign, provider.check())).toMatchObject({ code: 'SIGN_IN_PROVIDER_UNAVAILABLE' });
    foreign.state = 'up';
    expect(await provider.check()).toContain('answers');
    const back = foreign.signIn(await provider.begin(trip, callback, false), kind.person.account);
    expect((await provider.finish(trip, back)).identity.subject).toBe(kind.person.identity.subject);
  });
});

describe.each(foreignKinds.filter(({ name }) => name !== 'github'))('$name, by OpenID Connect', (kind) => {
  const now = (): number => Math.floor(Date.now() / 1000);
  it.each([
    ['of another sign-in', () => ({ nonce: 'another' })],
    ['of another issuer', () => ({ iss: 'https://evil.example' })],
    ['for another client', () => ({ aud: 'another' })],
    ['that has expired', () => ({ exp: now() - 3600 })],
    ['without a subject', () => ({ sub: undefined, oid: undefined })],
  ])('refuses an ID token %s', async (_what, change) => {
    const { foreign, provider } = opened(kind);
    foreign.tamper = (claims) => ({ ...claims, ...change() });
    const trip = tripOf();
    const back = foreign.signIn(await provider.begin(trip, callback, false), kind.person.account);
    expect(await failure(foreign, provider.finish(trip, back))).toMatchObject({
      code: 'SIGN_IN_PROVIDER_ANSWER',
    });
  });

  it('refuses an ID token that somebody else signed', async () => {
    const { foreign, provider } = opened(kind);
    foreign.forgeSignature = true;
    const trip = tripOf();
    const back = foreign.signIn(await provider.begin(trip, callback, false), kind.person.account);
    expect(await failure(foreign, provider.finish(trip, back))).toMatchObject({
      code: 'SIGN_IN_PROVIDER_ANSWER',
    });
  });

  it('refuses an answer with another state', async () => {
    const { foreign, provider } = opened(kind);
    const trip = tripOf();
    const back = new URL(foreign.signIn(await provider.begin(trip, callback, false), kind.person.account));
    back.searchParams.set('state', 'another');
    expect(await failure(foreign, provider.finish(trip, back.href))).toMatchObject({
      code: 'SIGN_IN_PROVIDER_ANSWER',
    });
  });
});
