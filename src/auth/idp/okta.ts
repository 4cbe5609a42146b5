// Okta, by its organisation or by a custom authorization server.
import { givenIssuer, type OpenIdPreset, standardIdentity } from './openid-preset.ts';

/** `MCP_SIGN_IN=okta` */
export const okta: OpenIdPreset = {
  name: 'okta',
  label: 'Okta',
  issuer: givenIssuer,
  scopes: ['offline_access'],
  // Custom authorization servers refuse a scope that they do not know, and only the organisation's knows groups.
  scopesIfSupported: ({ needsGroups }) => (needsGroups ? ['groups'] : []),
  parameters: {},
  clientAuthentication: 'as the metadata say',
  // An ID token that comes with an access token is thin: profile, e-mail and groups are at userinfo.
  userInfo: 'always',
  identify: standardIdentity,
};
