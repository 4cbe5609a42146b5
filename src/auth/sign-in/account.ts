// Who signed in, as the authorization server keeps it; it holds no token of ours.

/** An analyst who signed in, by whatever way. */
export type Account = {
  /** Stable and unique: issuer and subject of the identity provider, or `key:` and the analyst's name. */
  readonly subject: string;
  /** Becomes `Principal.name`: letters, digits and . _ @ + - only, 63 characters at most; unique among accounts. */
  readonly name: string;
  /** Present only where the provider has verified it. */
  readonly email?: string | undefined;
  readonly groups: readonly string[];
  /** Name of the identity provider, as in src/auth/idp/index.ts. */
  readonly provider: string;
};

/** Whether an account may go on. `unknown`: the provider could not be asked for longer than is tolerated. */
export type AccountState =
  | { readonly standing: 'active'; readonly account: Account }
  | { readonly standing: 'ended'; readonly reason: string }
  | { readonly standing: 'unknown'; readonly retryAfterSeconds: number };

/** Accounts as the authorization server asks for them. Throws STATE_UNAVAILABLE where state cannot be read. */
export type Accounts = {
  /** As it was last seen; no provider is asked. Undefined: never signed in, or ended. */
  readonly find: (subject: string) => Promise<Account | undefined>;
  /** Asks the identity provider where an answer is due; called at every refresh of a token. */
  readonly renew: (subject: string) => Promise<AccountState>;
};
