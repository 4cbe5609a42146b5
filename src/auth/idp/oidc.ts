// Any OpenID provider that keeps to the standard.
import { givenIssuer, type OpenIdPreset, standardIdentity } from './openid-preset.ts';

/** `MCP_SIGN_IN=oidc` */
export const oidc: OpenIdPreset = {
  name: 'oidc',
  issuer: givenIssuer,
  scopes: [],
  scopesIfSupported: ({ needsGroups }) => (needsGroups ? ['offline_access', 'groups'] : ['offline_access']),
  // OpenID Connect Core 1.0, section 11: without consent no refresh token need be given.
  parameters: { prompt: 'consent' },
  clientAuthentication: 'as the metadata say',
  userInfo: 'where something is missing',
  identify: standardIdentity,
};
