// What the operator decides about the authorization server; it is read once and never changes.

/** Lives are seconds. */
export type AuthorizationSettings = {
  /** Origin of the public URL: the issuer has no path, so its metadata have one place only (RFC 8414, section 3). */
  readonly issuer: string;
  /** The MCP endpoint as clients type it: the audience of every access token (RFC 8707). */
  readonly resource: string;
  readonly accessLifeSeconds: number;
  /** Life of a refresh token that is not used; every use begins it anew. */
  readonly refreshLifeSeconds: number;
  /** For how long a refresh token that was used may come again and gets the same successor. */
  readonly refreshGraceSeconds: number;
  /** Redirect URIs beside Claude's and those of loopback clients, compared exactly. */
  readonly redirectUris: readonly string[];
  /** Most clients that may register themselves in a day, all addresses together. */
  readonly clientsPerDay: number;
  /** For how long a token that was proved goes on while the state cannot be read. */
  readonly outageToleranceSeconds: number;
};

/** Clocks of replicas and clients may differ by so much. */
export const clockToleranceSeconds = 60;

/** An answer to an authorization request is redeemed at once; this is for slow machines and clocks that differ. */
export const codeLifeSeconds = 120;

/** Time for a person to sign in and to decide. */
export const interactionLifeSeconds = 900;

/** A client that registered itself and was never used is forgotten after a day. */
export const unusedClientLifeSeconds = 86_400;

/** Where the endpoints are, below the issuer. */
export const authorizationPaths = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  registration: '/oauth/register',
  revocation: '/oauth/revoke',
  jwks: '/oauth/jwks',
} as const;
