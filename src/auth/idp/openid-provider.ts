// Signs in at an OpenID provider (OpenID Connect Core 1.0, section 3.1) with PKCE, state and nonce, and asks it again with
// its refresh token. The metadata are fetched when they are first needed and a failure is forgotten, so that a provider
// that is down stops neither the start nor the sign-ins after it is back.
import * as client from 'openid-client';
import { type Claims, textClaim } from './claims.ts';
import type { Arrival, Identity, IdentityProvider, Renewal } from './identity-provider.ts';
import type { ClaimContext, OpenIdPreset, ProviderSettings } from './openid-preset.ts';
import { endedBecause, providerFailure } from './provider-failure.ts';

/** Longest wait for one answer of the provider. */
const timeoutSeconds = 5;

/** A provider of that kind, for these settings. */
export function createOpenIdProvider(preset: OpenIdPreset, settings: ProviderSettings): IdentityProvider {
  const issuer = preset.issuer(settings.issuer);
  const room: Room = { preset, settings, issuer, configuration: discovered(preset, settings, issuer) };
  return {
    name: preset.name,
    label: preset.label ?? new URL(issuer).host,
    begin: (trip, redirectUri, otherAccount) =>
      guarded(async () => {
        const configuration = await room.configuration();
        return client.buildAuthorizationUrl(configuration, {
          ...preset.parameters,
          ...promptOf(preset, otherAccount),
          redirect_uri: redirectUri,
          scope: scopeOf(room, configuration),
          state: trip.state,
          nonce: trip.nonce,
          code_challenge: await client.calculatePKCECodeChallenge(trip.codeVerifier),
          code_challenge_method: 'S256',
        }).href;
      }),
    finish: (trip, callbackUrl) =>
      guarded(async (): Promise<Arrival> => {
        const tokens = await client.authorizationCodeGrant(await room.configuration(), new URL(callbackUrl), {
          expectedState: trip.state,
          expectedNonce: trip.nonce,
          pkceCodeVerifier: trip.codeVerifier,
          idTokenExpected: true,
        });
        const { claims, context } = await claimsOf(room, tokens, undefined);
        const identity = await preset.identify(claims, context);
        const { refresh_token: refreshToken } = tokens;
        if (refreshToken === undefined) return { identity, proof: undefined };
        const { subject } = identity;
        return { identity, proof: { refreshToken, subject, own: textClaim(claims, 'sub') ?? '' } };
      }),
    renew: ({ refreshToken = '', subject = '', own = '' }) =>
      guarded(() => renew(room, refreshToken, subject, own)),
    check: () =>
      guarded(async () => {
        const metadata = (await room.configuration()).serverMetadata();
        const scopes = metadata.scopes_supported;
        const lasting = scopes === undefined || scopes.includes('offline_access') || preset.name === 'google';
        return `${metadata.issuer} answers${lasting ? '' : '; it does not offer offline_access, so sessions may be short'}`;
      }),
  };
}

type Room = {
  readonly preset: OpenIdPreset;
  readonly settings: ProviderSettings;
  readonly issuer: string;
  readonly configuration: () => Promise<client.Configuration>;
};

type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

async function guarded<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw providerFailure(error);
  }
}

/** The metadata (OpenID Connect Discovery 1.0, section 4), once; their issuer must be the one that was asked for. */
function discovered(
  preset: OpenIdPreset,
  settings: ProviderSettings,
  issuer: string,
): () => Promise<client.Configuration> {
  let running: Promise<client.Configuration> | undefined;
  return () => {
    running ??= discover(preset, settings, new URL(issuer)).catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  };
}

async function discover(
  preset: OpenIdPreset,
  { clientId, clientSecret, fetch: reach }: ProviderSettings,
  issuer: URL,
): Promise<client.Configuration> {
  // Only an issuer on this machine may be plain http, as the configuration made sure.
  const isPlain = issuer.protocol === 'http:';
  const execute = [client.enableNonRepudiationChecks, ...(isPlain ? [client.allowInsecureRequests] : [])];
  const options: client.DiscoveryRequestOptions = { execute, timeout: timeoutSeconds };
  if (reach !== undefined) options[client.customFetch] = (url, init) => reach(url, init as RequestInit);
  const found = await client.discovery(issuer, clientId, clientSecret, undefined, options);
  const metadata = found.serverMetadata();
  const methods = metadata.token_endpoint_auth_methods_supported;
  // OpenID Connect Discovery 1.0, section 3: client_secret_basic where the metadata do not say.
  const isBasic = methods === undefined || methods.includes('client_secret_basic');
  if (preset.clientAuthentication === 'post' || !isBasic) return found;
  const basic = new client.Configuration(
    metadata,
    clientId,
    clientSecret,
    client.ClientSecretBasic(clientSecret),
  );
  basic.timeout = timeoutSeconds;
  if (reach !== undefined) basic[client.customFetch] = (url, init) => reach(url, init as RequestInit);
  for (const extend of execute) extend(basic);
  return basic;
}

function promptOf({ parameters }: OpenIdPreset, otherAccount: boolean): Readonly<Record<string, string>> {
  if (!otherAccount) return {};
  return { prompt: ['select_account', parameters['prompt']].filter((one) => one !== undefined).join(' ') };
}

function scopeOf({ preset, settings }: Room, configuration: client.Configuration): string {
  const supported = configuration.serverMetadata().scopes_supported;
  const wanted = preset.scopesIfSupported(settings);
  const more = wanted.filter((scope) => supported?.includes(scope) === true);
  return ['openid', 'profile', 'email', ...preset.scopes, ...more].join(' ');
}

type Known = { readonly claims: Claims; readonly context: ClaimContext };

/** The claims of the ID token, and those of userinfo that it does not hold. `own` is the subject where it is known. */
async function claimsOf(room: Room, tokens: Tokens, own: string | undefined): Promise<Known> {
  const { settings } = room;
  const configuration = await room.configuration();
  const metadata = configuration.serverMetadata();
  const fromToken: Claims = tokens.claims() ?? {};
  const subject = textClaim(fromToken, 'sub') ?? own ?? '';
  const asks = metadata.userinfo_endpoint !== undefined && wantsUserInfo(room, fromToken);
  const fromUserInfo: Claims = asks
    ? await client.fetchUserInfo(configuration, tokens.access_token, subject)
    : {};
  const context = { settings, metadata, accessToken: tokens.access_token, fetch: settings.fetch ?? fetch };
  return { claims: { iss: metadata.issuer, ...fromUserInfo, ...fromToken }, context };
}

function wantsUserInfo({ preset, settings }: Room, claims: Claims): boolean {
  if (preset.userInfo !== 'where something is missing') return preset.userInfo === 'always';
  return claims['email'] === undefined || lacksGroups(settings, claims);
}

function lacksGroups({ needsGroups, groupsClaim = 'groups' }: ProviderSettings, claims: Claims): boolean {
  return needsGroups && claims[groupsClaim] === undefined;
}

async function renew(room: Room, refreshToken: string, subject: string, own: string): Promise<Renewal> {
  let tokens: Tokens;
  try {
    tokens = await client.refreshTokenGrant(await room.configuration(), refreshToken);
  } catch (error) {
    const reason = endedBecause(error);
    if (reason !== undefined) return { standing: 'ended', reason };
    throw error;
  }
  const identity = await renewedIdentity(room, tokens, own);
  if (identity !== undefined && identity.subject !== subject)
    return { standing: 'ended', reason: 'the identity provider answered for somebody else' };
  const next = tokens.refresh_token;
  const proof = next === undefined ? undefined : { refreshToken: next, subject, own };
  return { standing: 'active', identity, proof };
}

/**
 * What is news about the person, where the answer tells: an ID token is optional here (OpenID Connect Core 1.0, section
 * 12.2). The refresh has worked and the old token may be spent, so nothing that fails here may lose the new one.
 */
async function renewedIdentity(room: Room, tokens: Tokens, own: string): Promise<Identity | undefined> {
  try {
    const { claims, context } = await claimsOf(room, tokens, own);
    const isPartial =
      tokens.id_token === undefined && (claims['sub'] === undefined || lacksGroups(room.settings, claims));
    return isPartial ? undefined : await room.preset.identify(claims, context);
  } catch {
    return undefined;
  }
}
