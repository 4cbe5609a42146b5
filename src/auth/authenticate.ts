// Proves who calls by a static bearer token (RFC 6750, section 2.1); it knows digests only and never says which name was near.
import { CodedError, toCodedError } from '../base/errors.ts';
import type { Principal, TokenDigest } from '../base/principal.ts';
import { tokenFinder } from './static-tokens.ts';

/** Gives the principal of an Authorization header, or the error to answer with (DOOR_TOKEN_MISSING, DOOR_TOKEN_INVALID). */
export type Authenticate = (authorization: string | undefined) => Principal | CodedError;

/** The same where an answer may have to be asked for; a static token, or one that was proved lately, never waits. */
export type AuthenticateAny = (
  authorization: string | undefined,
) => Principal | CodedError | Promise<Principal | CodedError>;

/**
 * Whoever the access token speaks for, else whoever has it as a static token. `verify` gets tokens in the form of a JWT
 * only; what it throws becomes the answer, unless the token is a static one of that form.
 */
export function withAccessTokens(
  authenticate: Authenticate,
  verify: (token: string) => Principal | CodedError | Promise<Principal | CodedError>,
): AuthenticateAny {
  const orStatic = (authorization: string | undefined, answer: Principal | CodedError) => {
    if (!(answer instanceof CodedError)) return answer;
    const principal = authenticate(authorization);
    return principal instanceof CodedError ? answer : principal;
  };
  return (authorization) => {
    const token = jwtOf(authorization);
    if (token === undefined) return authenticate(authorization);
    const answer = verify(token);
    if (!(answer instanceof Promise)) return orStatic(authorization, answer);
    return answer.then(
      (found) => orStatic(authorization, found),
      (error: unknown) => orStatic(authorization, toCodedError(error)),
    );
  };
}

/** Longest header that is looked at; tokens of ours are far below, those of others name all groups of a person. */
const maxHeaderLength = 12_288;

/** A bearer token of three parts of base64url (RFC 7519, section 3.1); whether it means anything shows when it is verified. */
function jwtOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > maxHeaderLength) return undefined;
  return /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(authorization)?.[1];
}

/** An authenticator over these tokens; it takes as long for a token that nobody has as for any other. */
export function tokenAuthenticator(tokens: readonly TokenDigest[]): Authenticate {
  const find = tokenFinder(tokens);
  const principals = new Map(
    tokens.map((token) => [token, Object.freeze<Principal>({ name: token.name, provedBy: 'token' })]),
  );
  return (authorization) => {
    const token = bearerToken(authorization);
    if (token instanceof CodedError) return token;
    const found = find(token);
    return (found && principals.get(found)) ?? invalid('the bearer token is not known');
  };
}

function bearerToken(authorization: string | undefined): string | CodedError {
  if (authorization === undefined || authorization.trim() === '')
    return new CodedError('DOOR_TOKEN_MISSING', 'the request carries no bearer token', {
      hint: 'Send the header Authorization: Bearer followed by your token.',
    });
  if (authorization.length > maxHeaderLength) return invalid('the Authorization header is too long');
  // The scheme is compared without case (RFC 9110, section 11.1).
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization)?.[1];
  return (
    token ??
    invalid(
      'the Authorization header is not of the form "Bearer token"',
      'Write Bearer, one blank and the token, without quotes or line breaks.',
    )
  );
}

function invalid(message: string, hint = 'Ask the operator of the server for a valid token.'): CodedError {
  return new CodedError('DOOR_TOKEN_INVALID', message, { hint });
}
