// What tests of the guard ask of a real database: its catalog, and what it says of statements that are run as the product would.
import { loadPolicyCatalog } from '../../src/catalog/policy.ts';
import type { PolicyCatalog } from '../../src/guard/policy-catalog.ts';
import { openReader } from './own-reader.ts';
import { type FreshDatabase, withClient } from './postgres.ts';

/** The catalog that the guard judges by there. */
export async function catalogOf(database: FreshDatabase): Promise<PolicyCatalog> {
  const { read, close } = await openReader(database.readerUrl);
  try {
    return await loadPolicyCatalog(read);
  } finally {
    await close();
  }
}

/** Runs each read only, by the extended protocol; gives what Postgres says where it refuses, else nothing. */
export async function errorsOf(url: string, statements: readonly string[]): Promise<readonly string[]> {
  return withClient(url, async (client) => {
    const errors: string[] = [];
    for (const sql of statements) {
      await client.query('begin read only');
      const ran = client.query({ text: sql, queryMode: 'extended' } as { text: string });
      errors.push(await ran.then(() => '', String));
      await client.query('rollback');
    }
    return errors;
  });
}
