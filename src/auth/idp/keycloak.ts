// Keycloak: a realm is an issuer; groups come as paths, roles in claims of their own.
import { deepListClaim } from './claims.ts';
import { givenIssuer, type OpenIdPreset, standardIdentity } from './openid-preset.ts';

/** `MCP_SIGN_IN=keycloak` */
export const keycloak: OpenIdPreset = {
  name: 'keycloak',
  label: 'Keycloak',
  issuer: givenIssuer,
  // Without it a refresh token dies with the browser's session at Keycloak, after half an hour of rest.
  scopes: ['offline_access'],
  scopesIfSupported: () => [],
  parameters: {},
  clientAuthentication: 'as the metadata say',
  userInfo: 'where something is missing',
  identify: (claims, context) => {
    const identity = standardIdentity(claims, context);
    const { clientId } = context.settings;
    const groups = [
      ...identity.groups,
      // The group mapper writes "/data/analysts" unless its full path is switched off.
      ...identity.groups.filter((group) => group.startsWith('/')).map((group) => group.slice(1)),
      ...deepListClaim(claims, 'realm_access', 'roles'),
      ...deepListClaim(claims, 'resource_access', clientId, 'roles'),
    ];
    return { ...identity, groups: [...new Set(groups)] };
  },
};
