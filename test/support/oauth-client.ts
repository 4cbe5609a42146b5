// An OAuth client and its browser in a few functions, so that a test can take every step of the flow by itself and wrongly.
import { createHash, randomBytes } from 'node:crypto';
import type { Account } from '../../src/auth/sign-in/account.ts';
import { type OauthTestDoor, sonia } from './oauth-door.ts';

/** An answer of an endpoint. */
export type OauthAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
};

/** A client after its registration. */
export type TestClient = { readonly id: string; readonly redirectUri: string };

/** What a token endpoint gave. */
export type TestTokens = { readonly access: string; readonly refresh: string };

/** PKCE of one request (RFC 7636). */
export function newPkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Registers a client; the test looks at the answer. */
export function register(door: { readonly url: string }, metadata: unknown): Promise<OauthAnswer> {
  return send(`${door.url}/oauth/register`, JSON.stringify(metadata), { 'content-type': 'application/json' });
}

/** A registered loopback client. */
export async function newClient(
  door: { readonly url: string },
  redirectUri = 'http://127.0.0.1:33418/callback',
): Promise<TestClient> {
  const { status, body } = await register(door, { client_name: 'Test client', redirect_uris: [redirectUri] });
  if (status !== 201) throw new Error(`registration failed: ${JSON.stringify(body)}`);
  return { id: String(body['client_id']), redirectUri };
}

/** What a browser got at the authorization endpoint: where it is sent, and the cookie that it keeps. */
export type Begun = {
  readonly status: number;
  readonly location: string;
  readonly cookie: string;
  readonly id: string;
  readonly text: string;
};

/** Opens an authorization request in a browser. Parameters that are undefined are left out. */
export async function begin(
  door: { readonly url: string; readonly resource: string },
  client: TestClient,
  challenge: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<Begun> {
  const parameters = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    state: 'state-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: door.resource,
    scope: 'analytics:read',
    ...changes,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.append(name, value);
  const response = await fetch(`${door.url}/oauth/authorize?${query}`, {
    redirect: 'manual',
    headers: { accept: 'text/html' },
  });
  const location = response.headers.get('location') ?? '';
  return {
    status: response.status,
    location,
    cookie: response.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; '),
    id: /\/oauth\/sign-in\/([^/?]+)$/.exec(location)?.[1] ?? '',
    text: await response.text(),
  };
}

/** Goes where the browser was sent after the person's answer; gives the URL of the client that it is sent to. */
export async function resume(
  door: { readonly url: string },
  returnTo: string,
  cookie: string,
): Promise<{ readonly status: number; readonly callback: URL | undefined; readonly text: string }> {
  const { pathname, search } = new URL(returnTo);
  const response = await fetch(`${door.url}${pathname}${search}`, {
    redirect: 'manual',
    headers: { cookie, accept: 'text/html' },
  });
  const location = response.headers.get('location');
  const callback = location === null ? undefined : new URL(location);
  return { status: response.status, callback, text: await response.text() };
}

/** A code for an account, as a person gets it who says yes. */
export async function newCode(
  door: OauthTestDoor,
  client: TestClient,
  challenge: string,
  changes: Readonly<Record<string, string | undefined>> = {},
  account: Account = sonia,
): Promise<string> {
  const begun = await begin(door, client, challenge, changes);
  const returnTo = await door.authorization.pending.allow(begun.id, account);
  const { callback, text } = await resume(door, returnTo, begun.cookie);
  const code = callback?.searchParams.get('code');
  if (code == null) throw new Error(`no code: ${callback?.href} ${text}`);
  return code;
}

/** Redeems a code. */
export function redeem(
  door: { readonly url: string; readonly resource: string },
  client: TestClient,
  code: string,
  verifier: string,
  changes: Readonly<Record<string, string>> = {},
): Promise<OauthAnswer> {
  return token(door, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    client_id: client.id,
    redirect_uri: client.redirectUri,
    resource: door.resource,
    ...changes,
  });
}

/** Uses a refresh token. */
export function refresh(
  door: { readonly url: string },
  client: TestClient,
  refreshToken: string,
): Promise<OauthAnswer> {
  return token(door, { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: client.id });
}

/** Ends a refresh token (RFC 7009). */
export function revoke(
  door: { readonly url: string },
  client: TestClient,
  given: string,
): Promise<OauthAnswer> {
  return send(`${door.url}/oauth/revoke`, new URLSearchParams({ token: given, client_id: client.id }));
}

/** Sends a form to the token endpoint. */
export function token(
  door: { readonly url: string },
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<OauthAnswer> {
  return send(`${door.url}/oauth/token`, new URLSearchParams(form), headers);
}

/** A client that is signed in, with its first tokens. */
export async function signedIn(
  door: OauthTestDoor,
  changes: Readonly<Record<string, string | undefined>> = {},
  account: Account = sonia,
): Promise<{ readonly client: TestClient; readonly tokens: TestTokens }> {
  const client = await newClient(door);
  const { verifier, challenge } = newPkce();
  const code = await newCode(door, client, challenge, changes, account);
  return { client, tokens: tokensOf(await redeem(door, client, code, verifier)) };
}

/** The tokens of an answer that must hold them. */
export function tokensOf({ status, body }: OauthAnswer): TestTokens {
  if (status !== 200) throw new Error(`no tokens: ${status} ${JSON.stringify(body)}`);
  return { access: String(body['access_token']), refresh: String(body['refresh_token']) };
}

/** Calls a tool with a bearer token. */
export async function callTool(
  door: { readonly url: string },
  bearer: string | undefined,
  name = 'echo',
  given: Readonly<Record<string, unknown>> = { text: 'hello' },
): Promise<OauthAnswer> {
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: given } };
  return send(`${door.url}/mcp`, JSON.stringify(message), {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
  });
}

async function send(
  url: string,
  body: string | URLSearchParams,
  headers: Readonly<Record<string, string>> = {},
): Promise<OauthAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { accept: 'application/json', ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return { text };
  }
}
