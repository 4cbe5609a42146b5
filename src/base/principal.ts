// Who is asking; an identity only, it grants nothing by itself.

/** The analyst on whose behalf a call runs. */
export type Principal = {
  /** Name for audit, quotas and application_name; letters, digits and . _ @ + - only, 63 characters at most. */
  readonly name: string;
  /** How the name was proved: a static bearer token, or the local user of a stdio process or loopback demo. */
  readonly provedBy: 'token' | 'local';
};
