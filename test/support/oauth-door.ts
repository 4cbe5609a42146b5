// A listening door with an authorization server over a store, and accounts that are simply there: for tests of the
// authorization server alone. Sign-in itself is `allow`, called by the test's own browser.

import { neededScopes } from '../../src/app/needed-scopes.ts';
import { withAccessTokens } from '../../src/auth/authenticate.ts';
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  createAuthorizationServer,
} from '../../src/auth/authorization/authorization-server.ts';
import { resourceScopes } from '../../src/auth/authorization/scopes.ts';
import { serverMetadata } from '../../src/auth/authorization/server-metadata.ts';
import type { AuthorizationSettings } from '../../src/auth/authorization/settings.ts';
import type { Account, AccountState, Accounts } from '../../src/auth/sign-in/account.ts';
import { type OauthDoor, oauthRoutes } from '../../src/http/oauth-routes.ts';
import type { HttpOptions } from '../../src/http/server.ts';
import { openStore } from '../../src/store/backends/index.ts';
import type { OpenRecords } from '../../src/store/records.ts';
import { createOpenRecords } from '../../src/store/sealed-records.ts';
import { createSealing } from '../../src/store/sealing.ts';
import type { Store } from '../../src/store/store.ts';
import { freePort } from './free-port.ts';
import { authenticateTest, openDoor, type TestDoor } from './http-door.ts';

/** An account that may do everything. */
export const sonia: Account = {
  subject: 'https://idp.example|sonia',
  name: 'sonia',
  email: 'sonia@example.com',
  groups: ['analysts'],
  provider: 'test',
};

/** Sealed records of a store, as the product keeps them, with time for a busy machine. */
export function recordsOf(store: Store): OpenRecords {
  return createOpenRecords({ store, sealing: createSealing([testSecret]), deadlineMs: 10_000 });
}

const testSecret = 'a secret of the tests, which is long enough';

/** What a test may change about its accounts while the door is open. */
export type TestAccounts = Accounts & { standing: AccountState };

/** A door with its authorization server. */
export type OauthTestDoor = TestDoor & {
  readonly issuer: string;
  readonly resource: string;
  readonly authorization: AuthorizationServer;
  readonly accounts: TestAccounts;
};

/** Accounts with one analyst. */
function oneAccount(account: Account = sonia): TestAccounts {
  const accounts: TestAccounts = {
    standing: { standing: 'active', account },
    find: async () => (accounts.standing.standing === 'ended' ? undefined : account),
    renew: async () => accounts.standing,
  };
  return accounts;
}

/** Opens a door on a free port; `issuer` is its own URL unless another one is given, as behind a proxy. */
export async function openOauthDoor(
  openRecords: OpenRecords,
  changes: {
    readonly settings?: Partial<AuthorizationSettings>;
    readonly server?: Partial<AuthorizationServerOptions>;
    readonly http?: Partial<HttpOptions>;
    readonly oauth?: Partial<OauthDoor>;
    readonly port?: number;
  } = {},
): Promise<OauthTestDoor> {
  const port = changes.port ?? (await freePort());
  const issuer = changes.settings?.issuer ?? `http://127.0.0.1:${port}`;
  const resource = `${issuer}/mcp`;
  const accounts = oneAccount();
  const settings: AuthorizationSettings = {
    issuer,
    resource,
    accessLifeSeconds: 3600,
    refreshLifeSeconds: 90 * 86_400,
    refreshGraceSeconds: 60,
    redirectUris: [],
    clientsPerDay: 1000,
    outageToleranceSeconds: 600,
    ...changes.settings,
  };
  const authorization = createAuthorizationServer({
    settings,
    openRecords,
    accounts,
    signInPath: (id) => `/oauth/sign-in/${id}`,
    errorPage: ({ code, message, hint }) =>
      `<!doctype html><title>${code}</title><p>${message}</p><p>${hint}</p>`,
    emit: () => undefined,
    ...changes.server,
  });
  const door = await openDoor(
    {
      authenticate: withAccessTokens(authenticateTest, authorization.verify),
      routes: [
        oauthRoutes(
          {
            issuer,
            metadata: serverMetadata(issuer),
            answer: authorization.answer,
            requestsPerMinute: 0,
            clientsPerDay: settings.clientsPerDay,
            ...changes.oauth,
          },
          () => undefined,
        ),
      ],
      issue: { issuers: [issuer], scopes: resourceScopes },
      neededScopes,
      resourceUrl: resource,
      ...changes.http,
    },
    port,
  );
  return { ...door, issuer, resource, authorization, accounts };
}

/** A door over a store of its own in memory; `close` closes both. */
export type MemoryDoor = OauthTestDoor & { readonly store: Store; readonly close: () => Promise<void> };

/** Opens such a door. */
export async function openMemoryDoor(): Promise<MemoryDoor> {
  const store = await openStore('memory:');
  const door = await openOauthDoor(recordsOf(store));
  const close = async () => {
    await door.server.close();
    await store.close();
  };
  return { ...door, store, close };
}
