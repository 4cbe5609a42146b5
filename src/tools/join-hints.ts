// Writes the joins that a relation's foreign keys allow, ready to paste after FROM; it invents no join without a key.
import { quoteIdentifier } from '../catalog/identifier.ts';
import { oneLine } from '../catalog/one-line.ts';
import type { ForeignKey, Relation, RelationName } from '../catalog/relation.ts';
import { wordsOf } from '../catalog/words.ts';
import { relationLabel } from './relation-text.ts';

/** The joins along the keys of a relation (`out`) and along those that lead to it (`in`). */
export type JoinHints = { readonly out: readonly string[]; readonly in: readonly string[] };

/**
 * `join fuel.stations s on s.station_id = fills.station_id`, one for each key, at most `limit` a side; no alias is
 * used twice, so that any of them may stand in one query.
 */
export function joinHints(relation: Relation, limit: number): JoinHints {
  const taken = new Set([relation.name]);
  const hints = (keys: readonly ForeignKey[], direction: Direction): readonly string[] =>
    keys.slice(0, limit).map((key) => joinHint(relation, key, direction, taken));
  return { out: hints(relation.keysOut, 'out'), in: hints(relation.keysIn, 'in') };
}

type Direction = keyof JoinHints;

function joinHint(relation: Relation, key: ForeignKey, direction: Direction, taken: Set<string>): string {
  const other = direction === 'out' ? key.to : key.from;
  const theirs = direction === 'out' ? key.toColumns : key.columns;
  const ours = direction === 'out' ? key.columns : key.toColumns;
  const alias = aliasOf(other, taken);
  const own = quoteIdentifier(relation.name);
  const pairs = theirs.map(
    (column, place) => `${alias}.${quoteIdentifier(column)} = ${own}.${quoteIdentifier(ours[place] ?? '')}`,
  );
  return oneLine(`join ${relationLabel(other)} ${alias} on ${pairs.join(' and ')}`, 600);
}

/** The initials of the name, with a number where they are taken or are a keyword. */
function aliasOf(relation: RelationName, taken: Set<string>): string {
  const initials = wordsOf(relation.name)
    .map((word) => word.slice(0, 1))
    .join('')
    .replace(/[^a-z]/g, '');
  const stem = initials === '' ? 't' : initials.slice(0, 4);
  let alias = stem;
  for (let number = 2; taken.has(alias) || quoteIdentifier(alias) !== alias; number++)
    alias = `${stem}${number}`;
  taken.add(alias);
  return alias;
}
