// A ReadRows over one plain connection, for tests of rooms that only need rows; it counts the statements it was given.
import pg from 'pg';
import { toCodedError } from '../../src/base/errors.ts';
import type { ReadRows } from '../../src/pg/read-rows.ts';

/** The function, how often it was called, and how to close its connection. */
export type OwnReader = {
  readonly read: ReadRows;
  readonly statements: () => number;
  readonly close: () => Promise<void>;
};

/** Connects; every cell comes as the text that Postgres sent. */
export async function openReader(url: string): Promise<OwnReader> {
  const client = new pg.Client({
    connectionString: url,
    types: { getTypeParser: () => (text: unknown) => text },
  });
  client.on('error', () => undefined);
  await client.connect();
  let statements = 0;
  return {
    read: async (sql, parameters = []) => {
      statements++;
      try {
        const result = await client.query({ text: sql, values: [...parameters], rowMode: 'array' });
        return result.rows as (string | null)[][];
      } catch (error) {
        throw toCodedError(error);
      }
    },
    statements: () => statements,
    close: () => client.end(),
  };
}
