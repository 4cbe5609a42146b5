// Makes the sign-in of the configuration out of its options, and says what cannot stand; it asks no provider.
import { isLoopback } from '../base/loopback.ts';
import type { Problem } from '../base/problem.ts';
import type { ProviderName, SignInConfiguration } from './configuration.ts';
import { type OptionName, type OptionValues, options } from './options.ts';

/** The sign-in that the options say; undefined where it is off. Complete only where `signInProblems` found none. */
export function signInOf(values: OptionValues): SignInConfiguration | undefined {
  const ways = values.MCP_SIGN_IN;
  if (ways.length === 0 || ways.includes('off')) return undefined;
  const [name] = providersOf(values);
  return {
    keys: ways.includes('key'),
    provider:
      name === undefined
        ? undefined
        : {
            name,
            issuer: values.MCP_SIGN_IN_ISSUER,
            clientId: values.MCP_SIGN_IN_CLIENT_ID ?? '',
            clientSecret: values.MCP_SIGN_IN_CLIENT_SECRET ?? '',
            groupsClaim: values.MCP_SIGN_IN_GROUPS_CLAIM,
          },
    allowed: {
      domains: values.MCP_SIGN_IN_ALLOW_DOMAINS,
      groups: values.MCP_SIGN_IN_ALLOW_GROUPS,
      users: values.MCP_SIGN_IN_ALLOW_USERS,
    },
    toleranceMs: values.MCP_SIGN_IN_TOLERANCE,
    contact: values.MCP_SIGN_IN_CONTACT,
  };
}

/** What is wrong with the options of sign-in, all of it. */
export function signInProblems(values: OptionValues): Problem[] {
  const ways = values.MCP_SIGN_IN ?? [];
  if (ways.length === 0 || (ways.length === 1 && ways[0] === 'off')) return [];
  const providers = providersOf(values);
  const problems: Problem[] = [];
  const given = ways.join(',');
  if (ways.includes('off'))
    problems.push(problemOf('MCP_SIGN_IN', 'off stands beside another way; keep one', given));
  if (providers.length > 1)
    problems.push(problemOf('MCP_SIGN_IN', 'names several identity providers; keep one', given));
  const noTokens = values.MCP_TOKENS === undefined && values.MCP_TOKENS_FILE === undefined;
  if (ways.includes('key') && noTokens)
    problems.push({
      name: 'MCP_TOKENS',
      reason:
        'nobody has a key to sign in with: MCP_SIGN_IN holds key; the command token makes one for here or MCP_TOKENS_FILE',
      example: options.MCP_TOKENS.example,
    });
  problems.push(...publicUrlProblems(values.MCP_PUBLIC_URL));
  if (providers[0] !== undefined) problems.push(...providerProblems(values, providers[0]));
  return problems;
}

function providersOf(values: OptionValues): ProviderName[] {
  return (values.MCP_SIGN_IN ?? []).filter((way) => way !== 'off' && way !== 'key');
}

function publicUrlProblems(publicUrl: string | undefined): Problem[] {
  const { example } = options.MCP_PUBLIC_URL;
  if (publicUrl === undefined)
    return [
      { name: 'MCP_PUBLIC_URL', reason: 'is missing: browsers must be told where to come back to', example },
    ];
  if (isHttpsOrLoopback(publicUrl)) return [];
  const reason = 'must be https where analysts sign in, or http on a loopback name';
  return [{ name: 'MCP_PUBLIC_URL', value: publicUrl, reason, example }];
}

function providerProblems(values: OptionValues, name: ProviderName): Problem[] {
  const problems: Problem[] = [];
  const issuer = values.MCP_SIGN_IN_ISSUER;
  for (const needed of ['MCP_SIGN_IN_CLIENT_ID', 'MCP_SIGN_IN_CLIENT_SECRET'] as const)
    if (values[needed] === undefined) problems.push(problemOf(needed, `is missing: MCP_SIGN_IN is ${name}`));
  if (issuer === undefined && name !== 'google' && name !== 'github')
    problems.push(problemOf('MCP_SIGN_IN_ISSUER', `is missing: MCP_SIGN_IN is ${name}`));
  if (issuer !== undefined) problems.push(...issuerProblems(issuer, name));
  return [...problems, ...allowListProblems(values, name, issuer)];
}

function issuerProblems(issuer: string, name: ProviderName): Problem[] {
  const refuse = (reason: string) => [problemOf('MCP_SIGN_IN_ISSUER', reason, issuer)];
  if (!isHttpsOrLoopback(issuer)) return refuse('must be https, or http on a loopback name');
  if (name === 'google' && issuer !== 'https://accounts.google.com')
    return refuse('must be left out, or be https://accounts.google.com: MCP_SIGN_IN is google');
  if (name === 'entra' && !/^\/[^/]+(\/v2\.0)?$/.test(new URL(issuer).pathname))
    return refuse('must end in the tenant: its id, its domain, or organizations, common, consumers');
  return [];
}

/** Providers where anybody in the world can have an account, so that an empty list would let the world in. */
function allowListProblems(values: OptionValues, name: ProviderName, issuer: string | undefined): Problem[] {
  const { MCP_SIGN_IN_ALLOW_DOMAINS: domains = [], MCP_SIGN_IN_ALLOW_GROUPS: groups = [] } = values;
  const users = values.MCP_SIGN_IN_ALLOW_USERS ?? [];
  const anybody =
    name === 'google' ||
    (name === 'github' && (issuer === undefined || issuer === 'https://github.com')) ||
    (name === 'entra' && /\/(common|organizations|consumers)(\/|$)/i.test(issuer ?? ''));
  const problems: Problem[] = [];
  if (anybody && domains.length + groups.length + users.length === 0)
    problems.push(
      problemOf(
        name === 'github' ? 'MCP_SIGN_IN_ALLOW_GROUPS' : 'MCP_SIGN_IN_ALLOW_DOMAINS',
        `is missing: anybody can have an account at ${name}; say which domains, groups or users are let in`,
      ),
    );
  if (name === 'google' && groups.length > 0)
    problems.push(
      problemOf('MCP_SIGN_IN_ALLOW_GROUPS', 'cannot be checked: Google tells no groups', groups.join(',')),
    );
  return problems;
}

function isHttpsOrLoopback(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || isLoopback(hostname);
}

function problemOf(name: OptionName, reason: string, value?: string): Problem {
  return { name, value, reason, example: options[name].example };
}
