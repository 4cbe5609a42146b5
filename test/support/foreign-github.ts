// GitHub as a client of it sees it: OAuth without OpenID Connect, errors with status 200, the person behind a REST API.
import { createHash, randomBytes } from 'node:crypto';
import type { Reach } from '../../src/auth/idp/openid-preset.ts';
import { type ForeignProvider, foreignClient } from './foreign-openid.ts';

type Json = Readonly<Record<string, unknown>>;

/** An account: what `/user` says, with its addresses, organisations and teams. */
export type GithubAccount = {
  readonly id: number;
  readonly login: string;
  readonly emails: readonly { email: string; primary: boolean; verified: boolean }[];
  readonly orgs: readonly string[];
  readonly teams: readonly { org: string; slug: string }[];
};

export type ForeignGithub = Omit<ForeignProvider, 'signIn'> & {
  readonly signIn: (authorizationUrl: string, account: GithubAccount) => string;
  /** As a GitHub App gives them: tokens of 8 hours with a refresh token. */
  expires: boolean;
  suspended: boolean;
};

/** GitHub at these addresses. */
export function foreignGithub(site = 'https://github.com', api = 'https://api.github.com'): ForeignGithub {
  const codes = new Map<string, { account: GithubAccount; query: URLSearchParams }>();
  const tokens = new Map<string, GithubAccount>();
  const refreshTokens = new Map<string, GithubAccount>();
  const secrets = new Set<string>([foreignClient.clientSecret]);
  const random = (prefix: string): string => {
    const text = prefix + randomBytes(20).toString('hex');
    secrets.add(text);
    return text;
  };
  const back = (authorizationUrl: string, answer: Record<string, string>): string => {
    const { searchParams: query, origin, pathname } = new URL(authorizationUrl);
    if (`${origin}${pathname}` !== `${site}/login/oauth/authorize`) throw new Error('the endpoint is wrong');
    if (query.get('client_id') !== foreignClient.clientId) throw new Error('the client is wrong');
    if (!/^[\w-]{43}$/.test(query.get('code_challenge') ?? '')) throw new Error('the challenge is wrong');
    const url = new URL(query.get('redirect_uri') ?? '');
    for (const [name, value] of Object.entries({ ...answer, state: query.get('state') ?? '' }))
      url.searchParams.set(name, value);
    return url.href;
  };
  const given = (account: GithubAccount): Response => {
    const access = random('gho_');
    tokens.set(access, account);
    if (!made.expires) return Response.json({ access_token: access, token_type: 'bearer', scope: '' });
    const refresh = random('ghr_');
    refreshTokens.set(refresh, account);
    return Response.json({
      access_token: access,
      token_type: 'bearer',
      expires_in: 28_800,
      refresh_token: refresh,
    });
  };
  const token = (form: URLSearchParams): Response => {
    const { clientId, clientSecret } = foreignClient;
    const isClient = form.get('client_id') === clientId && form.get('client_secret') === clientSecret;
    if (!isClient || made.state === 'wrong secret')
      return Response.json({ error: 'incorrect_client_credentials' });
    if (form.get('grant_type') === 'refresh_token') {
      const account = refreshTokens.get(form.get('refresh_token') ?? '');
      refreshTokens.delete(form.get('refresh_token') ?? '');
      return account === undefined ? Response.json({ error: 'bad_refresh_token' }) : given(account);
    }
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (code === undefined || code.query.get('code_challenge') !== challenge)
      return Response.json({
        error: 'bad_verification_code',
        error_description: 'The code passed is incorrect or expired.',
      });
    if (code.query.get('redirect_uri') !== form.get('redirect_uri'))
      return Response.json({ error: 'redirect_uri_mismatch' });
    return given(code.account);
  };
  const resource = (url: URL, headers: Headers): Response => {
    if (url.pathname.endsWith('/meta')) return Response.json({});
    if (headers.get('user-agent') === null) return new Response('Request forbidden', { status: 403 });
    const account = tokens.get(headers.get('authorization')?.replace(/^Bearer /, '') ?? '');
    if (account === undefined) return Response.json({ message: 'Bad credentials' }, { status: 401 });
    if (made.suspended)
      return Response.json({ message: 'Sorry. Your account was suspended.' }, { status: 403 });
    const path = url.href.slice(api.length).split('?', 1)[0];
    const page = (all: readonly Json[]): Response => {
      const from = (Number(url.searchParams.get('page') ?? 1) - 1) * 100;
      return Response.json(all.slice(from, from + 100));
    };
    // The address in the profile is whatever the person typed there.
    if (path === '/user')
      return Response.json({ id: account.id, login: account.login, email: 'typed@anywhere.example' });
    if (path === '/user/emails') return page(account.emails);
    if (path === '/user/orgs') return page(account.orgs.map((login) => ({ login })));
    if (path === '/user/teams')
      return page(account.teams.map(({ org, slug }) => ({ slug, organization: { login: org } })));
    return new Response('', { status: 404 });
  };
  const reach: Reach = async (url, init = {}) => {
    made.requests.push(`${init.method ?? 'GET'} ${url}`);
    if (made.state === 'unreachable')
      throw new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
    if (made.state === 'failing') return new Response('<html>unicorn</html>', { status: 502 });
    const headers = new Headers(init.headers);
    if (url === `${site}/login/oauth/access_token`)
      return headers.get('accept') === 'application/json'
        ? token(new URLSearchParams(String(init.body)))
        : new Response('access_token=x&scope=');
    return url.startsWith(api) ? resource(new URL(url), headers) : new Response('', { status: 404 });
  };
  const made: ForeignGithub = {
    reach,
    requests: [],
    secrets,
    state: 'up',
    tamper: undefined,
    forgeSignature: false,
    expires: false,
    suspended: false,
    signIn: (authorizationUrl, account) => {
      const code = random('');
      codes.set(code, { account, query: new URL(authorizationUrl).searchParams });
      return back(authorizationUrl, { code });
    },
    refuse: (authorizationUrl, error = 'access_denied') => back(authorizationUrl, { error }),
    disableAll: () => {
      tokens.clear();
      refreshTokens.clear();
    },
  };
  return made;
}
