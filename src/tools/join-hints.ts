// Writes the joins that a relation's foreign keys allow, ready to paste after FROM; it invents no join without a key.
import { quoteIdentifier } from '../catalog/identifier.ts';
import { oneLine } from '../catalog/one-line.ts';
import type { ForeignKey, Relation, RelationName } from '../catalog/relation.ts';
import { wordsOf } from '../catalog/words.ts';
import { relationLabel } from './relation-text.ts';

/** `join fuel.stations s on s.station_id = fills.station_id`, one for each key, aliases unlike each other. */
export function joinHints(relation: Relation, direction: 'out' | 'in', limit: number): readonly string[] {
  const taken = new Set([relation.name]);
  const keys = direction === 'out' ? relation.keysOut : relation.keysIn;
  return keys.slice(0, limit).map((key) => joinHint(relation, key, direction, taken));
}

function joinHint(relation: Relation, key: ForeignKey, direction: 'out' | 'in', taken: Set<string>): string {
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
  for (let number = 2; taken.has(alias) || quoteIdentifier(alias) !== alias; number++) alias = `${stem}${number}`;
  taken.add(alias);
  return alias;
}
