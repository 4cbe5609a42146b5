// An analyst who signs in at a server that is published under another name than the one that it can be reached at here, as behind a proxy.
import {
  callTool,
  newClient,
  newPkce,
  type OauthAnswer,
  redeem,
  refresh,
  type TestClient,
  type TestTokens,
  tokensOf,
} from '../support/oauth-client.ts';
import { signInWithKey } from '../support/oauth-walk.ts';
import { type PlainBrowser, plainBrowser } from '../support/plain-browser.ts';

/** Where a server is reached, and the public URL that it has. */
export type Published = { readonly url: string; readonly publicUrl: string };

/** A client after sign-in, with its newest tokens. */
export type Session = { readonly client: TestClient; tokens: TestTokens };

/** Where a client sends the browser. */
export function authorizationUrl({ publicUrl }: Published, client: TestClient, challenge: string): URL {
  const url = new URL(`${publicUrl}/oauth/authorize`);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    state: 'state-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: `${publicUrl}/mcp`,
    scope: 'analytics:read',
  }).toString();
  return url;
}

/** Goes the whole way of a new client: registration, sign-in with an analyst key, and the code redeemed, there or elsewhere. */
export async function newSession(at: Published, key: string, tokensFrom: Published = at): Promise<Session> {
  const client = await newClient(at);
  const { verifier, challenge } = newPkce();
  const start = authorizationUrl(at, client, challenge);
  const callback = await signInWithKey(start, key, browserTo(at.url, at.publicUrl));
  const code = callback.searchParams.get('code');
  if (code === null) throw new Error(`no code: ${callback.href}`);
  const resource = `${at.publicUrl}/mcp`;
  const redeemed = await redeem({ url: tokensFrom.url, resource }, client, code, verifier);
  return { client, tokens: tokensOf(redeemed) };
}

/** Refreshes the session there and keeps the new tokens where there are any; gives 200, or the status with its words. */
export async function refreshSession(at: Pick<Published, 'url'>, session: Session): Promise<string> {
  const answer = await refresh(at, session.client, session.tokens.refresh);
  if (answer.status === 200) session.tokens = tokensOf(answer);
  return inWords(answer);
}

/** Asks a question with the access token; gives 200, or the status with its words. */
export async function ask(at: Pick<Published, 'url'>, session: Session): Promise<string> {
  return inWords(await callTool(at, session.tokens.access, 'query', { sql: 'select 1' }));
}

function inWords({ status, body, headers }: OauthAnswer): string {
  if (status === 200) return '200';
  return `${status} retry after ${headers.get('retry-after')}: ${JSON.stringify(body)}`;
}

/** A browser that finds the public name at another address. */
function browserTo(url: string, publicUrl: string): PlainBrowser {
  const browser = plainBrowser();
  const found = (address: string) => address.replace(publicUrl, url);
  return {
    cookies: browser.cookies,
    get: (address) => browser.get(found(address)),
    post: (address, fields, headers) => browser.post(found(address), fields, headers),
  };
}
