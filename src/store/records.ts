// The words in which the rest of the product keeps state: JSON records, sealed on their way to the backend. Ids are
// given as they are (tokens included); only their hash ever reaches the backend.
import type { PutOptions } from './store.ts';

/** A record as it was read. */
export type Held<T> = {
  readonly record: T;
  readonly version: string;
  readonly expiresAtMs: number | undefined;
};

/**
 * One collection of sealed records of one shape. A record that cannot be opened (another key, another place, plaintext,
 * damaged) is not served: STATE_UNREADABLE. Every method gives up after the deadline of the state with STATE_UNAVAILABLE.
 */
export type Records<T> = {
  readonly get: (id: string) => Promise<Held<T> | undefined>;
  /** The new version; undefined where the condition does not hold. */
  readonly put: (id: string, record: T, options?: PutOptions) => Promise<string | undefined>;
  /** Exactly one of any number of concurrent callers gets the record. */
  readonly take: (id: string) => Promise<Held<T> | undefined>;
  readonly delete: (id: string) => Promise<boolean>;
};

/** Gives the records of a collection; the shape is the caller's own, which alone writes to that collection. */
export type OpenRecords = <T>(collection: string) => Records<T>;
