// The product's own way to rows over a real database, for tests of rooms that only need rows; it counts statements.
import { createReadRows, type ReadRows } from '../../src/pg/read-rows.ts';
import { openDatabase } from './database.ts';

/** The function, how often it was called, and how to close its connections. */
export type OwnReader = {
  readonly read: ReadRows;
  readonly statements: () => number;
  readonly close: () => Promise<void>;
};

/** Opens a database of the product; it connects at the first read. */
export async function openReader(url: string): Promise<OwnReader> {
  const { database } = openDatabase(url);
  const settings = { statementTimeoutMs: 20_000, lockTimeoutMs: 2_000, applicationName: 'test' };
  const read = createReadRows(database, () => settings);
  let statements = 0;
  return {
    read: (...call) => {
      statements++;
      return read(...call);
    },
    statements: () => statements,
    close: () => database.close(),
  };
}
