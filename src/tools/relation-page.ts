// The page of one relation, as text for the model and as data: what describe_table and the schema resources answer.
import { clipped } from '../base/printable.ts';
import { oneLine } from '../catalog/one-line.ts';
import type { Column, ForeignKey, Relation } from '../catalog/relation.ts';
import type { ColumnDetail, IndexDetail, RelationDetail } from '../catalog/relation-detail.ts';
import { enumLabel } from './enum-label.ts';
import type { FoundRelation } from './find-relation.ts';
import { type JoinHints, joinHints } from './join-hints.ts';
import {
  catalogNotes,
  columnLine,
  counted,
  nameLabel,
  relationFacts,
  relationLabel,
  sizeText,
} from './relation-text.ts';

/** How much a page tells. */
export type PageDetail = 'summary' | 'full';

/** A relation with its details, or the reason why they could not be read. */
export type PageContent = FoundRelation & { readonly detail: RelationDetail | string };

type Bounds = {
  readonly columns: number;
  readonly comment: number;
  readonly labels: number;
  readonly expression: number;
  readonly lines: number;
  readonly query: number;
};

const boundsOf: Readonly<Record<PageDetail, Bounds>> = {
  summary: { columns: 80, comment: 160, labels: 20, expression: 80, lines: 12, query: 0 },
  full: { columns: 400, comment: 300, labels: 200, expression: 400, lines: 60, query: 6_000 },
};

/** The page as text. */
export function pageText(content: PageContent, level: PageDetail): string {
  const { relation } = content;
  const bounds = boundsOf[level];
  const detail = typeof content.detail === 'string' ? undefined : content.detail;
  const lines = [
    headLine(relation, detail),
    ...(relation.comment === undefined ? [] : [`Comment: ${relation.comment}`]),
    ...columnLines(relation, detail, level),
    ...keyLines(relation, bounds),
    ...(detail === undefined ? [] : detailLines(relation, detail, bounds)),
    ...warningLines(content),
  ];
  return lines.join('\n');
}

/** What must be known before the page is used. */
function warningLines({ catalog, relation, note, detail }: PageContent): readonly string[] {
  return [
    ...accessLines(relation),
    ...(note === undefined ? [] : [note]),
    ...(typeof detail === 'string' ? [`Indexes, defaults and checks could not be read: ${detail}`] : []),
    ...catalogNotes(catalog),
  ];
}

/** The same as data; joins are as ready to use as in the text. */
export function pageFacts(content: PageContent, level: PageDetail): Record<string, unknown> {
  const { relation } = content;
  const bounds = boundsOf[level];
  const detail = typeof content.detail === 'string' ? undefined : content.detail;
  const joins = joinHints(relation, bounds.lines);
  return present({
    schema: relation.schema,
    name: relation.name,
    kind: relation.kind,
    rows: relation.rows,
    comment: relation.comment,
    columns: relation.columns
      .slice(0, bounds.columns)
      .map((column) => columnFacts(column, detail?.columns.get(column.name), bounds)),
    columns_left_out: Math.max(0, relation.columns.length - bounds.columns) || undefined,
    primary_key: filled(relation.primaryKey),
    joins_out: filled(joins.out),
    joins_in: filled(joins.in),
    indexes: filled(detail?.indexes.slice(0, bounds.lines).map(indexText)),
    partition_key: detail?.partitionKey,
    definition: detail?.definition === undefined ? undefined : clipped(detail.definition, bounds.query),
    notes: filled([
      ...leftOutNotes(relation, joins, detail, bounds),
      ...(detail === undefined ? [] : sourceLines(relation, detail, bounds)),
      ...warningLines(content),
    ]),
  });
}

/** What the data leaves out; columns have a number of their own. */
function leftOutNotes(
  relation: Relation,
  joins: JoinHints,
  detail: RelationDetail | undefined,
  bounds: Bounds,
): readonly string[] {
  const left = (what: string, all = 0, shown = 0) =>
    all > shown ? [`${all - shown} more of ${what} left out.`] : [];
  const shownColumns = relation.columns.slice(0, bounds.columns);
  const manyValues = shownColumns.filter(
    ({ name }) => (detail?.columns.get(name)?.labels?.length ?? 0) > bounds.labels,
  );
  return [
    ...left('joins_out', relation.keysOut.length, joins.out.length),
    ...left('joins_in', relation.keysIn.length, joins.in.length),
    ...left('indexes', detail?.indexes.length, bounds.lines),
    ...(manyValues.length === 0
      ? []
      : [
          `Only ${bounds.labels} values each of ${manyValues.map(({ name }) => nameLabel(name)).join(', ')}.`,
        ]),
    ...((detail?.definition?.length ?? 0) > bounds.query
      ? [`The definition is cut at ${bounds.query} characters.`]
      : []),
  ];
}

function headLine(relation: Relation, detail: RelationDetail | undefined): string {
  const facts = [...relationFacts(relation)];
  if (relation.bytes !== undefined && relation.bytes > 0) facts.push(`~${sizeText(relation.bytes)}`);
  const when = detail?.analyzedOn;
  if (when !== undefined) facts.push(`analyzed ${when}`);
  else if (relation.rows === undefined && relation.kind === 'table')
    facts.push('never analyzed, rows unknown');
  return `${relationLabel(relation)}: ${facts.join(', ')}`;
}

function columnLines(
  relation: Relation,
  detail: RelationDetail | undefined,
  level: PageDetail,
): readonly string[] {
  const bounds = boundsOf[level];
  const shown = relation.columns.slice(0, bounds.columns);
  const left = relation.columns.slice(bounds.columns);
  const lines = shown.map((column) => {
    const [plain, ...comment] = splitComment(columnLine(column, bounds.comment), column);
    const facts = columnNotes(detail?.columns.get(column.name), bounds);
    return `  ${[plain, ...facts].join(', ')}${comment.join('')}`;
  });
  if (left.length > 0) lines.push(`  ${leftColumns(left, level)}`);
  return ['Columns:', ...lines];
}

/** A column's line without its comment, then the comment with its dash, so that facts can stand between them. */
function splitComment(line: string, column: Column): readonly string[] {
  if (column.comment === undefined) return [line];
  const bare = columnLine({ ...column, comment: undefined }, 0);
  return [bare, line.slice(bare.length)];
}

function leftColumns(left: readonly Column[], level: PageDetail): string {
  const names = left.slice(0, 40).map((column) => nameLabel(column.name));
  const more = left.length > names.length ? ', …' : '';
  const how = level === 'summary' ? 'use detail full' : 'find one with search_schema';
  return `${counted(left.length, 'column')} left out (${how}): ${names.join(', ')}${more}`;
}

function columnNotes(detail: ColumnDetail | undefined, bounds: Bounds): readonly string[] {
  if (detail === undefined) return [];
  const notes: string[] = [];
  if (detail.identity !== undefined) notes.push(`identity ${detail.identity}`);
  if (detail.generated !== undefined)
    notes.push(`generated as ${oneLine(detail.generated, bounds.expression)}`);
  if (detail.default !== undefined) notes.push(`default ${oneLine(detail.default, bounds.expression)}`);
  if (detail.domain !== undefined) notes.push(`domain over ${oneLine(detail.domain, bounds.expression)}`);
  if (detail.labels !== undefined) notes.push(`one of ${labelText(detail.labels, bounds.labels)}`);
  return notes;
}

function labelText(labels: readonly string[], limit: number): string {
  const shown = labels.slice(0, limit).map(enumLabel);
  const more = labels.length - shown.length;
  return `${shown.join(' | ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function keyLines(relation: Relation, bounds: Bounds): readonly string[] {
  const lines: string[] = [];
  const joins = joinHints(relation, bounds.lines);
  if (relation.primaryKey.length > 0) {
    lines.push(`Primary key: ${relation.primaryKey.map(nameLabel).join(', ')}`);
  }
  lines.push(...listLines('Joins to', joins.out, relation.keysOut));
  lines.push(...listLines('Joined by', joins.in, relation.keysIn));
  return lines;
}

function listLines(title: string, hints: readonly string[], keys: readonly ForeignKey[]): readonly string[] {
  if (hints.length === 0) return [];
  const left = keys.length - hints.length;
  return [`${title}:`, ...hints.map((hint) => `  ${hint}`), ...(left > 0 ? [`  ${left} more left out`] : [])];
}

function detailLines(relation: Relation, detail: RelationDetail, bounds: Bounds): readonly string[] {
  const indexes = detail.indexes.map(indexText);
  const lines = [
    ...bounded('Constraints', detail.constraints, bounds),
    ...bounded('Indexes', indexes, bounds),
  ];
  if (detail.partitionKey !== undefined) lines.push(partitionLine(detail));
  if (detail.definition !== undefined) lines.push('Query:', queryText(detail.definition, bounds.query));
  return [...lines, ...sourceLines(relation, detail, bounds)];
}

/** What must be known about where the rows come from. */
function sourceLines(relation: Relation, detail: RelationDetail, bounds: Bounds): readonly string[] {
  const isHidden = bounds.query > 0 && detail.definition === undefined && detail.definitionHidden;
  return [
    ...(isHidden ? ['Query: left out, it reads something you may not see'] : []),
    ...(relation.kind === 'foreign table' ? ['The data lives on another server: filter early.'] : []),
  ];
}

function indexText(index: IndexDetail): string {
  return `${index.unique ? 'unique ' : ''}${index.definition}`;
}

function bounded(title: string, texts: readonly string[], bounds: Bounds): readonly string[] {
  if (texts.length === 0) return [];
  const shown = texts.slice(0, bounds.lines).map((text) => oneLine(text, bounds.expression * 2));
  const left = texts.length - shown.length;
  return [`${title}: ${shown.join('; ')}${left > 0 ? `; ${left} more left out` : ''}`];
}

function partitionLine(detail: RelationDetail): string {
  const texts = detail.partitions.map(({ name, bounds }) => `${nameLabel(name)} ${oneLine(bounds, 120)}`);
  const left = detail.directPartitions - texts.length;
  if (left > 0) texts.splice(3, 0, `${left} more`);
  return `Partitioned by ${detail.partitionKey}: ${texts.join('; ')}`;
}

/** Keeps the lines of a query, since SQL is read better so; every line is made harmless by itself. */
function queryText(query: string, maxCharacters: number): string {
  const cut = query.length > maxCharacters ? `${query.slice(0, maxCharacters)}\n…` : query;
  return cut
    .split('\n')
    .map((line) => `  ${' '.repeat(line.search(/\S|$/))}${oneLine(line, 1_000)}`)
    .join('\n');
}

function accessLines(relation: Relation): readonly string[] {
  const lines: string[] = [];
  if (!relation.whole) lines.push('You may read these columns only: name them, select * fails.');
  if (relation.rowSecurity) lines.push('Row security is on: you may see only a part of the rows.');
  return lines;
}

function columnFacts(
  column: Column,
  detail: ColumnDetail | undefined,
  bounds: Bounds,
): Record<string, unknown> {
  return present({
    name: column.name,
    type: column.type,
    not_null: column.notNull || undefined,
    comment: column.comment,
    values: filled(detail?.labels?.slice(0, bounds.labels)),
  });
}

function filled<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function present(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
