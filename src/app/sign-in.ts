// Puts sign-in together out of the configuration: the provider, the accounts, the pages. It is loaded only where sign-in is on.
import type { PendingAuthorizations } from '../auth/authorization/pending-authorization.ts';
import type { IdentityProvider } from '../auth/idp/identity-provider.ts';
import { createAccounts, type KeptAccounts, type SignInWay } from '../auth/sign-in/accounts.ts';
import { isAllowed } from '../auth/sign-in/allow-list.ts';
import { keyWay, renewByKey } from '../auth/sign-in/analyst-key.ts';
import { createSignIn } from '../auth/sign-in/sign-in.ts';
import type { Emit } from '../base/events.ts';
import type { TokenDigest } from '../base/principal.ts';
import type { SignInConfiguration } from '../config/configuration.ts';
import { callbackPath, registerSignIn, type SignInRoutes, signInPath } from '../http/sign-in-routes.ts';
import type { OpenRecords } from '../store/records.ts';

/** Where a person signs in to an authorization request; a path below the public origin. */
export const signInPathOf = (id: string): string => `${signInPath}/${encodeURIComponent(id)}`;

/** Whom the server knows, and how they sign in. */
export type SignInParts = {
  readonly accounts: KeptAccounts;
  readonly ways: readonly SignInWay[];
  readonly provider: IdentityProvider | undefined;
};

/** What the parts are made of. `tokens` gives the analysts' keys as they stand now. */
export type SignInSources = {
  readonly signIn: SignInConfiguration;
  readonly openRecords: OpenRecords;
  readonly tokens: () => readonly TokenDigest[];
  /** As `openProvider` gives it. */
  readonly provider: IdentityProvider | undefined;
  readonly emit: Emit;
};

/** The accounts and ways to sign in; no provider is asked for anything yet. */
export function openSignInParts(sources: SignInSources): SignInParts {
  const { signIn, openRecords, tokens, provider, emit } = sources;
  const { allowed, toleranceMs } = signIn;
  const byKey: SignInWay = {
    name: keyWay,
    isLocal: true,
    renew: async (proof) => renewByKey(tokens(), proof),
    // Whoever has a key was let in by the operator in person.
    allows: () => true,
  };
  const ways = [
    ...(signIn.keys ? [byKey] : []),
    ...(provider === undefined
      ? []
      : [
          {
            name: provider.name,
            isLocal: false,
            renew: provider.renew,
            allows: (identity: Parameters<SignInWay['allows']>[0]) => isAllowed(allowed, identity),
          },
        ]),
  ];
  const isTaken = (name: string): boolean =>
    tokens().some((token) => token.name.toLowerCase() === name.toLowerCase());
  return { accounts: createAccounts({ openRecords, ways, isTaken, toleranceMs, emit }), ways, provider };
}

/** The identity provider, where there is one; `openid-client` is loaded only then. */
export async function openProvider({
  provider,
  allowed,
}: SignInConfiguration): Promise<IdentityProvider | undefined> {
  if (provider === undefined) return undefined;
  const { identityProviders } = await import('../auth/idp/index.ts');
  return identityProviders[provider.name]({
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    groupsClaim: provider.groupsClaim,
    needsGroups: allowed.groups.length > 0,
  });
}

/** What the pages need beside the parts. */
export type SignInPageSources = Omit<SignInSources, 'provider'> & {
  readonly pending: PendingAuthorizations;
  /** Origin of the public URL. */
  readonly publicOrigin: string;
  readonly deriveKeys: (purpose: string) => readonly Uint8Array[];
  /** For tests: other limits on wrong keys. */
  readonly keyAttempts?: SignInRoutes['keyAttempts'];
};

/** Gives what registers the pages. */
export function signInPages(
  { accounts, ways, provider }: SignInParts,
  { signIn, openRecords, tokens, emit, pending, publicOrigin, deriveKeys, keyAttempts }: SignInPageSources,
): (app: Parameters<typeof registerSignIn>[0]) => void {
  const flow = createSignIn({
    pending,
    openRecords,
    accounts,
    ways,
    keys: signIn.keys ? tokens : undefined,
    provider,
    callbackUrl: `${publicOrigin}${callbackPath}`,
    emit,
  });
  const routes = {
    signIn: flow,
    publicUrl: publicOrigin,
    formKeys: deriveKeys('sign-in forms'),
    contact: signIn.contact,
    keyAttempts,
    emit,
  };
  return (app) => registerSignIn(app, routes);
}
