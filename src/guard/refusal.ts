// The shape of a refusal before it becomes an error: plain data, so that a worker can send it.
import type { ErrorCode } from '../base/error-catalogue.ts';

/** Why a text is refused. */
export type Refusal = {
  readonly code: ErrorCode;
  /** One line, lower case, quotes the offending name (PostgreSQL error message style guide). */
  readonly message: string;
  /** A whole sentence: what to write instead. */
  readonly hint: string;
  /** Bytes of UTF-8 before the place, from 0. */
  readonly byteOffset?: number | undefined;
  /** True where the name is only unknown to the built-in table, so that a live catalog may say otherwise. */
  readonly dependsOnCatalog?: boolean | undefined;
};

/** What the policy says of one name: undefined where it is allowed. */
export type Objection =
  | {
      readonly message: string;
      readonly hint: string;
      /** True where no catalog entry says what the name is. */
      readonly isUnknown?: boolean | undefined;
    }
  | undefined;
