// Proves access tokens of external authorization servers: here the server is a resource only. A token must come from a named
// issuer, be signed with one of its public keys, be meant for this resource, and hold the scope that was agreed upon.
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { CodedError } from '../../base/errors.ts';
import type { Principal } from '../../base/principal.ts';
import { isTrueClaim, textClaim } from '../idp/claims.ts';
import { analystNames } from '../sign-in/analyst-name.ts';
import { invalidToken } from './access-token.ts';
import { issuerKeys } from './issuer-keys.ts';
import { resourceScopes } from './scopes.ts';
import { clockToleranceSeconds } from './settings.ts';
import { type ProvedToken, type ProveToken, rememberVerified, type VerifyToken } from './verified-tokens.ts';

/** An external authorization server. */
export type TrustedIssuer = {
  readonly issuer: string;
  readonly audience: string;
  /** Scope that a token must hold; as in `scope` (RFC 8693) or `scp`. */
  readonly scope: string;
  readonly nameClaim: string;
};

/** What the proof needs. `isTaken` knows names that mean somebody else already, such as those of static tokens. */
export type ExternalTokenOptions = {
  readonly issuers: readonly TrustedIssuer[];
  readonly isTaken: (name: string) => boolean;
  readonly keysOf?: (issuer: string) => JWTVerifyGetKey;
  readonly nowMs?: () => number;
};

/** Signatures with a private key only: with a shared secret whoever can check a token could make one. */
const asymmetricAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

type Known = TrustedIssuer & { readonly keys: JWTVerifyGetKey; readonly isFirst: boolean };

/** A verifier of the tokens of these issuers; whatever comes from elsewhere is no token here. */
export function externalVerifier(options: ExternalTokenOptions): VerifyToken {
  const { issuers, nowMs = Date.now, keysOf = (issuer) => issuerKeys({ issuer, nowMs }) } = options;
  const known = new Map<string | undefined, Known>(
    issuers.map((trusted, index) => [
      trusted.issuer,
      { ...trusted, keys: keysOf(trusted.issuer), isFirst: index === 0 },
    ]),
  );
  const proveAny: ProveToken = async (token) => {
    const issuer = known.get(claimedIssuer(token));
    return issuer === undefined
      ? invalidToken('the access token comes from another issuer')
      : prove(options, issuer, token);
  };
  // Nobody here can revoke such a token before it expires, so there is nothing to ask again for.
  return rememberVerified({ prove: proveAny, recheckMs: Number.POSITIVE_INFINITY, outageMs: 0, nowMs });
}

/** Gives a token to the verifier of whoever it says it comes from; each of them proves that it does. */
export function issuerRouter(issuer: string, own: VerifyToken, external: VerifyToken): VerifyToken {
  return (token) => (claimedIssuer(token) === issuer ? own(token) : external(token));
}

/** The issuer that a token names; nothing of it is proved yet. */
function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

async function prove(
  options: ExternalTokenOptions,
  known: Known,
  token: string,
): Promise<ProvedToken | CodedError> {
  const { nowMs = Date.now } = options;
  try {
    const { payload, protectedHeader } = await jwtVerify(token, known.keys, {
      issuer: known.issuer,
      audience: known.audience,
      algorithms: asymmetricAlgorithms,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(nowMs()),
    });
    if (isOtherToken(payload, protectedHeader.typ)) return invalidToken('the token is no access token');
    return provedToken(options, known, payload);
  } catch (error) {
    if (error instanceof errors.JWTExpired) return invalidToken('the access token has expired');
    if (error instanceof errors.JOSEError) return invalidToken('the access token is not valid');
    throw error;
  }
}

/** ID tokens carry hashes of what they came with (OpenID Connect Core, section 3.1.3.6); other kinds say so in `typ`. */
function isOtherToken(payload: JWTPayload, type: string | undefined): boolean {
  const isKnownType = type === undefined || /^(application\/)?(at\+jwt|jwt)$/i.test(type);
  return !isKnownType || 'at_hash' in payload || 'c_hash' in payload;
}

function provedToken(
  options: ExternalTokenOptions,
  known: Known,
  payload: JWTPayload,
): ProvedToken | CodedError {
  const { sub = '', exp = 0 } = payload;
  const scopes = scopesOf(payload);
  if (!scopes.includes(known.scope))
    return new CodedError('DOOR_SCOPE', `the access token does not hold the scope "${known.scope}"`, {
      neededScopes: [known.scope],
    });
  const subject = `${known.issuer}|${sub}`;
  const principal: Principal = Object.freeze({
    name: nameOf(options, known, payload, subject),
    provedBy: 'oauth',
    identity: {
      subject,
      email: isTrueClaim(payload, 'email_verified') ? textClaim(payload, 'email') : undefined,
      groups: groupsOf(payload),
      clientId: clientOf(payload),
      // The agreed scope stands for everything: others' scopes are not ours to divide.
      scopes: [...new Set([...scopes, ...resourceScopes])],
    },
  } as const);
  const expiresAtMs = (exp + clockToleranceSeconds) * 1000;
  return { principal, expiresAtMs, confirm: async () => principal };
}

/** The claim's text for people of the first issuer; others, and names that are taken, get a mark made of the subject. */
function nameOf(options: ExternalTokenOptions, known: Known, payload: JWTPayload, subject: string): string {
  const claim: unknown = payload[known.nameClaim];
  const [plain, marked] = analystNames(typeof claim === 'string' ? claim : (payload.sub ?? ''), subject);
  return known.isFirst && typeof claim === 'string' && !options.isTaken(plain) ? plain : marked;
}

function scopesOf(payload: JWTPayload): readonly string[] {
  const given: unknown = payload['scope'] ?? payload['scp'];
  if (Array.isArray(given)) return given.filter((scope) => typeof scope === 'string');
  return typeof given === 'string' ? given.split(' ') : [];
}

function groupsOf(payload: JWTPayload): readonly string[] {
  const given: unknown = payload['groups'];
  return Array.isArray(given) ? given.filter((group) => typeof group === 'string') : [];
}

/** RFC 9068 says `client_id`; `azp` and `appid` are what others write. */
function clientOf(payload: JWTPayload): string {
  const given = [payload['client_id'], payload['azp'], payload['appid']].find(
    (claim) => typeof claim === 'string',
  );
  return typeof given === 'string' ? given : 'unknown';
}
