// The words of the key-value contract that every backend keeps; it knows neither what is kept nor that it is sealed.

/** One record as a backend holds it. */
export type Entry = {
  /** What was put, unchanged. */
  readonly value: string;
  /** Opaque; another one after every put, and never the same again for the key. */
  readonly version: string;
  /** Milliseconds since 1970; undefined: lives until it is deleted. */
  readonly expiresAtMs: number | undefined;
};

/** Conditions and life of a put. At most one of the two conditions is given. */
export type PutOptions = {
  /** Life from now, in seconds, above 0. Without it the record stays until it is deleted. */
  readonly ttlSeconds?: number | undefined;
  /** Only where no living record has the key. */
  readonly ifAbsent?: boolean | undefined;
  /** Only where the living record has this version. */
  readonly ifVersion?: string | undefined;
};

/** What a backend promises beside the contract; a promise that is needed and not given is refused at start. */
export type StoreCapabilities = {
  /** Outlives the process. */
  readonly durable: boolean;
  /** Several servers may use it at once, on one machine or on many. */
  readonly shared: 'no' | 'one machine' | 'many machines';
  /** Keeps every record until it expires; false: may drop records under memory pressure. */
  readonly keepsRecords: boolean;
  /** `list` and `collections` work. */
  readonly lists: boolean;
  /** Most bytes (UTF-8) of one value. */
  readonly maxValueBytes: number;
};

/** Where a page of a listing begins (after this key) and how many keys it holds, 1 to 1,000. */
export type PageRequest = { readonly after?: string | undefined; readonly limit: number };

/** A page of a listing: keys in ascending order of their UTF-8 bytes, and where the next page begins. */
export type KeyPage = { readonly keys: readonly string[]; readonly next: string | undefined };

/**
 * Records by collection and key. Every method is atomic by itself, also against other clients of a shared backend.
 * An expired record is never seen again, whether or not the backend has removed it yet. Collections are 1 to 64
 * characters of a-z, 0-9, "-" and "."; keys are any text of 1 to 1,024 bytes (UTF-8) without U+0000, told apart exactly.
 * Throws STATE_UNAVAILABLE where the backend cannot be reached or fails and after `close`, STATE_TOO_LARGE for a value
 * over the limit, STATE_KEY for a collection or key outside the rule, STATE_UNSUPPORTED for a promise that the backend
 * does not give, and CANCELLED where the signal was aborted. A failed call may or may not have been carried out.
 */
export type Store = {
  /** As in MCP_STATE_URL: the scheme. */
  readonly scheme: string;
  readonly capabilities: StoreCapabilities;
  readonly get: (collection: string, key: string, signal?: AbortSignal) => Promise<Entry | undefined>;
  /** The new version; undefined where the condition does not hold. */
  readonly put: (
    collection: string,
    key: string,
    value: string,
    options?: PutOptions,
    signal?: AbortSignal,
  ) => Promise<string | undefined>;
  /** Reads and deletes in one step: of any number of concurrent callers exactly one gets the record. */
  readonly take: (collection: string, key: string, signal?: AbortSignal) => Promise<Entry | undefined>;
  /** True where a living record was there. */
  readonly delete: (collection: string, key: string, signal?: AbortSignal) => Promise<boolean>;
  /** Keys after `after`, at most `limit`. A record that comes or goes meanwhile may be missed or seen; others are not. */
  readonly list: (collection: string, page: PageRequest, signal?: AbortSignal) => Promise<KeyPage>;
  /** Collections that hold a record, in ascending order. */
  readonly collections: (signal?: AbortSignal) => Promise<readonly string[]>;
  /** Removes what has expired, and what an interrupted write left; gives the number of removed records. */
  readonly sweep: (signal?: AbortSignal) => Promise<number>;
  /** Lets go of everything; a second call waits for the first. */
  readonly close: () => Promise<void>;
};
