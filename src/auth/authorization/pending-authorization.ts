// What the sign-in pages see of an authorization request, and the two ways in which it can end.
import type { Account } from '../sign-in/account.ts';

/** An authorization request (RFC 6749, section 4.1.1) that waits for a person. */
export type PendingAuthorization = {
  /** Names the request in the URL of the sign-in page; unguessable. */
  readonly id: string;
  readonly client: {
    readonly id: string;
    /** As the client says it; control characters removed, at most 100 characters. */
    readonly name: string;
    /** `document`: the id is a URL whose site publishes name and redirects (CIMD). `itself`: anybody may claim the name. */
    readonly vouchedBy: 'document' | 'itself' | 'operator';
  };
  readonly redirectUri: string;
  readonly isLoopback: boolean;
  readonly scopes: readonly string[];
};

/** The authorization server as the sign-in pages know it. Throws STATE_UNAVAILABLE where state cannot be read. */
export type PendingAuthorizations = {
  /** Undefined where the request is unknown, expired or ended. */
  readonly find: (id: string) => Promise<PendingAuthorization | undefined>;
  /** Grants what was asked to the account; gives the URL that the browser is sent to. */
  readonly allow: (id: string, account: Account) => Promise<string>;
  /** Ends it with access_denied (RFC 6749, section 4.1.2.1); gives the URL that the browser is sent to. */
  readonly deny: (id: string, description: string) => Promise<string>;
};
