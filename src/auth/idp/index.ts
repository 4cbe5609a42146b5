// The list of identity providers by the name that MCP_SIGN_IN takes: a new one is one file and one line.
import { auth0 } from './auth0.ts';
import { entra } from './entra.ts';
import { createGithub } from './github.ts';
import { google } from './google.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { keycloak } from './keycloak.ts';
import { oidc } from './oidc.ts';
import { okta } from './okta.ts';
import type { OpenIdPreset, ProviderSettings } from './openid-preset.ts';
import { createOpenIdProvider } from './openid-provider.ts';

const openId =
  (preset: OpenIdPreset) =>
  (settings: ProviderSettings): IdentityProvider =>
    createOpenIdProvider(preset, settings);

/** Makes the provider of a name; nothing is asked of it yet. */
export const identityProviders = {
  oidc: openId(oidc),
  entra: openId(entra),
  google: openId(google),
  okta: openId(okta),
  auth0: openId(auth0),
  keycloak: openId(keycloak),
  github: createGithub,
} as const satisfies Record<string, (settings: ProviderSettings) => IdentityProvider>;
