// The authorization server itself: oidc-provider, with everything switched off that nothing here needs.
import Provider, { type Configuration, errors, interactionPolicy } from 'oidc-provider';
import type { Emit } from '../../base/events.ts';
import type { OpenRecords } from '../../store/records.ts';
import type { Accounts } from '../sign-in/account.ts';
import { type DocumentFetch, maxDocumentBytes } from './document-fetch.ts';
import { answerFaults, type ErrorPage } from './faults.ts';
import { redirectUriLimit } from './normalise-request.ts';
import { recordAdapter } from './record-adapter.ts';
import { redirectProblem } from './redirect-policy.ts';
import { successorOf } from './refresh-rotation.ts';
import { accountFinder, renewUsed } from './renewal.ts';
import { resourceScopes } from './scopes.ts';
import { clientAuthMethods, signingAlgorithm } from './server-metadata.ts';
import {
  type AuthorizationSettings,
  authorizationPaths,
  clockToleranceSeconds,
  codeLifeSeconds,
  interactionLifeSeconds,
} from './settings.ts';
import { type KeySchedule, type SigningKeySet, signingKeyAt } from './signing-keys.ts';

/** What a provider is made of. */
export type ProviderOptions = {
  readonly settings: AuthorizationSettings;
  readonly openRecords: OpenRecords;
  readonly accounts: Accounts;
  readonly keys: SigningKeySet;
  readonly schedule: KeySchedule;
  readonly admitClient: () => Promise<void>;
  readonly fetchDocument: DocumentFetch;
  /** Path of the page where a person signs in to this request. */
  readonly signInPath: (id: string) => string;
  readonly errorPage: ErrorPage;
  readonly emit: Emit;
  readonly nowMs: () => number;
};

/** A provider that signs with the keys as they stand; another set of keys takes another provider. */
export function createProvider(options: ProviderOptions): Provider {
  const { settings, emit, errorPage, keys } = options;
  const provider = new Provider(settings.issuer, configuration(options));
  // The routes say which host and scheme the world sees; see http/oauth-request.
  provider.proxy = true;
  deriveSuccessors(provider, keys.refreshSecret);
  provider.use(async (context, next) => {
    await next();
    keepOneCookie(context.response);
    if (context.status === 200) await renewUsed(options, context);
  });
  answerFaults(provider, emit, errorPage);
  return provider;
}

function configuration(options: ProviderOptions): Configuration {
  const { settings, openRecords, keys, admitClient, nowMs, errorPage } = options;
  const { refreshSecret } = keys;
  return {
    adapter: recordAdapter({ openRecords, settings, admitClient, refreshSecret, nowMs }),
    jwks: {
      keys: keys.keys.map(({ jwk, kid }) => ({ ...jwk, kid, alg: signingAlgorithm, use: 'sig' })) as never,
    },
    clients: [],
    scopes: ['offline_access'],
    responseTypes: ['code'],
    clientAuthMethods: [...clientAuthMethods],
    enabledJWA: { idTokenSigningAlgValues: [signingAlgorithm] },
    clientDefaults: {
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      id_token_signed_response_alg: signingAlgorithm,
    },
    extraClientMetadata: {
      // Any name does: the check is asked once per name, for registrations, documents and stored clients alike.
      properties: ['redirect_policy'],
      validator: (_context, _name, _value, metadata) => checkClient(metadata, settings.redirectUris),
    },
    cookies: {
      names: { interaction: 'mcp_interaction', resume: 'mcp_resume', session: 'mcp_session' },
      short: { httpOnly: true, sameSite: 'lax', signed: false, overwrite: true },
      long: { httpOnly: true, sameSite: 'lax', signed: false, overwrite: true },
    },
    routes: authorizationPaths,
    interactions: { policy: alwaysAsk(), url: (_context, { uid }) => options.signInPath(uid) },
    pkce: { required: () => true },
    clockTolerance: clockToleranceSeconds,
    ttl: lives(settings),
    allowOmittingSingleRegisteredRedirectUri: false,
    expiresWithSession: () => false,
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: () => true,
    findAccount: accountFinder(options),
    extraTokenClaims: (_context, token) => ('grantId' in token ? { grant: token.grantId } : undefined),
    clientBasedCORS: () => true,
    fetch: (url) => options.fetchDocument(url.toString()),
    fetchResponseBodyLimits: { 'client_id metadata document': maxDocumentBytes },
    renderError: (context, out) => {
      context.type = 'html';
      const message = out.error_description ?? out.error;
      const hint = 'Go back to the application, remove the connection and connect again.';
      context.body = errorPage({ code: out.error, message, hint });
    },
    features: features(options),
  };
}

function features({ settings, keys, schedule, nowMs }: ProviderOptions): Configuration['features'] {
  const off = { enabled: false };
  return {
    devInteractions: off,
    userinfo: off,
    rpInitiatedLogout: off,
    pushedAuthorizationRequests: off,
    claimsParameter: off,
    dPoP: off,
    introspection: off,
    requestObjects: off,
    revocation: {
      enabled: true,
      allowedPolicy: (_context, client, token) => client.clientId === token.clientId,
    },
    registration: { enabled: true, issueRegistrationAccessToken: false },
    clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => settings.resource,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource) => {
        if (resource !== settings.resource) throw new errors.InvalidTarget();
        return {
          scope: resourceScopes.join(' '),
          audience: settings.resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: settings.accessLifeSeconds,
          jwt: { sign: { alg: signingAlgorithm, kid: signingKeyAt(keys, nowMs(), schedule).kid } },
        };
      },
    },
  };
}

/** Twice the life of a refresh token, so that a record that is renewed once in that time never expires in use. */
function lives({ accessLifeSeconds, refreshLifeSeconds }: AuthorizationSettings): Configuration['ttl'] {
  return {
    AccessToken: accessLifeSeconds,
    AuthorizationCode: codeLifeSeconds,
    Grant: 2 * refreshLifeSeconds,
    IdToken: accessLifeSeconds,
    Interaction: interactionLifeSeconds,
    RefreshToken: refreshLifeSeconds,
    Session: clockToleranceSeconds,
  };
}

/** No answer is remembered: a person signs in and decides for every single authorization. */
function alwaysAsk(): ReturnType<typeof interactionPolicy.base> {
  const policy = interactionPolicy.base();
  const isUnanswered = (context: { readonly oidc: { readonly result?: { login?: unknown } | undefined } }) =>
    context.oidc.result?.login === undefined;
  const check = new interactionPolicy.Check('unanswered', 'sign-in is required', isUnanswered);
  policy.get('login')?.checks.add(check);
  return policy;
}

function checkClient(
  metadata: { redirect_uris?: unknown; application_type?: unknown },
  allowed: readonly string[],
): void {
  // Documents leave it out or say "web" beside a loopback URI; its port may differ for native clients only.
  metadata.application_type = 'native';
  const uris: unknown = metadata.redirect_uris;
  if (!Array.isArray(uris) || uris.length === 0)
    throw new errors.InvalidClientMetadata('redirect_uris are missing');
  if (uris.length > redirectUriLimit)
    throw new errors.InvalidClientMetadata(`redirect_uris may hold at most ${redirectUriLimit}`);
  for (const uri of uris) {
    const problem = redirectProblem(uri, allowed);
    if (problem !== undefined)
      throw new errors.InvalidClientMetadata(`redirect_uris: one of them ${problem}`);
  }
}

/** A rotated refresh token gets the successor that belongs to it; see refresh-rotation. */
function deriveSuccessors(provider: Provider, secret: string): void {
  // Every model names its tokens by this method, which the declared types leave out.
  const model = provider.RefreshToken.prototype as unknown as { generateTokenId: () => string };
  const random = model.generateTokenId;
  model.generateTokenId = function generateTokenId(): string {
    const predecessor = Provider.ctx?.oidc.entities.RotatedRefreshToken;
    return predecessor === undefined ? random.call(this) : successorOf(predecessor.jti, secret);
  };
}

/** Only the cookie that brings a browser back to its own request is sent; there are no sessions that others could name. */
function keepOneCookie(response: {
  get: (name: string) => unknown;
  set: (name: string, value: string[]) => void;
  remove: (name: string) => void;
}): void {
  const sent = response.get('Set-Cookie');
  const cookies = Array.isArray(sent) ? (sent as string[]) : [];
  const kept = cookies.filter((cookie) => cookie.startsWith('mcp_resume='));
  if (kept.length > 0) response.set('Set-Cookie', kept);
  else response.remove('Set-Cookie');
}
