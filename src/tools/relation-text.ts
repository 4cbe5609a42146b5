// How schemas, relations and columns are written for the model: one line each, few tokens, nothing that could break a
// line. Comments come last, after a dash, and are data of the database's owner.
import { qualifiedName, quoteIdentifier } from '../catalog/identifier.ts';
import { oneLine } from '../catalog/one-line.ts';
import type { Column, Relation, RelationName, Schema, SchemaCatalog } from '../catalog/relation.ts';

/** Longest name shown: two identifiers of 63 bytes, quoted. */
const maxNameCharacters = 140;

/** `schema.table`, quoted as SQL needs it. */
export function relationLabel(relation: RelationName): string {
  return oneLine(qualifiedName(relation), maxNameCharacters);
}

/** A column or schema name, quoted as SQL needs it. */
export function nameLabel(name: string): string {
  return oneLine(quoteIdentifier(name), maxNameCharacters);
}

/** `fuel.fills  table  ~7,223 rows  — Fills paid by card`; the comment is cut to `maxComment` characters. */
export function relationLine(relation: Relation, maxComment: number): string {
  const partly = relation.whole ? [] : ['some columns only'];
  return [
    relationLabel(relation),
    ...relationFacts(relation),
    ...partly,
    ...dashed(relation.comment, maxComment),
  ].join('  ');
}

/** Kind, partitions and rows of a relation, each as a few words. */
export function relationFacts(relation: Relation): readonly string[] {
  const facts: string[] = [relation.kind];
  if (relation.partitions > 0) facts.push(counted(relation.partitions, 'partition'));
  if (relation.rows !== undefined) facts.push(`~${counted(relation.rows, 'row')}`);
  if (!relation.populated) facts.push('never refreshed: reading it fails');
  return facts;
}

/** `vehicle_id integer not null — Vehicle that was filled`. */
export function columnLine(column: Column, maxComment: number): string {
  const notNull = column.notNull ? ' not null' : '';
  const [comment] = dashed(column.comment, maxComment);
  return `${nameLabel(column.name)} ${oneLine(column.type, maxNameCharacters)}${notNull}${comment === undefined ? '' : ` ${comment}`}`;
}

/** `schema fuel — Fuel stations and fills`. */
export function schemaLine(schema: Schema, maxComment: number): string {
  return [`schema ${nameLabel(schema.name)}`, ...dashed(schema.comment, maxComment)].join(' ');
}

/** Names of all schemas that hold something, with their counts, at most `most` of them. */
export function schemaCounts(catalog: SchemaCatalog, most: number): string {
  const filled = catalog.schemas.filter((schema) => schema.relations.length > 0);
  const shown = filled
    .slice(0, most)
    .map((schema) => `${nameLabel(schema.name)} (${schema.relations.length})`);
  const more = filled.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What must be known about the snapshot itself: nothing while it is fresh. */
export function catalogNotes(catalog: SchemaCatalog): readonly string[] {
  if (catalog.refreshFailure === undefined) return [];
  const at = new Date(catalog.readAtMs).toISOString().slice(0, 19);
  return [`Schema as of ${at}Z: reading it anew failed (${catalog.refreshFailure}).`];
}

/** `1 row`, `7,223 rows`. */
export function counted(count: number, noun: string): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ',')} ${noun}${count === 1 ? '' : 's'}`;
}

/** `12 kB`, `1.1 MB`, with the units of pg_size_pretty (1 kB = 1024 bytes). */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const amount = bytes / 1024 ** power;
  return `${amount >= 10 || power === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[power]}`;
}

function dashed(comment: string | undefined, maxCharacters: number): readonly string[] {
  return comment === undefined ? [] : [`— ${oneLine(comment, maxCharacters)}`];
}
