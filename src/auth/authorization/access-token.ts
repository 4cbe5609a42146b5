// Proves an access token of our own authorization server (RFC 9068): signature, algorithm, type, issuer, audience, expiry,
// and that its grant and its account still stand. Nothing else is a token here: no ID token, no refresh token, no other key.
import { errors, importJWK, type JWTPayload, jwtVerify, type ProtectedHeaderParameters } from 'jose';
import { CodedError } from '../../base/errors.ts';
import type { Principal } from '../../base/principal.ts';
import type { OpenRecords } from '../../store/records.ts';
import type { Account, Accounts } from '../sign-in/account.ts';
import { modelCollections, type Payload } from './record-adapter.ts';
import { signingAlgorithm } from './server-metadata.ts';
import { clockToleranceSeconds } from './settings.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { ProvedToken, ProveToken } from './verified-tokens.ts';

/** What a token is proved by. */
export type AccessTokenOptions = {
  readonly issuer: string;
  readonly resource: string;
  readonly keys: SigningKeys;
  readonly openRecords: OpenRecords;
  readonly accounts: Accounts;
  readonly nowMs: () => number;
};

type Claims = {
  readonly subject: string;
  readonly grantId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
};

/** A proof for tokens of this issuer. */
export function accessTokenProof(options: AccessTokenOptions): ProveToken {
  const grants = options.openRecords<Payload>(modelCollections.Grant);
  return async (token) => {
    const claims = await verifiedClaims(options, token);
    if (claims instanceof CodedError) return claims;
    const confirm = async (): Promise<Principal | CodedError> => {
      const grant = (await grants.get(claims.grantId))?.record;
      const stands = grant?.accountId === claims.subject && grant.clientId === claims.clientId;
      if (!stands) return invalidToken('the access token has been revoked');
      const account = await options.accounts.find(claims.subject);
      return account === undefined
        ? invalidToken('the account may no longer sign in')
        : principalOf(account, claims);
    };
    const principal = await confirm();
    if (principal instanceof CodedError) return principal;
    return { principal, expiresAtMs: claims.expiresAtMs, confirm } satisfies ProvedToken;
  };
}

/** The error for a token that is not good, or no longer; its answer makes a client refresh or sign in again. */
export function invalidToken(message: string): CodedError {
  return new CodedError('DOOR_TOKEN_INVALID', message, { hint: 'Refresh the token, or sign in again.' });
}

async function verifiedClaims(options: AccessTokenOptions, token: string): Promise<Claims | CodedError> {
  const { issuer, resource, keys, nowMs } = options;
  try {
    const { payload } = await jwtVerify(token, (header) => publicKey(keys, header), {
      issuer,
      audience: resource,
      typ: 'at+jwt',
      algorithms: [signingAlgorithm],
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp', 'sub', 'jti', 'client_id', 'grant'],
      currentDate: new Date(nowMs()),
    });
    return claimsOf(payload);
  } catch (error) {
    if (error instanceof errors.JWTExpired) return invalidToken('the access token has expired');
    if (error instanceof errors.JOSEError) return invalidToken('the access token is not valid');
    throw error;
  }
}

async function publicKey(keys: SigningKeys, { kid }: ProtectedHeaderParameters) {
  const find = ({ keys: known }: Awaited<ReturnType<SigningKeys['current']>>) =>
    known.find((key) => key.kid === kid);
  const key = find(await keys.current()) ?? find(await keys.reread());
  if (key === undefined) throw new errors.JWKSNoMatchingKey();
  const { d: _private, ...shared } = key.jwk;
  return importJWK({ ...shared, alg: signingAlgorithm }, signingAlgorithm);
}

function claimsOf(payload: JWTPayload): Claims | CodedError {
  const { sub, exp, grant, client_id: clientId, scope } = payload;
  if (sub === undefined || exp === undefined || typeof grant !== 'string' || typeof clientId !== 'string')
    return invalidToken('the access token is not valid');
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  return {
    subject: sub,
    grantId: grant,
    clientId,
    scopes,
    expiresAtMs: (exp + clockToleranceSeconds) * 1000,
  };
}

function principalOf(account: Account, { clientId, scopes }: Claims): Principal {
  const { subject, name, email, groups } = account;
  return Object.freeze({
    name,
    provedBy: 'oauth',
    identity: { subject, email, groups, clientId, scopes },
  } as const);
}
