// One thing that is wrong with what the operator gave; it carries words only and never a secret.

/** A problem found at start. All of them are reported at once. */
export type Problem = {
  /** The option, file or line it is about. */
  readonly name: string;
  /** The value as given, or a placeholder where the value is secret; absent where nothing was given. */
  readonly value?: string | undefined;
  /** Why the value cannot stand: one line, lower case, no full stop. */
  readonly reason: string;
  /** A value that would be accepted. */
  readonly example?: string | undefined;
};

/** What a reader of operator input gives back: a value where there is one, and everything worth saying. */
export type Reading<Value> = {
  /** Absent where nothing was given, or where a problem keeps the value from standing. */
  readonly value?: Value | undefined;
  readonly problems: readonly Problem[];
  /** Whole sentences, each with its reason; the value stands all the same. */
  readonly warnings: readonly string[];
};
