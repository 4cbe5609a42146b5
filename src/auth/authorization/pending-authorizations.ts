// Authorization requests while a person decides about them. An answer is given once, and goes on only in the browser that
// both began the request (it holds the provider's cookie) and was given the answer (it alone knows the proof in the URL):
// whoever sends their own request to somebody else gets nothing out of that person's consent (CVE-2026-27124).
import { hash, randomBytes } from 'node:crypto';
import type Provider from 'oidc-provider';
import { CodedError } from '../../base/errors.ts';
import type { Held, OpenRecords } from '../../store/records.ts';
import { shownName } from './normalise-request.ts';
import type { PendingAuthorization, PendingAuthorizations } from './pending-authorization.ts';
import { modelCollections, type Payload } from './record-adapter.ts';
import { isLoopbackUri } from './redirect-policy.ts';
import { resourceScopes } from './scopes.ts';
import type { AuthorizationSettings } from './settings.ts';

/** What the requests are read from. */
export type PendingOptions = {
  readonly openRecords: OpenRecords;
  readonly settings: AuthorizationSettings;
  readonly provider: () => Promise<Provider>;
  readonly nowMs: () => number;
};

/** Pending authorizations over these records. */
export function createPendingAuthorizations(options: PendingOptions): PendingAuthorizations {
  const records = options.openRecords<Payload>(modelCollections.Interaction);
  const open = async (id: string): Promise<Held<Payload> | undefined> => {
    const held = await records.get(id);
    return held === undefined || held.record.result !== undefined ? undefined : held;
  };
  const answer = async (id: string, held: Held<Payload>, result: Payload['result']): Promise<string> => {
    const proof = randomBytes(32).toString('base64url');
    const record: Payload = { ...held.record, result, proof: hash('sha256', proof, 'hex') };
    const expiresAtMs = held.expiresAtMs ?? options.nowMs() + 1000;
    const ttlSeconds = Math.max(1, (expiresAtMs - options.nowMs()) / 1000);
    if ((await records.put(id, record, { ttlSeconds, ifVersion: held.version })) === undefined) throw over();
    return `${held.record.returnTo}?proof=${proof}`;
  };
  return {
    find: async (id) => {
      const held = await open(id);
      return held === undefined ? undefined : await described(id, held.record, await options.provider());
    },
    allow: async (id, account) => {
      const held = await open(id);
      if (held === undefined) throw over();
      const { client_id: clientId, scope } = parametersOf(held.record);
      const provider = await options.provider();
      const grant = new provider.Grant({ accountId: account.subject, clientId });
      const asked = (scope ?? '').split(' ');
      grant.addResourceScope(options.settings.resource, scopesOf(held.record).join(' '));
      if (asked.includes('offline_access')) grant.addOIDCScope('offline_access');
      const grantId = await grant.save();
      const result = { login: { accountId: account.subject, remember: false }, consent: { grantId } };
      return answer(id, held, result);
    },
    deny: async (id, description) => {
      const held = await open(id);
      if (held === undefined) throw over();
      return answer(id, held, { error: 'access_denied', error_description: description });
    },
  };
}

async function described(
  id: string,
  record: Payload,
  provider: Provider,
): Promise<PendingAuthorization | undefined> {
  const { client_id: clientId = '', redirect_uri: redirectUri = '' } = parametersOf(record);
  const client = await provider.Client.find(clientId);
  if (client === undefined) return undefined;
  const vouchedBy = clientId.startsWith('https://') ? 'document' : 'itself';
  return {
    id,
    client: { id: clientId, name: shownName(client.clientName), vouchedBy },
    redirectUri,
    isLoopback: isLoopbackUri(redirectUri),
    scopes: scopesOf(record),
  };
}

function scopesOf(record: Payload): readonly string[] {
  const asked = new Set((parametersOf(record).scope ?? '').split(' '));
  return resourceScopes.filter((scope) => asked.has(scope));
}

/** Parameters as the provider checked them; each is text or absent. */
function parametersOf(
  record: Payload,
): Readonly<Partial<Record<'client_id' | 'redirect_uri' | 'scope', string>>> {
  return (record.params ?? {}) as Partial<Record<'client_id' | 'redirect_uri' | 'scope', string>>;
}

function over(): CodedError {
  return new CodedError('SIGN_IN_EXPIRED', 'the authorization request has expired, or was answered already');
}
