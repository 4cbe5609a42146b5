// Puts the authorization server together and keeps it: made when it is first needed, made again when its keys change. It
// knows requests of Node's HTTP server, and neither routes nor pages.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { CodedError } from '../../base/errors.ts';
import type { Emit } from '../../base/events.ts';
import type { OpenRecords } from '../../store/records.ts';
import type { Accounts } from '../sign-in/account.ts';
import { accessTokenProof } from './access-token.ts';
import { clientQuota } from './client-quota.ts';
import { type DocumentFetch, documentFetch } from './document-fetch.ts';
import type { ErrorPage } from './faults.ts';
import type { PendingAuthorizations } from './pending-authorization.ts';
import { createPendingAuthorizations } from './pending-authorizations.ts';
import { createProvider } from './provider.ts';
import { publicAddressTest } from './public-address.ts';
import { modelCollections } from './record-adapter.ts';
import type { AuthorizationSettings } from './settings.ts';
import { createSigningKeys, defaultSchedule, type KeySchedule, type SigningKeySet } from './signing-keys.ts';
import { rememberVerified, type VerifyToken } from './verified-tokens.ts';

/** What the server is made of. */
export type AuthorizationServerOptions = {
  readonly settings: AuthorizationSettings;
  readonly openRecords: OpenRecords;
  readonly accounts: Accounts;
  readonly signInPath: (id: string) => string;
  readonly errorPage: ErrorPage;
  readonly emit: Emit;
  readonly nowMs?: () => number;
  /** For tests: other times of rotation, and documents from somewhere else than the Internet. */
  readonly schedule?: KeySchedule;
  readonly fetchDocument?: DocumentFetch;
};

/** The authorization server in use. */
export type AuthorizationServer = {
  readonly pending: PendingAuthorizations;
  readonly verify: VerifyToken;
  /**
   * Answers a request to one of the endpoints. Throws STATE_UNAVAILABLE, before anything is answered, where the state has
   * not been readable since the start.
   */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
};

/** A revocation on one replica is seen by the others after this time at the latest. */
const revocationSeenMs = 5_000;

/** Documents of clients that are kept for the first time in a day; without one a client depends on its site being up. */
const mostDocumentsPerDay = 1_000;

type Built = {
  readonly keys: SigningKeySet;
  readonly provider: Provider;
  readonly listen: ReturnType<Provider['callback']>;
};

/** The server over these parts; nothing is read and nothing listens yet. */
export function createAuthorizationServer(options: AuthorizationServerOptions): AuthorizationServer {
  const { settings, accounts, nowMs = Date.now } = options;
  const { openRecords, endings } = countingEndings(options.openRecords);
  const schedule = options.schedule ?? defaultSchedule(settings.accessLifeSeconds);
  const keys = createSigningKeys({ openRecords, schedule, nowMs });
  const admitClient = clientQuota(openRecords, 'registrations', settings.clientsPerDay, nowMs);
  const admitDocument = clientQuota(openRecords, 'documents', mostDocumentsPerDay, nowMs);
  const fetchDocument =
    options.fetchDocument ??
    documentFetch({ openRecords, isPublic: publicAddressTest(), admit: admitDocument });
  let built: Built | undefined;
  const current = async (): Promise<Built> => {
    const set = await keys.current();
    if (built?.keys === set) return built;
    const parts = { ...options, openRecords, keys: set, schedule, admitClient, fetchDocument, nowMs };
    const provider = createProvider(parts);
    built = { keys: set, provider, listen: provider.callback() };
    return built;
  };
  const { issuer, resource } = settings;
  return {
    pending: createPendingAuthorizations({
      openRecords,
      settings,
      provider: async () => (await current()).provider,
      nowMs,
    }),
    verify: rememberVerified({
      prove: accessTokenProof({ issuer, resource, keys, openRecords, accounts, nowMs }),
      recheckMs: revocationSeenMs,
      outageMs: settings.outageToleranceSeconds * 1000,
      endings,
      nowMs,
    }),
    answer: async (request, response) => {
      const { listen } = await current();
      await listen(request, response);
      if (!response.headersSent) throw new CodedError('INTERNAL', 'the authorization server gave no answer');
    },
  };
}

/** The same records, and the number of grants that were ended through them: each of them is a session. */
function countingEndings(openRecords: OpenRecords): {
  readonly openRecords: OpenRecords;
  readonly endings: () => number;
} {
  let count = 0;
  return {
    endings: () => count,
    openRecords: <T>(collection: string) => {
      const records = openRecords<T>(collection);
      if (collection !== modelCollections.Grant) return records;
      return {
        ...records,
        delete: async (id) => {
          const wasThere = await records.delete(id);
          count += 1;
          return wasThere;
        },
      };
    },
  };
}
