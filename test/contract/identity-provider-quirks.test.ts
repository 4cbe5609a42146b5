// What is special about single identity providers, each as its manual says it, against doubles that behave so.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Trip } from '../../src/auth/idp/identity-provider.ts';
import { identityProviders } from '../../src/auth/idp/index.ts';
import { foreignGithub, type GithubAccount } from '../support/foreign-github.ts';
import { type ForeignTraits, foreignClient, foreignProvider } from '../support/foreign-openid.ts';

const callback = 'https://analytics.example.com/oauth/callback';
const random = (): string => randomBytes(32).toString('base64url');
const tripOf = (): Trip => ({ state: random(), nonce: random(), codeVerifier: random() });

type Settings = { readonly issuer?: string; readonly needsGroups?: boolean; readonly groupsClaim?: string };

function openIdAt(name: keyof typeof identityProviders, traits: ForeignTraits, settings: Settings = {}) {
  const foreign = foreignProvider(traits);
  const given = {
    issuer: undefined,
    needsGroups: false,
    ...settings,
    ...foreignClient,
    fetch: foreign.reach,
  };
  const provider = identityProviders[name](given);
  const arrive = async (account: Readonly<Record<string, unknown>>) => {
    const trip = tripOf();
    return provider.finish(trip, foreign.signIn(await provider.begin(trip, callback, false), account));
  };
  return { foreign, provider, arrive };
}

const microsoft = 'https://login.microsoftonline.com';
const tenant = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const other = '9122040d-6c67-4c5b-b112-36a304b66dad';

function entra(path: string, settings: Settings = {}, traits: Partial<ForeignTraits> = {}) {
  return openIdAt(
    'entra',
    {
      issuer: `${microsoft}/${tenant}/v2.0`,
      discoveredAt: `${microsoft}/${path}/v2.0`,
      idToken: (account) => ({ sub: 'pairwise', ...account }),
      ...traits,
    },
    { issuer: `${microsoft}/${path}`, ...settings },
  );
}

describe('Microsoft Entra', () => {
  it('takes the issuer of the account’s own tenant where the metadata hold a template for it', async () => {
    const { arrive } = entra('common', {}, { issuer: `${microsoft}/{tenantid}/v2.0` });
    const { identity } = await arrive({ tid: other, oid: 'o-9', preferred_username: 'eve@evil.example' });
    expect(identity.subject).toBe(`${microsoft}/${other}/v2.0|o-9`);
  });

  it('refuses an ID token whose issuer is not that of its tenant', async () => {
    const { arrive, foreign } = entra('common', {}, { issuer: `${microsoft}/{tenantid}/v2.0` });
    foreign.tamper = (claims) => ({ ...claims, iss: `${microsoft}/${tenant}/v2.0` });
    await expect(arrive({ tid: other, oid: 'o-9' })).rejects.toMatchObject({
      code: 'SIGN_IN_PROVIDER_ANSWER',
    });
  });

  it('finds the one tenant by its domain too', async () => {
    const { arrive } = entra('contoso.com');
    const { identity } = await arrive({ tid: tenant, oid: 'o-1', preferred_username: 'ann@contoso.com' });
    expect(identity).toMatchObject({ subject: `${microsoft}/${tenant}/v2.0|o-1`, emailVerified: true });
  });

  it('believes no address of another tenant, whatever its administrator typed', async () => {
    const { arrive } = entra('organizations', {}, { issuer: `${microsoft}/{tenantid}/v2.0` });
    const account = {
      tid: other,
      oid: 'o-9',
      email: 'ann@contoso.com',
      preferred_username: 'ann@contoso.com',
    };
    expect((await arrive(account)).identity).toMatchObject({
      emailVerified: false,
      login: 'ann@contoso.com',
    });
  });

  it('believes an address whose domain Entra says is verified', async () => {
    const { arrive } = entra('organizations', {}, { issuer: `${microsoft}/{tenantid}/v2.0` });
    const account = { tid: other, oid: 'o-9', email: 'ann@contoso.com', xms_edov: '1' };
    expect((await arrive(account)).identity).toMatchObject({ email: 'ann@contoso.com', emailVerified: true });
    expect((await arrive({ ...account, xms_edov: false })).identity).toMatchObject({ emailVerified: false });
  });

  it('believes no address of a guest in the tenant', async () => {
    const { arrive } = entra(tenant);
    const guest = {
      tid: tenant,
      oid: 'o-2',
      preferred_username: 'bob@partner.example',
      idp: `${microsoft}/${other}/v2.0`,
    };
    expect((await arrive(guest)).identity).toMatchObject({
      email: 'bob@partner.example',
      emailVerified: false,
    });
  });

  it('does without an address where the account has none', async () => {
    const { arrive } = entra(tenant);
    const { identity } = await arrive({ tid: tenant, oid: 'o-3', preferred_username: '+491701234567' });
    expect(identity).toMatchObject({ login: '+491701234567', emailVerified: false });
    expect(identity.email).toBeUndefined();
  });

  const tooMany = {
    tid: tenant,
    oid: 'o-4',
    preferred_username: 'ann@contoso.com',
    _claim_names: { groups: 'src1' },
    _claim_sources: { src1: { endpoint: 'https://graph.windows.net/gone/getMemberObjects' } },
  };
  const graph = (status: number): NonNullable<ForeignTraits['beside']> => {
    return (url, init, account) => {
      if (url.href !== 'https://graph.microsoft.com/v1.0/me/getMemberGroups') return undefined;
      if (account === undefined || init.method !== 'POST') return new Response('', { status: 401 });
      return Response.json(status === 200 ? { value: ['g-7', 'g-8'] } : { error: {} }, { status });
    };
  };

  it('asks Microsoft Graph where the groups are too many for the token', async () => {
    const { arrive, foreign } = entra(tenant, { needsGroups: true }, { beside: graph(200) });
    expect((await arrive(tooMany)).identity.groups).toEqual(['g-7', 'g-8']);
    expect(foreign.requests.join()).not.toContain('graph.windows.net');
  });

  it('asks nobody for groups that no list names', async () => {
    const { arrive, foreign } = entra(tenant, { needsGroups: false }, { beside: graph(200) });
    expect((await arrive(tooMany)).identity.groups).toEqual([]);
    expect(foreign.requests.join()).not.toContain('graph.microsoft.com');
  });

  it('lets nobody in whose groups Graph may not tell, and says to the operator what is missing', async () => {
    const { arrive } = entra(tenant, { needsGroups: true }, { beside: graph(403) });
    await expect(arrive(tooMany)).rejects.toMatchObject({
      code: 'SIGN_IN_PROVIDER_ANSWER',
      message: 'the groups of the account could not be read',
      facts: { logDetail: expect.stringContaining('GroupMember.Read.All') },
    });
  });

  it('takes application roles for groups where the operator says so', async () => {
    const { arrive } = entra(tenant, { needsGroups: true, groupsClaim: 'roles' });
    const account = { tid: tenant, oid: 'o-5', preferred_username: 'ann@contoso.com', roles: ['Analyst'] };
    expect((await arrive(account)).identity.groups).toEqual(['Analyst']);
  });
});

describe('Google', () => {
  const google = () =>
    openIdAt('google', {
      issuer: 'https://accounts.google.com',
      idToken: (account) => account,
      givesRefreshToken: () => true,
    });

  it.each([
    ['an account of Workspace', { email: 'ann@example.com', email_verified: true, hd: 'example.com' }, true],
    ['an address of Google’s own', { email: 'ann@gmail.com', email_verified: true }, true],
    ['a private account with a company’s address', { email: 'ann@example.com', email_verified: true }, false],
    ['an address that was never verified', { email: 'ann@gmail.com', email_verified: false }, false],
    ['a look-alike of Google’s domain', { email: 'ann@gmail.com.evil.example', email_verified: true }, false],
  ])('vouches for %s: %j %s', async (_what, account, verified) => {
    expect((await google().arrive({ sub: '1', ...account })).identity.emailVerified).toBe(verified);
  });
});

describe('Okta', () => {
  const okta = (scopes: readonly string[], needsGroups: boolean) =>
    openIdAt(
      'okta',
      { issuer: 'https://corp.okta.com/oauth2/default', scopes, idToken: ({ sub }) => ({ sub }) },
      { issuer: 'https://corp.okta.com/oauth2/default', needsGroups },
    );
  const scopeOf = async ({ provider }: ReturnType<typeof okta>) =>
    new URL(await provider.begin(tripOf(), callback, false)).searchParams.get('scope');

  it('is asked for groups only where they matter and the authorization server knows the scope', async () => {
    expect(await scopeOf(okta(['openid', 'groups'], true))).toContain('groups');
    expect(await scopeOf(okta(['openid', 'groups'], false))).not.toContain('groups');
    expect(await scopeOf(okta(['openid'], true))).not.toContain('groups');
  });
});

describe('any OpenID provider', () => {
  const traits: ForeignTraits = {
    issuer: 'https://idp.example.com',
    clientAuthentication: 'basic',
    idToken: (account) => account,
  };

  it('must name in its metadata the issuer that was configured', async () => {
    const { provider } = openIdAt(
      'oidc',
      { ...traits, issuer: 'https://evil.example', discoveredAt: 'https://idp.example.com' },
      { issuer: 'https://idp.example.com' },
    );
    await expect(provider.check()).rejects.toMatchObject({ code: 'SIGN_IN_PROVIDER_ANSWER' });
  });

  it.each(['token_endpoint', 'jwks_uri', 'userinfo_endpoint'])(
    'may not have its %s on plain http',
    async (name) => {
      const { arrive, foreign } = openIdAt(
        'oidc',
        { ...traits, metadata: { [name]: 'http://169.254.169.254/latest' }, userInfo: (account) => account },
        { issuer: 'https://idp.example.com' },
      );
      await expect(arrive({ sub: '1' })).rejects.toMatchObject({ code: 'SIGN_IN_PROVIDER_ANSWER' });
      expect(foreign.requests.join()).not.toContain('169.254');
    },
  );

  it('may not answer about somebody else at userinfo', async () => {
    const { arrive } = openIdAt(
      'oidc',
      { ...traits, userInfo: () => ({ sub: 'another', email: 'ann@example.com' }) },
      { issuer: 'https://idp.example.com' },
    );
    await expect(arrive({ sub: '1' })).rejects.toMatchObject({ code: 'SIGN_IN_PROVIDER_ANSWER' });
  });

  it('ends the session where it answers a refresh for somebody else', async () => {
    const { arrive, foreign, provider } = openIdAt(
      'oidc',
      { ...traits, givesRefreshToken: () => true },
      { issuer: 'https://idp.example.com' },
    );
    const { proof } = await arrive({ sub: '1', email: 'ann@example.com' });
    foreign.tamper = (claims) => ({ ...claims, sub: '2' });
    expect(await provider.renew(proof ?? {})).toEqual({
      standing: 'ended',
      reason: 'the identity provider answered for somebody else',
    });
  });

  it('keeps what it knew of a person where a refresh brings no ID token', async () => {
    const { arrive, provider } = openIdAt(
      'oidc',
      { ...traits, givesRefreshToken: () => true, idTokenOnRefresh: false },
      { issuer: 'https://idp.example.com', needsGroups: true },
    );
    const { proof } = await arrive({ sub: '1', email: 'ann@example.com', groups: ['analysts'] });
    expect(await provider.renew(proof ?? {})).toEqual({
      standing: 'active',
      identity: undefined,
      proof: undefined,
    });
  });

  it('tells of groups that have changed since', async () => {
    const { arrive, foreign, provider } = openIdAt(
      'oidc',
      { ...traits, givesRefreshToken: () => true },
      { issuer: 'https://idp.example.com', needsGroups: true },
    );
    const { proof } = await arrive({ sub: '1', email: 'ann@example.com', groups: ['analysts'] });
    foreign.tamper = (claims) => ({ ...claims, groups: [] });
    expect(await provider.renew(proof ?? {})).toMatchObject({ standing: 'active', identity: { groups: [] } });
  });
});

describe('GitHub', () => {
  const ann: GithubAccount = {
    id: 583231,
    login: 'ann',
    emails: [{ email: 'ann@example.com', primary: true, verified: true }],
    orgs: [],
    teams: [],
  };

  function github(settings: Settings = {}, foreign = foreignGithub()) {
    const given = {
      issuer: undefined,
      needsGroups: false,
      ...settings,
      ...foreignClient,
      fetch: foreign.reach,
    };
    const provider = identityProviders.github(given);
    const arrive = async (account: GithubAccount) => {
      const trip = tripOf();
      return provider.finish(trip, foreign.signIn(await provider.begin(trip, callback, false), account));
    };
    return { foreign, provider, arrive };
  }

  it('vouches only for the primary address, and only once it is verified; never for the one in the profile', async () => {
    const emails = [
      { email: 'second@example.com', primary: false, verified: true },
      { email: 'first@example.com', primary: true, verified: false },
    ];
    const { identity } = await github().arrive({ ...ann, emails });
    expect(identity).toMatchObject({
      emailVerified: false,
      login: 'ann',
      subject: 'https://github.com|583231',
    });
    expect(identity.email).toBeUndefined();
  });

  it('is asked for organisations only where they matter', async () => {
    const scope = async (needsGroups: boolean) =>
      new URL(await github({ needsGroups }).provider.begin(tripOf(), callback, false)).searchParams.get(
        'scope',
      );
    expect(await scope(true)).toBe('read:user user:email read:org');
    expect(await scope(false)).toBe('read:user user:email');
  });

  it('tells all organisations of somebody who is in more than one page of them', async () => {
    const orgs = Array.from({ length: 250 }, (_, index) => `org-${index}`);
    const { identity } = await github({ needsGroups: true }).arrive({ ...ann, orgs });
    expect(identity.groups).toEqual(orgs);
  });

  it('ends the session of a suspended account', async () => {
    const { arrive, foreign, provider } = github();
    const { proof } = await arrive(ann);
    foreign.suspended = true;
    expect(await provider.renew(proof ?? {})).toMatchObject({ standing: 'ended' });
  });

  it('renews the tokens of a GitHub App shortly before they expire, each refresh token once', async () => {
    const { arrive, foreign, provider } = github();
    foreign.expires = true;
    const { proof = {} } = await arrive(ann);
    expect(Object.keys(proof)).toEqual(['accessToken', 'refreshToken', 'expiresAtMs']);
    expect(await provider.renew(proof)).toMatchObject({ standing: 'active', proof: undefined });
    const old = { ...proof, expiresAtMs: String(Date.now() + 30_000) };
    const renewal = await provider.renew(old);
    expect(renewal).toMatchObject({ standing: 'active', proof: { refreshToken: expect.any(String) } });
    expect(await provider.renew(old)).toMatchObject({ standing: 'ended' });
  });

  it('is also found as an Enterprise Server', async () => {
    const site = 'https://github.corp.example';
    const { arrive } = github({ issuer: site }, foreignGithub(site, `${site}/api/v3`));
    expect((await arrive(ann)).identity.subject).toBe(`${site}|583231`);
  });

  it('is at fault, and the person is not, where the client secret is wrong', async () => {
    const { arrive, foreign } = github();
    foreign.state = 'wrong secret';
    await expect(arrive(ann)).rejects.toMatchObject({
      code: 'SIGN_IN_PROVIDER_UNAVAILABLE',
      facts: { logDetail: 'incorrect_client_credentials' },
    });
  });
});
