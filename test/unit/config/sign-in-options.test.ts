// The options of sign-in: what is missing, what contradicts, and what would let the whole world in.
import { describe, expect, it } from 'vitest';
import { readTokens } from '../../../src/auth/static-tokens.ts';
import { CodedError } from '../../../src/base/errors.ts';
import { loadConfiguration } from '../../../src/config/load-configuration.ts';
import { connectionSettings } from '../../../src/pg/connection-source.ts';

const load = (env: Record<string, string>) =>
  loadConfiguration({
    purpose: 'serve',
    env: { DATABASE_URL: 'postgres://reader@127.0.0.1/fleet', ...env },
    homeDirectory: '/nowhere',
    readFile: () => {
      throw new CodedError('INTERNAL', 'no file');
    },
    isOpenToOthers: () => false,
    readers: { database: connectionSettings, tokens: readTokens },
  });

function problems(env: Record<string, string>): string[] {
  try {
    load(env);
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    expect(error.code).toBe('CONFIG_INVALID');
    return (error.facts.problems ?? []).map(({ name, reason }) => `${name} ${reason}`);
  }
}

const tokens = { MCP_TOKENS: 'sonia:pgam_S0mEtHiNgL0nGaNdRaNd0m' };
const reachable = { MCP_PUBLIC_URL: 'https://analytics.example.com' };
const registered = { ...reachable, MCP_SIGN_IN_CLIENT_ID: 'id', MCP_SIGN_IN_CLIENT_SECRET: 'secret' };
const tenant = 'https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47';

describe('the options of sign-in', () => {
  it('are off unless they are asked for', () => {
    expect(load(tokens).configuration.signIn).toBeUndefined();
    expect(load({ ...tokens, MCP_SIGN_IN: 'off' }).configuration.signIn).toBeUndefined();
  });

  it('let analysts paste their keys, where there are keys', () => {
    const { signIn } = load({ ...tokens, ...reachable, MCP_SIGN_IN: 'key' }).configuration;
    expect(signIn).toMatchObject({ keys: true, provider: undefined, toleranceMs: 86_400_000 });
    expect(problems({ ...reachable, MCP_SIGN_IN: 'key' })).toEqual([
      'MCP_TOKENS nobody has a key to sign in with: MCP_SIGN_IN holds key; the command token makes one for here or MCP_TOKENS_FILE',
    ]);
  });

  it('let HTTP be served without any token where an identity provider is there', () => {
    const { signIn } = load({
      ...registered,
      MCP_SIGN_IN: 'entra',
      MCP_SIGN_IN_ISSUER: tenant,
    }).configuration;
    expect(signIn).toMatchObject({ keys: false, provider: { name: 'entra', issuer: tenant } });
  });

  it('say everything that is missing at once', () => {
    expect(problems({ MCP_SIGN_IN: 'oidc' })).toEqual([
      'MCP_PUBLIC_URL is missing: browsers must be told where to come back to',
      'MCP_SIGN_IN_CLIENT_ID is missing: MCP_SIGN_IN is oidc',
      'MCP_SIGN_IN_CLIENT_SECRET is missing: MCP_SIGN_IN is oidc',
      'MCP_SIGN_IN_ISSUER is missing: MCP_SIGN_IN is oidc',
    ]);
  });

  it('that cannot be read are not called missing as well', () => {
    expect(problems({ MCP_SIGN_IN: 'kye' })).toEqual([expect.stringMatching(/^MCP_SIGN_IN must be one of/)]);
    expect(
      problems({
        ...tokens,
        ...reachable,
        MCP_SIGN_IN: 'key',
        MCP_STATE_URL: 'sqlite:/srv/state.db',
        MCP_STATE_SECRETS: 'short',
      }),
    ).toEqual([expect.stringMatching(/^MCP_STATE_SECRETS each secret needs 32 bytes/)]);
  });

  it('want https of browsers and of issuers, but for loopback names', () => {
    const oidc = { ...registered, MCP_SIGN_IN: 'oidc' };
    expect(problems({ ...oidc, MCP_SIGN_IN_ISSUER: 'http://idp.example.com' })).toEqual([
      'MCP_SIGN_IN_ISSUER must be https, or http on a loopback name',
    ]);
    expect(problems({ ...oidc, MCP_SIGN_IN_ISSUER: 'http://127.0.0.1.evil.example' })).toHaveLength(1);
    expect(problems({ ...oidc, MCP_SIGN_IN_ISSUER: 'http://127.0.0.1:9000/realm' })).toEqual([]);
    const plain = {
      ...oidc,
      MCP_SIGN_IN_ISSUER: 'https://idp.example.com',
      MCP_PUBLIC_URL: 'http://a.example',
    };
    expect(problems(plain)).toEqual([
      'MCP_PUBLIC_URL must be https where analysts sign in, or http on a loopback name',
    ]);
    expect(problems({ ...plain, MCP_PUBLIC_URL: 'http://localhost:8080' })).toEqual([]);
  });

  it.each([
    ['google', undefined],
    ['github', undefined],
    ['entra', 'https://login.microsoftonline.com/common'],
    ['entra', 'https://login.microsoftonline.com/organizations/v2.0'],
    ['entra', 'https://login.microsoftonline.com/Consumers'],
  ])(
    'refuse %s %s without an allow-list, since anybody in the world has an account there',
    (name, issuer) => {
      const env = { ...registered, MCP_SIGN_IN: name, ...(issuer && { MCP_SIGN_IN_ISSUER: issuer }) };
      expect(problems(env)).toEqual([expect.stringContaining(`anybody can have an account at ${name}`)]);
      expect(problems({ ...env, MCP_SIGN_IN_ALLOW_USERS: '4711' })).toEqual([]);
    },
  );

  it('need no allow-list where the provider knows only one company', () => {
    expect(problems({ ...registered, MCP_SIGN_IN: 'entra', MCP_SIGN_IN_ISSUER: tenant })).toEqual([]);
    const own = { ...registered, MCP_SIGN_IN: 'github', MCP_SIGN_IN_ISSUER: 'https://github.corp.example' };
    expect(problems(own)).toEqual([]);
  });

  it('refuse what cannot be kept: groups of Google, two providers, off beside another', () => {
    const google = { ...registered, MCP_SIGN_IN: 'google', MCP_SIGN_IN_ALLOW_DOMAINS: 'example.com' };
    expect(problems({ ...google, MCP_SIGN_IN_ALLOW_GROUPS: 'analysts' })).toEqual([
      'MCP_SIGN_IN_ALLOW_GROUPS cannot be checked: Google tells no groups',
    ]);
    expect(problems({ ...google, MCP_SIGN_IN: 'google,oidc' })).toContainEqual(
      'MCP_SIGN_IN names several identity providers; keep one',
    );
    expect(problems({ ...google, MCP_SIGN_IN: 'google,off' })).toContainEqual(
      'MCP_SIGN_IN off stands beside another way; keep one',
    );
    expect(problems({ ...google, ...tokens, MCP_SIGN_IN: 'google,key' })).toEqual([]);
  });

  it('refuse an issuer of entra that names no tenant, and another issuer for google', () => {
    const issuer = 'https://login.microsoftonline.com';
    expect(problems({ ...registered, MCP_SIGN_IN: 'entra', MCP_SIGN_IN_ISSUER: issuer })).toEqual([
      'MCP_SIGN_IN_ISSUER must end in the tenant: its id, its domain, or organizations, common, consumers',
    ]);
    const google = { MCP_SIGN_IN: 'google', MCP_SIGN_IN_ALLOW_DOMAINS: 'example.com' };
    expect(problems({ ...registered, ...google, MCP_SIGN_IN_ISSUER: 'https://evil.example' })).toHaveLength(
      1,
    );
  });

  it.each(['@example.com', '*.example.com', 'example', 'exa mple.com', 'https://example.com'])(
    'refuse %j as a domain',
    (domain) => {
      const env = { ...registered, MCP_SIGN_IN: 'google', MCP_SIGN_IN_ALLOW_DOMAINS: domain };
      expect(problems(env)).toContainEqual(
        'MCP_SIGN_IN_ALLOW_DOMAINS must be a domain such as example.com, without @ and without *',
      );
    },
  );

  it('never show the secret', () => {
    const env = {
      MCP_SIGN_IN: 'oidc',
      MCP_SIGN_IN_CLIENT_SECRET: 'very-secret',
      MCP_SIGN_IN_ISSUER: 'ftp://x',
    };
    expect(JSON.stringify(problems(env))).not.toContain('very-secret');
  });
});
