// Turns what goes wrong with an identity provider into errors of ours: a fault of the provider is told apart from its no.
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { CodedError } from '../../base/errors.ts';

/** Most characters of a foreign text that the log gets. */
const maxDetail = 300;

/**
 * Refusals of a refresh that mean the session is over (RFC 6749, section 5.2; OpenID Connect Core 1.0, section 3.1.2.6).
 * Everything else, such as a wrong client secret, is a fault that the operator mends while sessions go on.
 */
const endings = new Set([
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
  'account_selection_required',
]);

/** Why the provider ended the session, or undefined where it did not. */
export function endedBecause(error: unknown): string | undefined {
  if (!(error instanceof ResponseBodyError) || !endings.has(error.error)) return undefined;
  return 'the identity provider has ended the session, or the account was disabled';
}

/** The coded form of any failure; no part of it holds a token or a code. */
export function providerFailure(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const logDetail = detailOf(error);
  if (error instanceof AuthorizationResponseError) return refusal(error.error, logDetail);
  if (error instanceof ResponseBodyError)
    return error.status >= 500 || error.status === 429 || error.error !== 'invalid_grant'
      ? unavailable(logDetail)
      : unbelievable(logDetail);
  if (!(error instanceof ClientError)) return unavailable(logDetail);
  const { code, cause } = error;
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT') return unavailable(logDetail);
  return cause instanceof Response && cause.status !== 200 ? unavailable(logDetail) : unbelievable(logDetail);
}

/** The provider cannot be reached or is at fault. */
export function unavailable(logDetail: string): CodedError {
  const facts = { logDetail, retryAfterSeconds: 30 };
  return new CodedError('SIGN_IN_PROVIDER_UNAVAILABLE', 'the identity provider cannot be asked', facts);
}

/** The provider said something that cannot be believed. */
export function unbelievable(logDetail: string): CodedError {
  return new CodedError('SIGN_IN_PROVIDER_ANSWER', 'the identity provider’s answer does not fit', {
    logDetail,
  });
}

/** What the provider sent the browser back with (RFC 6749, section 4.1.2.1). */
export function refusal(code: string, logDetail: string): CodedError {
  if (code === 'server_error' || code === 'temporarily_unavailable') return unavailable(logDetail);
  return new CodedError('SIGN_IN_REFUSED', 'the identity provider refused the sign-in', { logDetail });
}

function detailOf(error: unknown): string {
  const said: unknown[] = [];
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError)
    said.push(error.error, error.error_description);
  else if (error instanceof Error) {
    const { message, cause } = error;
    said.push(message);
    if (cause instanceof Response) said.push(`status ${cause.status}`);
    else if (cause instanceof Error) said.push(cause.message, (cause as NodeJS.ErrnoException).code);
  }
  const text = said.filter((one) => typeof one === 'string' && one !== '').join(': ');
  return text.replace(/[^\P{C}]+/gu, ' ').slice(0, maxDetail);
}
