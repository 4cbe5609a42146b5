// Writes and reads SQL identifiers as the manual says (4.1.1, appendix C); it looks nothing up.
import type { RelationName } from './relation.ts';

// Keywords that stand for no table or column without quotes: categories R and T of pg_get_keywords(), 15 to 18.
const reserved = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation ' +
    'column concurrently constraint create cross current_catalog current_date current_role current_schema ' +
    'current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for ' +
    'foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral ' +
    'leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps ' +
    'placing primary references returning right select session_user similar some symmetric system_user table ' +
    'tablesample then to trailing true union unique user using variadic verbose when where window with'
  ).split(' '),
);

/** The name as it must stand in SQL: quoted only where it has to be. */
export function quoteIdentifier(name: string): string {
  if (/^[a-z_][a-z0-9_$]*$/.test(name) && !reserved.has(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

/** `schema.name`, each part quoted where it has to be. */
export function qualifiedName(relation: RelationName): string {
  return `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`;
}

/**
 * The parts of a dotted name as Postgres would read them: unquoted parts folded to lower case, quoted ones as they
 * are. Undefined where the quotes do not close or a part is empty.
 */
export function identifierParts(text: string): readonly string[] | undefined {
  const parts: string[] = [];
  const part = /\s*(?:"((?:[^"]|"")+)"|([^".]+))\s*(\.|$)/y;
  while (part.lastIndex < text.length) {
    const found = part.exec(text);
    if (found === null) return undefined;
    const bare = found[2]?.trim();
    if (bare === '') return undefined;
    parts.push(bare === undefined ? (found[1] ?? '').replaceAll('""', '"') : bare.toLowerCase());
    if (found[3] === '.' && part.lastIndex === text.length) return undefined;
  }
  return parts.length === 0 ? undefined : parts;
}
