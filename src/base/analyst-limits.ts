// What the operator allows single analysts, beside the limits of the server; words only, nothing is enforced here.

/** Bounds of one analyst; what is absent is bounded by the server alone. Times in milliseconds, sizes in bytes. */
export type AnalystLimits = {
  /** Queries at once; further ones wait. */
  readonly queries?: number | undefined;
  readonly statementTimeoutMs?: number | undefined;
  readonly maxRows?: number | undefined;
  readonly maxResultBytes?: number | undefined;
};

/** Limits and whom they concern: an analyst by name, `@` and a group of the identity provider, or `*` for everybody. */
export type AnalystRule = { readonly who: string; readonly limits: AnalystLimits };
