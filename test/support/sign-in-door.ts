// A real listening door with the sign-in pages, over records in memory and requests that a test makes.
import { openSignInParts, signInPages } from '../../src/app/sign-in.ts';
import type { IdentityProvider } from '../../src/auth/idp/identity-provider.ts';
import type { KeptAccounts } from '../../src/auth/sign-in/accounts.ts';
import type { AllowList } from '../../src/auth/sign-in/allow-list.ts';
import { digestToken } from '../../src/auth/static-tokens.ts';
import type { ProductEvent } from '../../src/base/events.ts';
import type { TokenDigest } from '../../src/base/principal.ts';
import type { SignInRoutes } from '../../src/http/sign-in-routes.ts';
import { freePort } from './free-port.ts';
import { openDoor } from './http-door.ts';
import { type MemoryRecords, memoryRecords } from './memory-records.ts';
import { type WaitingRequests, waitingRequests } from './waiting-requests.ts';

/** The key of the analyst sonia. */
export const soniasKey = 'pgam_the-key-of-sonia-0123456789abcdef';

/** What a test of sign-in holds in its hands. */
export type SignInDoor = {
  readonly url: string;
  readonly requests: WaitingRequests;
  readonly records: MemoryRecords;
  readonly accounts: KeptAccounts;
  readonly events: ProductEvent[];
  /** Gives the server other tokens, as a new tokens file does. */
  readonly replaceTokens: (tokens: readonly TokenDigest[]) => void;
  readonly close: () => Promise<void>;
};

/** What a test wants otherwise. */
export type SignInDoorChanges = {
  /** Made once the address of the door is known. */
  readonly provider?: (publicUrl: string) => IdentityProvider | Promise<IdentityProvider>;
  readonly keys?: boolean;
  readonly allowed?: AllowList;
  readonly toleranceMs?: number;
  readonly publicUrl?: string;
  readonly keyAttempts?: SignInRoutes['keyAttempts'];
  readonly contact?: string;
};

const everybody: AllowList = { domains: [], groups: [], users: [] };

/** Opens a door; whoever opens it calls `close()`. */
export async function openSignInDoor(changes: SignInDoorChanges = {}): Promise<SignInDoor> {
  const requests = waitingRequests();
  const records = memoryRecords();
  const events: ProductEvent[] = [];
  const emit = (event: ProductEvent): void => void events.push(event);
  let tokens: readonly TokenDigest[] = [{ name: 'sonia', sha256: digestToken(soniasKey) }];
  // Pages name their own address, so it must be known before the door listens.
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const publicUrl = changes.publicUrl ?? url;
  const { keys = true, toleranceMs = 86_400_000, allowed = everybody, keyAttempts, contact } = changes;
  const shared = {
    signIn: { keys, allowed, toleranceMs, contact },
    openRecords: records.open,
    tokens: () => tokens,
    emit,
  };
  const parts = openSignInParts({ ...shared, provider: await changes.provider?.(publicUrl) });
  const { accounts } = parts;
  const pages = signInPages(parts, {
    ...shared,
    pending: requests,
    publicOrigin: publicUrl,
    deriveKeys: () => [Buffer.alloc(32, 7)],
    keyAttempts,
  });
  const door = await openDoor({ routes: [pages], emit }, port);
  return {
    url,
    requests,
    records,
    accounts,
    events,
    replaceTokens: (now) => {
      tokens = now;
    },
    close: () => door.server.close(),
  };
}
