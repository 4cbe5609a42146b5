// Makes the OAuth part of the configuration out of its options, and says what cannot stand.
import type { Problem } from '../base/problem.ts';
import type { OauthConfiguration } from './configuration.ts';
import { type OptionValues, options } from './options.ts';
import { signInOf } from './sign-in-options.ts';

/** The lives and lists as they are given. */
export function oauthOf(values: OptionValues): OauthConfiguration {
  return {
    accessLifeMs: values.MCP_OAUTH_ACCESS_LIFE,
    refreshLifeMs: values.MCP_OAUTH_REFRESH_LIFE,
    refreshGraceMs: values.MCP_OAUTH_REFRESH_GRACE,
    redirectUris: values.MCP_OAUTH_REDIRECTS,
    clientsPerDay: values.MCP_OAUTH_CLIENTS_PER_DAY,
    outageToleranceMs: values.MCP_OAUTH_OUTAGE_TOLERANCE,
    issuers: values.MCP_OAUTH_ISSUERS,
  };
}

/** What is wrong with these options together with others. */
export function oauthProblems(values: OptionValues): Problem[] {
  const issuers = values.MCP_OAUTH_ISSUERS ?? [];
  const isServer = values.MCP_SIGN_IN !== undefined && signInOf(values) !== undefined;
  const publicUrl = values.MCP_PUBLIC_URL;
  const { example } = options.MCP_PUBLIC_URL;
  if (issuers.length > 0 && publicUrl === undefined)
    return [{ name: 'MCP_PUBLIC_URL', reason: 'is missing: it names what access tokens are for', example }];
  // Below a path the metadata of an issuer would belong to the root of the host, which a proxy would have to pass on too.
  if (isServer && publicUrl !== undefined && !['/', '/mcp'].includes(new URL(publicUrl).pathname))
    return [
      {
        name: 'MCP_PUBLIC_URL',
        value: publicUrl,
        reason:
          'must have no path where analysts sign in: clients look for the sign-in at the root of the host',
        example,
      },
    ];
  return [];
}
