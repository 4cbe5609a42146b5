// What every identity provider gives, whatever its quirks; a provider answers who somebody is and never who may come in.

/** A person as the identity provider describes them. */
export type Identity = {
  /** Issuer and subject, `https://issuer.example|1234`: stable, never used again for somebody else. */
  readonly subject: string;
  /** What people call the account: an e-mail address, a login. Shown and made into a name; never a proof of anything. */
  readonly login: string;
  readonly email?: string | undefined;
  /** True only where the provider vouches that the address belongs to the person. */
  readonly emailVerified: boolean;
  readonly groups: readonly string[];
};

/** What must be kept to ask again later, such as a refresh token. Secret; sealed wherever it rests. */
export type Proof = Readonly<Record<string, string>>;

/** Secrets of one trip to the provider and back. */
export type Trip = { readonly state: string; readonly nonce: string; readonly codeVerifier: string };

/** Who came back from the provider. `proof` is undefined where the provider gave nothing to ask again with. */
export type Arrival = { readonly identity: Identity; readonly proof: Proof | undefined };

/** What the provider says later. `identity` and `proof` are given where they are news. */
export type Renewal =
  | {
      readonly standing: 'active';
      readonly identity?: Identity | undefined;
      readonly proof?: Proof | undefined;
    }
  | { readonly standing: 'ended'; readonly reason: string };

/**
 * An identity provider. Nothing is asked of it before it is needed: a provider that is down never stops the start.
 * Methods throw SIGN_IN_PROVIDER_UNAVAILABLE where it cannot be reached or is at fault, SIGN_IN_PROVIDER_ANSWER where its
 * answer cannot be believed, and SIGN_IN_REFUSED where it says no.
 */
export type IdentityProvider = {
  /** As in MCP_SIGN_IN. */
  readonly name: string;
  /** As people know it, for "Continue with …". */
  readonly label: string;
  /** The URL to send the browser to. `otherAccount`: let the person choose, even where one is signed in already. */
  readonly begin: (trip: Trip, redirectUri: string, otherAccount: boolean) => Promise<string>;
  /** Redeems what the browser brought back; `callbackUrl` is the redirect URI with its query. */
  readonly finish: (trip: Trip, callbackUrl: string) => Promise<Arrival>;
  readonly renew: (proof: Proof) => Promise<Renewal>;
  /** One line that says what was found, for the doctor. */
  readonly check: () => Promise<string>;
};
