// GitHub and GitHub Enterprise Server: OAuth 2.0 without OpenID Connect, so the person is read from the REST API, and errors
// of the token endpoint come with status 200. The answer is the one that GitHub gives for the token it has just made.
import { hash } from 'node:crypto';
import { CodedError } from '../../base/errors.ts';
import { type Claims, isTrueClaim, textClaim } from './claims.ts';
import type { Arrival, Identity, IdentityProvider, Proof, Renewal } from './identity-provider.ts';
import type { ProviderSettings, Reach } from './openid-preset.ts';
import { refusal, unavailable, unbelievable } from './provider-failure.ts';

const timeoutMs = 5_000;
/** A page is 100 entries; nobody is in more organisations or teams than this many pages hold. */
const mostPages = 10;

/** `MCP_SIGN_IN=github` */
export function createGithub(settings: ProviderSettings): IdentityProvider {
  const site = settings.issuer ?? 'https://github.com';
  const api = site === 'https://github.com' ? 'https://api.github.com' : `${site}/api/v3`;
  const room: Room = { settings, site, api, fetch: settings.fetch ?? fetch };
  return {
    name: 'github',
    label: 'GitHub',
    begin: async (trip, redirectUri, otherAccount) => {
      const url = new URL(`${site}/login/oauth/authorize`);
      const parameters = {
        client_id: settings.clientId,
        redirect_uri: redirectUri,
        scope: settings.needsGroups ? 'read:user user:email read:org' : 'read:user user:email',
        state: trip.state,
        code_challenge: hash('sha256', trip.codeVerifier, 'base64url'),
        code_challenge_method: 'S256',
        ...(otherAccount ? { prompt: 'select_account' } : {}),
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url.href;
    },
    finish: async (trip, callbackUrl): Promise<Arrival> => {
      const { searchParams, origin, pathname } = new URL(callbackUrl);
      const refused = searchParams.get('error');
      if (refused !== null) throw refusal(refused, refused);
      const proof = await redeem(room, {
        grant_type: 'authorization_code',
        code: searchParams.get('code') ?? '',
        redirect_uri: `${origin}${pathname}`,
        code_verifier: trip.codeVerifier,
      });
      return { identity: await identityOf(room, proof['accessToken'] ?? ''), proof };
    },
    renew: (proof) => renew(room, proof),
    check: async () => {
      const response = await reach(room, `${api}/meta`, {});
      await response.body?.cancel();
      if (response.status >= 500) throw unavailable(`${api} answered ${response.status}`);
      return `${api} answers`;
    },
  };
}

type Room = {
  readonly settings: ProviderSettings;
  readonly site: string;
  readonly api: string;
  readonly fetch: Reach;
};

/** The tokens as they are kept. Those of an OAuth app never expire; those of a GitHub App do, and come with a refresh token. */
async function redeem({ settings, site, ...room }: Room, parameters: Record<string, string>): Promise<Proof> {
  const { clientId, clientSecret } = settings;
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...parameters });
  const response = await reach(room, `${site}/login/oauth/access_token`, { method: 'POST', body });
  const answer = await readJson(response);
  const error = textClaim(answer, 'error');
  if (error !== undefined) throw tokenFailure(error);
  const accessToken = textClaim(answer, 'access_token');
  if (!response.ok || accessToken === undefined)
    throw unavailable(`the token endpoint answered ${response.status}`);
  const refreshToken = textClaim(answer, 'refresh_token');
  const expiresInSeconds = answer['expires_in'];
  if (refreshToken === undefined || typeof expiresInSeconds !== 'number') return { accessToken };
  return { accessToken, refreshToken, expiresAtMs: String(Date.now() + expiresInSeconds * 1000) };
}

/** Codes of GitHub's own (its page "Troubleshooting OAuth app access token request errors"). */
function tokenFailure(error: string): CodedError {
  if (error === 'bad_verification_code' || error === 'bad_refresh_token') return unbelievable(error);
  if (error === 'unverified_user_email') return refusal(error, error);
  return unavailable(error);
}

async function renew(room: Room, proof: Proof): Promise<Renewal> {
  const { refreshToken, expiresAtMs, accessToken = '' } = proof;
  // A minute early, so that the token does not expire on its way.
  const isOld = refreshToken !== undefined && Number(expiresAtMs) - 60_000 < Date.now();
  let fresh: Proof | undefined;
  try {
    fresh = isOld
      ? await redeem(room, { grant_type: 'refresh_token', refresh_token: refreshToken })
      : undefined;
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'SIGN_IN_PROVIDER_ANSWER') throw error;
    return { standing: 'ended', reason: 'GitHub has ended the session' };
  }
  try {
    const identity = await identityOf(room, fresh?.['accessToken'] ?? accessToken);
    return { standing: 'active', identity, proof: fresh };
  } catch (error) {
    if (error instanceof CodedError && error.code === 'SIGN_IN_REFUSED')
      return {
        standing: 'ended',
        reason: 'GitHub no longer accepts the token: it was revoked, or the account suspended',
      };
    // The new tokens must not be lost because the person could not be read.
    if (fresh !== undefined) return { standing: 'active', proof: fresh };
    throw error;
  }
}

async function identityOf(room: Room, accessToken: string): Promise<Identity> {
  const user = await get(room, '/user', accessToken);
  const [emails, groups] = await Promise.all([
    pages(room, '/user/emails', accessToken),
    room.settings.needsGroups ? groupsOf(room, accessToken) : [],
  ]);
  const id = user['id'];
  const login = textClaim(user, 'login');
  if (typeof id !== 'number' || login === undefined) throw unbelievable('the user has no id');
  // A login can be given up and taken by somebody else; the number stays.
  const primary = emails.find((one) => isTrueClaim(one, 'primary') && isTrueClaim(one, 'verified'));
  const email = primary === undefined ? undefined : textClaim(primary, 'email');
  return { subject: `${room.site}|${id}`, login, email, emailVerified: email !== undefined, groups };
}

/** Organisations by login, teams as organisation/team. */
async function groupsOf(room: Room, accessToken: string): Promise<readonly string[]> {
  const [organisations, teams] = await Promise.all([
    pages(room, '/user/orgs', accessToken),
    pages(room, '/user/teams', accessToken),
  ]);
  const names = organisations.map((one) => textClaim(one, 'login'));
  const teamNames = teams.map((team) => {
    const organisation = team['organization'];
    const owner = typeof organisation === 'object' && organisation !== null ? (organisation as Claims) : {};
    return `${textClaim(owner, 'login') ?? ''}/${textClaim(team, 'slug') ?? ''}`;
  });
  return [...names, ...teamNames].filter((name) => name !== undefined);
}

async function pages(room: Room, path: string, accessToken: string): Promise<readonly Claims[]> {
  const all: Claims[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const some = await get(room, `${path}?per_page=100&page=${page}`, accessToken);
    if (!Array.isArray(some)) throw unbelievable(`${path} is no list`);
    all.push(...(some as Claims[]));
    if (some.length < 100) break;
  }
  return all;
}

async function get(room: Room, path: string, accessToken: string): Promise<Claims> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await reach(room, room.api + path, { headers });
  const answer = await readJson(response);
  if (response.ok) return answer;
  const said = `${path.split('?', 1)[0]} answered ${response.status}`;
  const isSuspended = response.status === 403 && /suspended/i.test(textClaim(answer, 'message') ?? '');
  if (response.status === 401 || isSuspended) throw refusal('access_denied', said);
  throw unavailable(said);
}

async function reach(room: Pick<Room, 'fetch'>, url: string, init: RequestInit): Promise<Response> {
  const headers = {
    accept: url.includes('/login/') ? 'application/json' : 'application/vnd.github+json',
    'user-agent': 'pg-analytics-mcp',
    ...init.headers,
  };
  try {
    return await room.fetch(url, {
      ...init,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw unavailable(error instanceof Error ? error.message : 'no answer');
  }
}

async function readJson(response: Response): Promise<Claims> {
  try {
    const answer: unknown = await response.json();
    return typeof answer === 'object' && answer !== null ? (answer as Claims) : {};
  } catch {
    return {};
  }
}
