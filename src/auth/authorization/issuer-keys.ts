// The public keys of an external authorization server: found by its metadata, read again when they are old or a token names
// one that is not known, kept for a while where the server cannot be reached. A server that is down is never a bad token.
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { CodedError } from '../../base/errors.ts';

/** How keys are fetched; for tests over other clocks. Times are milliseconds. */
export type IssuerKeysOptions = {
  readonly issuer: string;
  readonly fetchJson?: (url: string) => Promise<unknown>;
  readonly nowMs?: () => number;
};

/** Older keys are read again before they are used. */
const freshMs = 600_000;
/** So long may keys stand in for a server that cannot be reached. */
const standInMs = 86_400_000;
/** A token that names an unknown key makes us ask, but no oftener than this: anybody can write such a token. */
const cooldownMs = 30_000;
const deadlineMs = 5_000;
const maxBytes = 256 * 1024;

type Known = { readonly keys: ReturnType<typeof createLocalJWKSet>; readonly readAtMs: number };

/** Gives the key for a token's header; throws AUTH_ISSUER_UNREACHABLE where none can be had. */
export function issuerKeys({
  issuer,
  fetchJson = getJson,
  nowMs = Date.now,
}: IssuerKeysOptions): JWTVerifyGetKey {
  let known: Known | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<Known> | undefined;
  const read = (): Promise<Known> => {
    triedAtMs = nowMs();
    reading ??= readKeys(issuer, fetchJson)
      .then((keys) => {
        known = { keys, readAtMs: nowMs() };
        return known;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const usable = async (): Promise<Known> => {
    if (known !== undefined && nowMs() - known.readAtMs < freshMs) return known;
    try {
      if (known !== undefined && nowMs() - triedAtMs < cooldownMs) return known;
      return await read();
    } catch (error) {
      if (known !== undefined && nowMs() - known.readAtMs < standInMs) return known;
      throw unreachable(error);
    }
  };
  return async (header, token) => {
    const { keys } = await usable();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || nowMs() - triedAtMs < cooldownMs) throw error;
      const again = await read().catch((failure: unknown) => {
        throw unreachable(failure);
      });
      return again.keys(header, token);
    }
  };
}

async function readKeys(issuer: string, fetchJson: (url: string) => Promise<unknown>) {
  const metadata = (await readMetadata(issuer, fetchJson)) as { issuer?: unknown; jwks_uri?: unknown };
  // RFC 8414, section 3.3: metadata that name another issuer must not be used.
  if (metadata.issuer !== issuer || typeof metadata.jwks_uri !== 'string')
    throw new CodedError('AUTH_ISSUER_UNREACHABLE', 'the metadata of the issuer are not its own');
  return createLocalJWKSet((await fetchJson(metadata.jwks_uri)) as JSONWebKeySet);
}

/** OpenID Connect Discovery appends its path, RFC 8414 inserts its own before the issuer's. */
async function readMetadata(issuer: string, fetchJson: (url: string) => Promise<unknown>): Promise<unknown> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  try {
    return await fetchJson(`${origin}${path}/.well-known/openid-configuration`);
  } catch {
    return fetchJson(`${origin}/.well-known/oauth-authorization-server${path}`);
  }
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(deadlineMs),
    redirect: 'error',
    headers: { accept: 'application/json' },
  });
  const text = await response.text();
  if (!response.ok || text.length > maxBytes)
    throw new CodedError(
      'AUTH_ISSUER_UNREACHABLE',
      `status ${response.status} with ${text.length} characters`,
    );
  return JSON.parse(text);
}

function unreachable(cause: unknown): CodedError {
  return new CodedError('AUTH_ISSUER_UNREACHABLE', 'the keys of the issuer of the token cannot be fetched', {
    retryAfterSeconds: 10,
    logDetail: cause instanceof Error ? cause.message : String(cause),
  });
}
