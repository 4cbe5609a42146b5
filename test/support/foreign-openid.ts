// An OpenID provider somewhere in the world, as far as a client of it can tell: it answers what would reach its hosts. It
// checks what it is sent as strictly as the strictest real one, so that a client that passes here is right.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { Reach } from '../../src/auth/idp/openid-preset.ts';

type Json = Readonly<Record<string, unknown>>;

/** What is special about a provider. */
export type ForeignTraits = {
  /** As its metadata and ID tokens name it; `{tenantid}` stands for the tid of the account. */
  readonly issuer: string;
  /** Where its metadata are asked for, without the well-known part; the issuer unless given. */
  readonly discoveredAt?: string;
  readonly metadata?: Json;
  readonly scopes?: readonly string[];
  readonly idToken: (account: Json) => Json;
  readonly userInfo?: (account: Json) => Json;
  /** How the client must prove itself. */
  readonly clientAuthentication?: 'post' | 'basic';
  /** The refresh token is replaced at every use, and one that comes twice ends the session. */
  readonly rotates?: boolean;
  readonly givesRefreshToken?: (query: URLSearchParams) => boolean;
  readonly idTokenOnRefresh?: boolean;
  /** Answers further addresses, such as Microsoft Graph. */
  readonly beside?: (url: URL, init: RequestInit, account: Json | undefined) => Response | undefined;
};

/** The provider in the hands of a test. */
export type ForeignProvider = {
  readonly reach: Reach;
  /** What the person's browser comes back with; `account` is who signs in there. */
  readonly signIn: (authorizationUrl: string, account: Json) => string;
  /** What the browser comes back with where the person, or the provider, says no. */
  readonly refuse: (authorizationUrl: string, error?: string) => string;
  /** Ends the sessions of all accounts: disabled, or revoked. */
  readonly disableAll: () => void;
  /** Requests so far, as method and URL. */
  readonly requests: string[];
  /** Every token, code and secret that there is. */
  readonly secrets: Set<string>;
  state: 'up' | 'unreachable' | 'failing' | 'wrong secret';
  /** Changes the ID tokens that are given. */
  tamper: ((claims: Json) => Json) | undefined;
  forgeSignature: boolean;
};

export const foreignClient = { clientId: 'client-4711', clientSecret: 'client+secret/of=ours' } as const;

type Session = { readonly account: Json; readonly scope: string; refreshToken: string; isOver: boolean };
type Code = { readonly session: Session; readonly query: URLSearchParams };

/** A provider with these traits. */
export function foreignProvider(traits: ForeignTraits): ForeignProvider {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const codes = new Map<string, Code>();
  const sessions: Session[] = [];
  const accessTokens = new Map<string, Session>();
  const secrets = new Set<string>([foreignClient.clientSecret]);
  const base = (traits.discoveredAt ?? traits.issuer).replace(/\/$/, '');
  const random = (): string => {
    const text = randomBytes(24).toString('base64url');
    secrets.add(text);
    return text;
  };
  // RFC 9207; most providers do not name themselves.
  const named = (issuer: string): { iss?: string } =>
    traits.metadata?.['authorization_response_iss_parameter_supported'] === true ? { iss: issuer } : {};
  const made: ForeignProvider = {
    requests: [],
    secrets,
    state: 'up',
    tamper: undefined,
    forgeSignature: false,
    disableAll: () => {
      for (const session of sessions) session.isOver = true;
    },
    signIn: (authorizationUrl, account) => {
      const query = checked(authorizationUrl, base);
      const session = { account, scope: query.get('scope') ?? '', refreshToken: random(), isOver: false };
      sessions.push(session);
      const code = random();
      codes.set(code, { session, query });
      return backTo(query, { code, ...named(issuerFor(traits, account)) });
    },
    refuse: (authorizationUrl, error = 'access_denied') =>
      backTo(checked(authorizationUrl, base), { error, ...named(traits.issuer) }),
    reach: async (url, init = {}) => {
      made.requests.push(`${init.method ?? 'GET'} ${url}`);
      if (made.state === 'unreachable')
        throw new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
      if (made.state === 'failing') return new Response('<html>oops</html>', { status: 503 });
      return answer(new URL(url), init);
    },
  };

  const answer = (url: URL, init: RequestInit): Response => {
    const at = url.origin + url.pathname;
    if (at === `${base}/.well-known/openid-configuration`) return Response.json(metadataOf(traits, base));
    if (at === `${base}/keys`) {
      const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' };
      return Response.json({ keys: [jwk] });
    }
    const bearer = /^Bearer (.+)$/.exec(new Headers(init.headers).get('authorization') ?? '')?.[1] ?? '';
    const session = accessTokens.get(bearer);
    const beside = traits.beside?.(url, init, session?.account);
    if (beside !== undefined) return beside;
    if (at === `${base}/userinfo` && traits.userInfo !== undefined)
      return session === undefined || session.isOver
        ? new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
        : Response.json(traits.userInfo(session.account));
    if (at === `${base}/token`)
      return token(new Headers(init.headers), new URLSearchParams(String(init.body)));
    return new Response('not found', { status: 404 });
  };

  const token = (headers: Headers, form: URLSearchParams): Response => {
    if (made.state === 'wrong secret' || !isClient(traits, headers, form))
      return oauthError('invalid_client', 401);
    if (form.get('grant_type') === 'refresh_token') return refreshed(form.get('refresh_token') ?? '');
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    if (code === undefined) return oauthError('invalid_grant');
    const { query, session } = code;
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (query.get('code_challenge') !== challenge) return oauthError('invalid_grant');
    if (query.get('redirect_uri') !== form.get('redirect_uri')) return oauthError('invalid_grant');
    const lasting = traits.givesRefreshToken?.(query) ?? session.scope.includes('offline_access');
    return Response.json({
      ...tokensFor(session, query.get('nonce')),
      ...(lasting && { refresh_token: session.refreshToken }),
    });
  };

  const refreshed = (refreshToken: string): Response => {
    const session = sessions.find((one) => one.refreshToken === refreshToken);
    if (session === undefined && traits.rotates === true) made.disableAll();
    if (session === undefined || session.isOver) return oauthError('invalid_grant');
    if (traits.rotates !== true) return Response.json(withoutIdToken(tokensFor(session, null)));
    session.refreshToken = random();
    return Response.json({
      ...withoutIdToken(tokensFor(session, null)),
      refresh_token: session.refreshToken,
    });
  };

  const withoutIdToken = ({ id_token, ...tokens }: Json): Json =>
    traits.idTokenOnRefresh === false ? tokens : { ...tokens, id_token };

  const tokensFor = (session: Session, nonce: string | null): Json => {
    const accessToken = random();
    accessTokens.set(accessToken, session);
    const now = Math.floor(Date.now() / 1000);
    const standard = {
      iss: issuerFor(traits, session.account),
      aud: foreignClient.clientId,
      iat: now,
      exp: now + 3600,
      ...(nonce === null ? {} : { nonce }),
    };
    const claims = { ...standard, ...traits.idToken(session.account) };
    const forger = made.forgeSignature
      ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
      : privateKey;
    const idToken = signed(made.tamper?.(claims) ?? claims, forger);
    secrets.add(idToken);
    return { access_token: accessToken, token_type: 'Bearer', expires_in: 3600, id_token: idToken };
  };
  return made;
}

function metadataOf(traits: ForeignTraits, base: string): Json {
  return {
    issuer: traits.issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    jwks_uri: `${base}/keys`,
    ...(traits.userInfo === undefined ? {} : { userinfo_endpoint: `${base}/userinfo` }),
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: traits.scopes,
    ...traits.metadata,
  };
}

function issuerFor({ issuer }: ForeignTraits, account: Json): string {
  return issuer.replace('{tenantid}', String(account['tid']));
}

/** The parameters of an authorization request, which must be those of OAuth 2.1 and OpenID Connect. */
function checked(authorizationUrl: string, base: string): URLSearchParams {
  const { origin, pathname, searchParams } = new URL(authorizationUrl);
  const wrong = [
    origin + pathname !== `${base}/authorize` && 'endpoint',
    searchParams.get('response_type') !== 'code' && 'response_type',
    searchParams.get('client_id') !== foreignClient.clientId && 'client_id',
    searchParams.get('code_challenge_method') !== 'S256' && 'code_challenge_method',
    !/^[\w-]{43}$/.test(searchParams.get('code_challenge') ?? '') && 'code_challenge',
    (searchParams.get('state') ?? '').length < 32 && 'state',
    (searchParams.get('nonce') ?? '').length < 32 && 'nonce',
    searchParams.get('scope')?.split(' ').includes('openid') !== true && 'scope',
  ].filter((one) => one !== false);
  if (wrong.length > 0) throw new Error(`the authorization request is wrong in ${wrong.join(', ')}`);
  return searchParams;
}

function backTo(query: URLSearchParams, answer: Record<string, string>): string {
  const url = new URL(query.get('redirect_uri') ?? '');
  for (const [name, value] of Object.entries({ ...answer, state: query.get('state') ?? '' }))
    url.searchParams.set(name, value);
  return url.href;
}

function isClient(
  { clientAuthentication = 'post' }: ForeignTraits,
  headers: Headers,
  form: URLSearchParams,
): boolean {
  const { clientId, clientSecret } = foreignClient;
  if (clientAuthentication === 'post')
    return form.get('client_id') === clientId && form.get('client_secret') === clientSecret;
  // RFC 6749, section 2.3.1: both parts are form-encoded before they are put together.
  const encoded = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  const [scheme, value = ''] = (headers.get('authorization') ?? '').split(' ');
  const [id = '', secret = ''] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return (
    scheme === 'Basic' &&
    `${encodeURIComponent(decodeURIComponent(id))}:${encodeURIComponent(decodeURIComponent(secret))}` ===
      encoded
  );
}

function oauthError(error: string, status = 400): Response {
  return Response.json({ error, error_description: `${error}, said the provider` }, { status });
}

function signed(claims: Json, key: KeyObject): string {
  const part = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'RS256', kid: 'k1', typ: 'JWT' })}.${part(claims)}`;
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
}
