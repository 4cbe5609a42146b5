// Names of types that are not built in, asked once per type and kept.
import type { ReadRows } from '../pg/read-rows.ts';
import type { Statements } from './statements.ts';

/** Names of the types with these OIDs, as casts spell them; an OID that no longer exists is missing. */
export type TypeNames = (
  oids: readonly number[],
  signal?: AbortSignal,
) => Promise<ReadonlyMap<number, string>>;

/** Names that were looked up once are kept. */
export function createTypeNames(read: ReadRows, statements: Statements): TypeNames {
  const known = new Map<number, string>();
  return async (oids, signal) => {
    const missing = oids.filter((oid) => !known.has(oid));
    if (missing.length > 0) {
      const rows = await read(await statements('type-names'), [`{${missing.join(',')}}`], signal);
      for (const [oid, name] of rows) known.set(Number(oid), name ?? 'unknown');
    }
    return known;
  };
}
