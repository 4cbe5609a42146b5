// A real OpenID provider in this process, as the company's: oidc-provider, which our own authorization server is built on
// too, so that both sides of the wire are certified code. Whoever comes is signed in as the account that the test says.
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import { freePort } from './free-port.ts';

/** The company's provider. */
export type SecondProvider = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who is at the keyboard; undefined: the person refuses. */
  account: { readonly sub: string; readonly email: string; readonly groups: readonly string[] } | undefined;
  /** Accounts that exist no longer. */
  readonly disabled: Set<string>;
  readonly close: () => Promise<void>;
};

/** Starts it for a client with this redirect URI; whoever starts it closes it. */
export async function startSecondProvider(redirectUri: string): Promise<SecondProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const accounts = new Map<string, NonNullable<SecondProvider['account']>>();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const clientId = 'pg-analytics';
  const clientSecret = 'a-secret-of-the-upstream-client';
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' } as never] },
    cookies: { keys: ['a key for the cookies of a test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
    scopes: ['openid', 'offline_access', 'email', 'groups', 'profile'],
    rotateRefreshToken: () => true,
    ttl: {
      AccessToken: 600,
      Grant: 86_400,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    findAccount: (_context, sub) => {
      const account = accounts.get(sub);
      if (account === undefined || made.disabled.has(sub)) return undefined;
      const { email, groups } = account;
      return { accountId: sub, claims: () => ({ sub, email, email_verified: true, groups }) };
    },
    interactions: { url: (_context, { uid }) => `/person/${uid}` },
    features: { devInteractions: { enabled: false } },
  });
  const answer = provider.callback();
  const server: Server = createServer((request, response) => {
    if (request.url?.startsWith('/person/') !== true) return void answer(request, response);
    const { account } = made;
    if (account !== undefined) accounts.set(account.sub, account);
    void finish(provider, account?.sub, request, response);
  });
  const made: SecondProvider = {
    issuer,
    clientId,
    clientSecret,
    account: { sub: 'ann', email: 'ann@example.com', groups: ['analysts'] },
    disabled: new Set(),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return made;
}

type Message = KoaContextWithOIDC['req'];
type Answer = KoaContextWithOIDC['res'];

async function finish(
  provider: Provider,
  sub: string | undefined,
  request: Message,
  response: Answer,
): Promise<void> {
  if (sub === undefined)
    return provider.interactionFinished(
      request,
      response,
      { error: 'access_denied' },
      { mergeWithLastSubmission: false },
    );
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: sub, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { login: { accountId: sub }, consent });
}
