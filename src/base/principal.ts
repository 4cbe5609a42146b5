// Who is asking; an identity only, it grants nothing by itself.

/** The analyst on whose behalf a call runs. */
export type Principal = {
  /** Name for audit, quotas and application_name; letters, digits and . _ @ + - only, 63 characters at most. */
  readonly name: string;
  /** How the name was proved: a static bearer token, or the local user of a stdio process or loopback demo. */
  readonly provedBy: 'token' | 'local';
};

/** A static token as it is kept: never the token itself. */
export type TokenDigest = {
  /** Name of the analyst, as in `Principal`. */
  readonly name: string;
  /** SHA-256 of the token, 64 hexadecimal digits, lower case. */
  readonly sha256: string;
};
