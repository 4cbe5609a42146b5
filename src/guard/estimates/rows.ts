// Estimates how many rows constants alone make; a guess that errs low where data decide.

import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { findAll, lastName, namesColumn } from '../tree-parts.ts';
import { distinctValues, seriesOf, shareKept } from './conditions.ts';
import type { Estimates } from './estimates.ts';
import { scopeOf } from './estimates.ts';
import { collectingFunctions, isSeries, times } from './growing-functions.ts';
import type { Names } from './name-sources.ts';

/** Most joins within each other that are followed; nobody writes as many. */
const maxJoins = 500;

/** What row estimates rest on. */
export type RowContext = { readonly estimates: Estimates; readonly names: Names };

/** Rows that FROM gives; of those of tables a WHERE that names a column leaves nobody knows how many. */
export function rowsCollectedBy(select: TreeNode, scope: Scope, context: RowContext): number {
  const { estimates } = context;
  const isFiltered = namesColumn(select['whereClause']);
  if (isFiltered && estimates.readsTable(select, scope)) return 1;
  const rows = product(asList(select['fromClause']), (item) => rowsOfItem(item, scope, context));
  return isFiltered ? kept(rows, [select['whereClause']], scope, estimates) : rows;
}

function kept(rows: number, conditions: readonly unknown[], scope: Scope, estimates: Estimates): number {
  const share = shareKept(conditions, scope, estimates);
  return share === 0 ? 1 : Math.max(1, rows * share);
}

/** Rows that a SELECT gives its reader. */
export function rowsOfSelect(select: TreeNode, outer: Scope | undefined, context: RowContext): number {
  const { estimates } = context;
  const scope = scopeOf(select, outer);
  const rows = rowsBeforeLimit(select, scope, context);
  if (select['limitCount'] === undefined || rows <= 1) return rows;
  const { high } = estimates.range(select['limitCount'], scope);
  const isNone = nodeOf(select['limitCount'], 'A_Const')?.['isnull'] === true;
  return isNone ? rows : Math.min(rows, Math.max(0, high));
}

function rowsBeforeLimit(select: TreeNode, scope: Scope, context: RowContext): number {
  const { estimates } = context;
  const left = asNode(select['larg']);
  const right = asNode(select['rarg']);
  if (left !== undefined && right !== undefined) return rowsOfBoth(select, left, right, scope, context);
  const values = asList(select['valuesLists']).length;
  if (values > 0) return values;
  const targets = asList(select['targetList']).map((target) => nodeOf(target, 'ResTarget')?.['val']);
  const isGrouped = 'groupClause' in select;
  const isDistinct =
    'distinctClause' in select && !targets.some((target) => isSeries(target, scope, estimates));
  const isFolded = !isGrouped && ('havingClause' in select || targets.some(holdsAggregate));
  if (isFolded) return 1;
  if ((isGrouped || isDistinct) && estimates.readsTable(select, scope)) return 1;
  const series = targets.flatMap((target) => setsIn(target).map((call) => rowsOfCall(call, scope, context)));
  const rows = times(estimates.rowsCollected(select, scope), Math.max(1, ...series));
  const different = isGrouped ? groupedBy(select, targets) : isDistinct ? targets : undefined;
  return different === undefined ? rows : Math.min(rows, distinctValues(different, scope, estimates));
}

// GROUP BY 1 and GROUP BY name may mean what is selected.
function groupedBy(select: TreeNode, targets: readonly unknown[]): readonly unknown[] {
  return asList(select['groupClause']).map((each) => {
    const place = asNode(nodeOf(each, 'A_Const')?.['ival'])?.['ival'];
    const name = lastName(nodeOf(each, 'ColumnRef')?.['fields']);
    const named = asList(select['targetList'])
      .map((target) => nodeOf(target, 'ResTarget'))
      .find((target) => name !== undefined && target?.['name'] === name);
    return typeof place === 'number' ? targets[place - 1] : (named?.['val'] ?? each);
  });
}

function rowsOfBoth(
  select: TreeNode,
  left: TreeNode,
  right: TreeNode,
  scope: Scope,
  { estimates }: RowContext,
): number {
  const [above, below] = [estimates.rows(left, scope), estimates.rows(right, scope)];
  if (select['op'] === 'SETOP_INTERSECT') return Math.min(above, below);
  if (select['op'] === 'SETOP_EXCEPT') return above;
  return select['all'] === true ? above + below : Math.max(above, below);
}

function product(list: readonly unknown[], rows: (item: unknown) => number): number {
  return list.reduce((total: number, item) => times(total, rows(item)), 1);
}

function rowsOfItem(item: unknown, scope: Scope, context: RowContext, depth = 0): number {
  const { estimates, names } = context;
  const subquery = nodeOf(nodeOf(item, 'RangeSubselect')?.['subquery'], 'SelectStmt');
  if (subquery !== undefined) return estimates.rows(subquery, scope);
  const relation = nodeOf(item, 'RangeVar');
  if (relation !== undefined) {
    const cte = names.cteOf(relation, scope);
    return cte === undefined ? 1 : estimates.rows(cte.select, cte.scope);
  }
  const join = nodeOf(item, 'JoinExpr');
  if (join !== undefined) {
    return depth > maxJoins ? Number.POSITIVE_INFINITY : rowsOfJoin(join, scope, context, depth + 1);
  }
  const node = nodeOf(item, 'RangeFunction');
  if (node === undefined) return 1;
  const calls = asList(node['functions']).map((each) =>
    nodeOf(asList(nodeOf(each, 'List')?.['items'])[0], 'FuncCall'),
  );
  const within = names.ofArguments(node, scope);
  return Math.max(1, ...calls.map((call) => rowsOfCall(call, within, context)));
}

// An outer join gives each row of its outer side at least.
function rowsOfJoin(join: TreeNode, scope: Scope, context: RowContext, depth: number): number {
  const left = rowsOfItem(join['larg'], scope, context, depth);
  const right = rowsOfItem(join['rarg'], scope, context, depth);
  const isMatched =
    join['usingClause'] !== undefined || join['isNatural'] === true || namesColumn(join['quals']);
  if (!isMatched) return times(left, right);
  if (!context.estimates.readsTable(scope.select, scope))
    return rowsMatched(join, left, right, scope, context);
  switch (join['jointype']) {
    case 'JOIN_LEFT':
      return left;
    case 'JOIN_RIGHT':
      return right;
    case 'JOIN_FULL':
      return Math.max(left, right);
    default:
      return 1;
  }
}

// Where no table is read, a condition leaves what it can be told to leave.
function rowsMatched(
  join: TreeNode,
  left: number,
  right: number,
  scope: Scope,
  { estimates }: RowContext,
): number {
  const [column] = asList(join['usingClause']);
  const isSeriesOf = (side: unknown): boolean =>
    column !== undefined &&
    seriesOf({ ColumnRef: { fields: [column] } }, scopeOf({ fromClause: [side] }, scope), estimates) !==
      undefined;
  const most = Math.min(
    times(left, right),
    isSeriesOf(join['rarg']) ? left : Number.POSITIVE_INFINITY,
    isSeriesOf(join['larg']) ? right : Number.POSITIVE_INFINITY,
  );
  const inner = join['quals'] === undefined ? most : kept(most, [join['quals']], scope, estimates);
  const outer =
    { JOIN_LEFT: left, JOIN_RIGHT: right, JOIN_FULL: left + right }[String(join['jointype'])] ?? 0;
  return Math.max(inner, outer);
}

/** Functions that give rows, and the fewest bytes of their argument that a row takes. */
const setFunctions: ReadonlyMap<string, number> = new Map([
  ['generate_series', 0],
  ['unnest', 8],
  ['generate_subscripts', 8],
  ...[
    'jsonb_array_elements',
    'json_array_elements',
    'jsonb_array_elements_text',
    'json_array_elements_text',
  ].map((name): [string, number] => [name, 2]),
  ...['jsonb_each', 'json_each', 'jsonb_object_keys', 'json_object_keys'].map((name): [string, number] => [
    name,
    6,
  ]),
  ...['string_to_table', 'regexp_split_to_table', 'regexp_matches', 'ts_parse'].map(
    (name): [string, number] => [name, 1],
  ),
]);

function setsIn(target: unknown): TreeNode[] {
  return findAll(target, (value) => {
    const call = nodeOf(value, 'FuncCall');
    return call !== undefined && setFunctions.has(lastName(call['funcname']) ?? '') ? call : undefined;
  });
}

function rowsOfCall(call: TreeNode | undefined, scope: Scope, { estimates }: RowContext): number {
  const name = lastName(call?.['funcname']) ?? '';
  const bytesOfRow = setFunctions.get(name);
  if (call === undefined || bytesOfRow === undefined) return 1;
  if (bytesOfRow > 0)
    return Math.max(
      1,
      estimates.bytes(asList(call['args'])[name === 'ts_parse' ? 1 : 0], scope) / bytesOfRow,
    );
  const [first, last, by] = asList(call['args']);
  const [from, to] = [estimates.range(first, scope), estimates.range(last, scope)];
  const step = by === undefined ? { low: 1, high: 1 } : estimates.range(by, scope);
  const origin = estimates.origin({ FuncCall: call }, scope);
  // Times of tables against constant times tell nothing of how far they lie apart.
  if (origin.data && (from.unit ?? to.unit ?? step.unit) !== undefined) return 1;
  const least =
    step.low <= 0 && step.high >= 0
      ? Math.abs(step.low === step.high ? step.low : 1)
      : Math.min(Math.abs(step.low), Math.abs(step.high));
  const rows = Math.max(Math.abs(to.high - from.low), Math.abs(from.high - to.low)) / least + 1;
  if (Number.isFinite(rows)) return Math.max(1, rows);
  return origin.data || origin.parameter || least === 0 ? 1 : Number.POSITIVE_INFINITY;
}

const folding: ReadonlySet<string> = new Set([
  ...collectingFunctions,
  ...[
    'count',
    'sum',
    'avg',
    'min',
    'max',
    'bool_and',
    'bool_or',
    'every',
    'any_value',
    'stddev',
    'variance',
    'mode',
  ],
  ...['percentile_cont', 'percentile_disc', 'bit_and', 'bit_or', 'corr'],
]);

function holdsAggregate(target: unknown): boolean {
  const found = findAll(target, (value) => {
    const call = nodeOf(value, 'FuncCall');
    const folds =
      call !== undefined && call['over'] === undefined && folding.has(lastName(call['funcname']) ?? '');
    return folds || 'JsonArrayAgg' in value || 'JsonObjectAgg' in value ? true : undefined;
  });
  return found.length > 0;
}
