// Auth0: its issuer ends in a slash, and claims of one's own need a name with a namespace (MCP_SIGN_IN_GROUPS_CLAIM).
import { givenIssuer, type OpenIdPreset, standardIdentity } from './openid-preset.ts';

/** `MCP_SIGN_IN=auth0` */
export const auth0: OpenIdPreset = {
  name: 'auth0',
  label: 'Auth0',
  // A URL of a host alone has the slash by itself; the ID token must name it with the slash.
  issuer: givenIssuer,
  scopes: ['offline_access'],
  scopesIfSupported: () => [],
  parameters: {},
  // The default of its regular web applications.
  clientAuthentication: 'post',
  userInfo: 'where something is missing',
  identify: standardIdentity,
};
