// What keeps a session alive for as long as it is used, and what ends it: at every refresh the account is asked for, and
// the records of the grant and of the client live on. A record is renewed by compare-and-set, so that a revocation at the
// same moment is never undone.
import { type Configuration, errors } from 'oidc-provider';
import { CodedError } from '../../base/errors.ts';
import type { OpenRecords } from '../../store/records.ts';
import type { Accounts } from '../sign-in/account.ts';
import { modelCollections, type Payload } from './record-adapter.ts';
import { notesOf } from './request-notes.ts';
import type { AuthorizationSettings } from './settings.ts';

/** What renewal needs. */
export type RenewalOptions = {
  readonly settings: AuthorizationSettings;
  readonly openRecords: OpenRecords;
  readonly accounts: Accounts;
  readonly nowMs: () => number;
};

/** Accounts as the provider asks for them. An account that ended takes its grant along. */
export function accountFinder({
  accounts,
  openRecords,
}: RenewalOptions): NonNullable<Configuration['findAccount']> {
  const grants = openRecords<Payload>(modelCollections.Grant);
  return async (context, subject, token) => {
    const isRefresh = context.oidc.params?.['grant_type'] === 'refresh_token';
    const account = isRefresh ? await renewed() : await accounts.find(subject);
    return account === undefined ? undefined : { accountId: subject, claims: () => ({ sub: subject }) };

    async function renewed() {
      const state = await accounts.renew(subject);
      if (state.standing === 'active') return state.account;
      if (state.standing === 'unknown') {
        const { retryAfterSeconds } = state;
        const message = 'the identity provider cannot be asked whether the account may go on';
        throw new CodedError('SIGN_IN_PROVIDER_UNAVAILABLE', message, { retryAfterSeconds });
      }
      const grantId = token !== undefined && 'grantId' in token ? token.grantId : undefined;
      if (typeof grantId === 'string') await grants.delete(grantId);
      throw new errors.InvalidGrant('the account may no longer sign in');
    }
  };
}

/** Renews the client and the grant of a token answer where less than half of their life is left. */
export async function renewUsed(
  { settings, openRecords, nowMs }: RenewalOptions,
  context: { readonly oidc?: { readonly route: string } | undefined; readonly state: object },
): Promise<void> {
  if (context.oidc?.route !== 'token') return;
  const lifeSeconds = 2 * settings.refreshLifeSeconds;
  const { held } = notesOf(context);
  for (const [key, { record, version, expiresAtMs }] of held) {
    const [model, id = ''] = splitOnce(key);
    if (model !== 'Client' && model !== 'Grant') continue;
    if (expiresAtMs === undefined || expiresAtMs - nowMs() > settings.refreshLifeSeconds * 1000) continue;
    const exp = Math.floor(nowMs() / 1000) + lifeSeconds;
    const kept: Payload = model === 'Grant' ? { ...record, exp } : record;
    const options = { ttlSeconds: lifeSeconds, ifVersion: version };
    // A client with tokens must not be told that it failed; the next refresh comes long before the record expires.
    await openRecords<Payload>(modelCollections[model])
      .put(id, kept, options)
      .catch(() => undefined);
  }
}

function splitOnce(key: string): readonly [string, string] {
  const at = key.indexOf(' ');
  return [key.slice(0, at), key.slice(at + 1)];
}
