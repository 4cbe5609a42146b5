// Remembers the last verdicts under one catalog, since clients page and repeat; it keeps no text beyond its bounds.

/** A memory that `keep` fills and `find` reads; a new catalog empties it. */
export type RecentVerdicts<Verdict> = {
  readonly find: (sql: string, catalog: object) => Verdict | undefined;
  readonly keep: (sql: string, catalog: object, verdict: Verdict) => void;
};

/** Holds at most `maxEntries` texts of at most `maxCharacters` each, the oldest goes first. */
export function createRecentVerdicts<Verdict>(
  maxEntries: number,
  maxCharacters: number,
): RecentVerdicts<Verdict> {
  const verdicts = new Map<string, Verdict>();
  let current: object | undefined;
  return {
    find: (sql, catalog) => (catalog === current ? verdicts.get(sql) : undefined),
    keep: (sql, catalog, verdict) => {
      if (sql.length > maxCharacters) return;
      if (catalog !== current) verdicts.clear();
      current = catalog;
      const [oldest] = verdicts.size < maxEntries ? [] : verdicts.keys();
      if (oldest !== undefined) verdicts.delete(oldest);
      verdicts.set(sql, verdict);
    },
  };
}
