// Who is asking; an identity only, it grants nothing by itself.

/** The analyst on whose behalf a call runs. */
export type Principal = {
  /** Name for audit, quotas and application_name; letters, digits and . _ @ + - only, 63 characters at most. */
  readonly name: string;
  /** How the name was proved: a static bearer token, an OAuth access token, or the local user of a stdio process or loopback demo. */
  readonly provedBy: 'token' | 'oauth' | 'local';
  /** As the identity provider knows the analyst; present only with `oauth`. */
  readonly identity?: {
    /** Issuer and subject, or `key:` and the name; unique. */
    readonly subject: string;
    /** Present only where the identity provider has verified it. */
    readonly email?: string | undefined;
    readonly groups: readonly string[];
    /** The OAuth client that calls. */
    readonly clientId: string;
    readonly scopes: readonly string[];
  };
};

/** A static token as it is kept: never the token itself. */
export type TokenDigest = {
  /** Name of the analyst, as in `Principal`. */
  readonly name: string;
  /** SHA-256 of the token, 64 hexadecimal digits, lower case. */
  readonly sha256: string;
};
