// A foreign authorization server, as far as a resource server sees one: metadata, a key set, and tokens signed with its keys.
import { createServer, type Server } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** The server, and what a test may do to it. */
export type ExternalIssuer = {
  readonly url: string;
  /** How often its keys were asked for. */
  readonly asked: () => number;
  /** A token with the usual claims and these changes; `undefined` leaves a claim out. */
  readonly token: (claims: JWTPayload, header?: Readonly<Record<string, unknown>>) => Promise<string>;
  /** Signs with a new key from now on, and serves only that one. */
  readonly rotate: () => Promise<void>;
  /** Serves keys of its own choice beside its own. */
  readonly addKey: (jwk: object) => void;
  /** While true every request is cut. */
  down: boolean;
  readonly close: () => Promise<void>;
};

/** Starts one on a free port. */
export async function startExternalIssuer(): Promise<ExternalIssuer> {
  let pair = await newPair();
  let asked = 0;
  const added: object[] = [];
  const server: Server = createServer((request, response) => {
    if (issuer.down) return void request.socket.destroy();
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration')
      return void response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }));
    if (request.url !== '/keys') return void response.writeHead(404).end();
    asked += 1;
    response.end(JSON.stringify({ keys: [pair.jwk, ...added] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const issuer: ExternalIssuer = {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    down: false,
    token: (claims, header = {}) => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const usual = { iss: issuer.url, sub: 'user-1', iat: nowSeconds, exp: nowSeconds + 600 };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: pair.kid, ...header })
        .sign(pair.privateKey);
    },
    rotate: async () => {
      pair = await newPair();
    },
    addKey: (jwk) => void added.push(jwk),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}

async function newPair(): Promise<{ kid: string; jwk: object; privateKey: CryptoKey }> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const kid = crypto.randomUUID();
  return { kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }, privateKey };
}
