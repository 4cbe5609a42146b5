// The function through which rooms above read Postgres with SQL of our own; it never takes text from outside.

/** Rows of our own statement, every cell as Postgres' text form or null; throws CodedError (`DB_…`, `QUEUE_…`). */
export type ReadRows = (
  sql: string,
  parameters?: readonly (string | null)[],
  signal?: AbortSignal,
) => Promise<readonly (readonly (string | null)[])[]>;
