// What the doctor says about sign-in, with a real OpenID provider that is there, gone, or another than was meant.
import { afterEach, describe, expect, it } from 'vitest';
import { signInFindings } from '../../src/app/sign-in-checks.ts';
import type { Configuration, SignInConfiguration } from '../../src/config/configuration.ts';
import { type SecondProvider, startSecondProvider } from '../support/second-provider.ts';

let company: SecondProvider | undefined;

afterEach(async () => {
  await company?.close();
  company = undefined;
});

type Changes = {
  readonly issuer?: string;
  readonly clientSecret?: string;
  readonly tokens?: Configuration['auth']['tokens'];
};

async function findings(signIn: Partial<SignInConfiguration> | undefined, changes: Changes = {}) {
  const all: string[] = [];
  const configuration = {
    signIn: signIn && {
      keys: false,
      allowed: { domains: [], groups: [], users: [] },
      toleranceMs: 1000,
      ...signIn,
    },
    http: { publicUrl: 'https://analytics.example.com/mcp' },
    auth: { tokens: changes.tokens ?? [] },
  } as unknown as Configuration;
  for await (const { check, state, found } of signInFindings(configuration))
    all.push(`${state} ${check}: ${found}`);
  return all;
}

async function withCompany(changes: Changes = {}): Promise<NonNullable<SignInConfiguration['provider']>> {
  company ??= await startSecondProvider('https://analytics.example.com/oauth/callback');
  const { issuer, clientId, clientSecret } = company;
  return { name: 'oidc', issuer, clientId, clientSecret, ...changes };
}

describe('the doctor on sign-in', () => {
  it('says nothing where it is off', async () => {
    expect(await findings(undefined)).toEqual([]);
  });

  it('finds the provider, tells who is let in and what to register there', async () => {
    const allowed = { domains: ['example.com'], groups: ['analysts'], users: ['bob@partner.example'] };
    expect(await findings({ provider: await withCompany(), allowed })).toEqual([
      `ok provider: oidc: ${company?.issuer} answers`,
      'ok let in: domains example.com; groups analysts; 1 named user',
      'ok redirect URI: https://analytics.example.com/oauth/callback; it must be registered at the provider exactly so',
    ]);
  });

  it('fails where the provider cannot be reached', async () => {
    const provider = await withCompany();
    await company?.close();
    expect((await findings({ provider }))[0]).toMatch(
      /^failed provider: oidc: the identity provider cannot be asked: fetch failed/,
    );
  });

  it('fails where what answers is another issuer', async () => {
    const { issuer = '' } = await withCompany();
    const provider = await withCompany({ issuer: issuer.replace('127.0.0.1', 'localhost') });
    expect((await findings({ provider }))[0]).toMatch(/^failed provider: .*issuer does not match/);
  });

  it('fails where the client is not registered, or nobody has a key', async () => {
    const provider = { ...(await withCompany()), clientId: '', clientSecret: '' };
    const all = await findings({ keys: true, provider });
    expect(all.slice(0, 2)).toEqual([
      'failed analyst keys: nobody has a key to sign in with',
      'failed provider: MCP_SIGN_IN_CLIENT_ID and MCP_SIGN_IN_CLIENT_SECRET missing',
    ]);
  });
});
