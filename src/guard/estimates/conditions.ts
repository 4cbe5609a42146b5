// How many of the rows that constants make a condition leaves, where it compares a series; else it may leave all of them.

import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { lastName, namesColumn } from '../tree-parts.ts';
import type { Estimates } from './estimates.ts';

/** What conditions say of one call of generate_series: the ends that they leave, and each how-manieth. */
type Narrowed = {
  readonly step: number;
  readonly width: number;
  low: number;
  high: number;
  divisor: number;
  /** Joined to another series by `=`, so that one value of each is left for one of the other. */
  equal: TreeNode | undefined;
};

/** The call of generate_series that a column gives as it is, where it gives nothing else. */
export function seriesOf(
  expression: unknown,
  scope: Scope | undefined,
  estimates: Estimates,
): TreeNode | undefined {
  if (nodeOf(expression, 'ColumnRef') === undefined) return undefined;
  const [source, ...others] = estimates.alternatives(expression, scope) ?? [];
  const call = nodeOf(source?.expression, 'FuncCall');
  const isSeries = others.length === 0 && source?.kind === 'function';
  return isSeries && lastName(call?.['funcname']) === 'generate_series' ? call : undefined;
}

/** The share of the rows that is left, 1 at most; 0 where tables or parameters decide, of which nobody knows how many. */
export function shareKept(
  conditions: readonly unknown[],
  scope: Scope | undefined,
  estimates: Estimates,
): number {
  const series = new Map<TreeNode, Narrowed>();
  const waiting = conditions.filter(namesColumn);
  for (const condition of waiting) {
    const { data, parameter } = estimates.origin(condition, scope);
    if (data || parameter) return 0;
  }
  while (waiting.length > 0 && estimates.spend(1)) {
    const condition = waiting.pop();
    const both = nodeOf(condition, 'BoolExpr');
    if (both?.['boolop'] === 'AND_EXPR') for (const each of asList(both['args'])) waiting.push(each);
    const comparison = nodeOf(condition, 'A_Expr');
    if (comparison !== undefined) compare(comparison, series, scope, estimates);
  }
  return [...series].reduce((share, [call, narrowed]) => share * shareOf(call, narrowed, series), 1);
}

function shareOf(call: TreeNode, own: Narrowed, series: ReadonlyMap<TreeNode, Narrowed>): number {
  const share = ownShare(own);
  const other = own.equal === undefined ? undefined : series.get(own.equal);
  if (other === undefined) return share;
  // Of two that are equal, the first that was met counts for both.
  const isFirst = [...series.keys()].find((each) => each === call || each === own.equal) === call;
  const rows = Math.max(own.width / own.step, other.width / other.step) + 1;
  return isFirst ? Math.min(share, ownShare(other)) / rows : 1;
}

function ownShare({ step, width, low, high, divisor }: Narrowed): number {
  const left = Math.min(Math.max(0, high - low), width / divisor);
  const share = (left + step) / (width + step);
  return Number.isFinite(share) ? Math.min(1, share) : 1;
}

function narrowed(
  call: TreeNode,
  series: Map<TreeNode, Narrowed>,
  scope: Scope | undefined,
  estimates: Estimates,
): Narrowed {
  const known = series.get(call);
  if (known !== undefined) return known;
  const [first, last, by] = asList(call['args']);
  const [from, to] = [estimates.range(first, scope), estimates.range(last, scope)];
  const low = Math.min(from.low, to.low);
  const high = Math.max(from.high, to.high);
  const step = by === undefined ? 1 : Math.abs(estimates.range(by, scope).low) || 1;
  const found: Narrowed = { step, width: high - low, low, high, divisor: 1, equal: undefined };
  series.set(call, found);
  return found;
}

const mirrored: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=' };

function compare(
  comparison: TreeNode,
  series: Map<TreeNode, Narrowed>,
  scope: Scope | undefined,
  estimates: Estimates,
): void {
  const [left, right] = [comparison['lexpr'], comparison['rexpr']];
  const call = seriesOf(left, scope, estimates);
  if (comparison['kind'] === 'AEXPR_BETWEEN') {
    const [low, high] = asList(nodeOf(right, 'List')?.['items']);
    if (call === undefined || namesColumn(right)) return;
    bound(narrowed(call, series, scope, estimates), '>', estimates.range(low, scope));
    bound(narrowed(call, series, scope, estimates), '<', estimates.range(high, scope));
    return;
  }
  const operator = mirrored[lastName(comparison['name']) ?? ''];
  if (comparison['kind'] !== 'AEXPR_OP' || operator === undefined) return;
  const other = seriesOf(right, scope, estimates);
  if (call !== undefined && other !== undefined) {
    if (operator === '=') join(call, other, series, scope, estimates);
  } else if (call !== undefined && !namesColumn(right)) {
    bound(narrowed(call, series, scope, estimates), mirrored[operator] ?? '', estimates.range(right, scope));
  } else if (other !== undefined && !namesColumn(left)) {
    bound(narrowed(other, series, scope, estimates), operator, estimates.range(left, scope));
  } else divide(left, right, series, scope, estimates);
}

function bound(of: Narrowed, operator: string, { low, high }: { low: number; high: number }): void {
  if (operator !== '<' && operator !== '<=') of.low = Math.max(of.low, low);
  if (operator !== '>' && operator !== '>=') of.high = Math.min(of.high, high);
}

// Two that are joined already say no more.
function join(
  left: TreeNode,
  right: TreeNode,
  series: Map<TreeNode, Narrowed>,
  scope: Scope | undefined,
  estimates: Estimates,
): void {
  const [one, other] = [narrowed(left, series, scope, estimates), narrowed(right, series, scope, estimates)];
  if (left === right || one.equal !== undefined || other.equal !== undefined) return;
  one.equal = right;
  other.equal = left;
}

// n % 5 = 0 leaves every fifth.
function divide(
  left: unknown,
  right: unknown,
  series: Map<TreeNode, Narrowed>,
  scope: Scope | undefined,
  estimates: Estimates,
): void {
  const remainder = nodeOf(left, 'A_Expr');
  const call = seriesOf(remainder?.['lexpr'], scope, estimates);
  const isRemainder = lastName(remainder?.['name']) === '%' && !namesColumn(remainder?.['rexpr']);
  if (call === undefined || !isRemainder || namesColumn(right)) return;
  const by = estimates.range(remainder?.['rexpr'], scope);
  const of = narrowed(call, series, scope, estimates);
  if (of.step === 1) of.divisor = Math.max(of.divisor, Math.floor(by.low));
}

/** Values that rows can differ in: those of whole numbers between two ends, and of conditions. */
export function distinctValues(
  expressions: readonly unknown[],
  scope: Scope | undefined,
  estimates: Estimates,
): number {
  return expressions.reduce((total: number, each) => total * valuesOf(each, scope, estimates), 1);
}

const conditions: ReadonlySet<string> = new Set(['BoolExpr', 'NullTest', 'BooleanTest']);
const comparisons: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '=', '<>']);

function valuesOf(expression: unknown, scope: Scope | undefined, estimates: Estimates): number {
  const [type = ''] = Object.keys(asNode(expression) ?? {});
  const operation = nodeOf(expression, 'A_Expr');
  if (conditions.has(type) || comparisons.has(lastName(operation?.['name']) ?? '')) return 3;
  if (!isWhole(expression, scope, estimates)) return Number.POSITIVE_INFINITY;
  const { low, high } = estimates.range(expression, scope);
  return high - low + 1;
}

const wholeTypes: ReadonlySet<string> = new Set(['int2', 'int4', 'int8']);
const wholeOperators: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%']);

function isWhole(expression: unknown, scope: Scope | undefined, estimates: Estimates): boolean {
  if (!estimates.spend(1)) return false;
  const constant = nodeOf(expression, 'A_Const');
  if (constant !== undefined) return constant['ival'] !== undefined || constant['isnull'] === true;
  const cast = nodeOf(expression, 'TypeCast');
  if (cast !== undefined) return wholeTypes.has(lastName(asNode(cast['typeName'])?.['names']) ?? '');
  const operation = nodeOf(expression, 'A_Expr');
  if (operation !== undefined) {
    const sides = [operation['lexpr'], operation['rexpr']].filter((side) => side !== undefined);
    const isKept = wholeOperators.has(lastName(operation['name']) ?? '');
    return isKept && sides.every((side) => isWhole(side, scope, estimates));
  }
  const call = seriesOf(expression, scope, estimates);
  return call !== undefined && asList(call['args']).every((arg) => isWhole(arg, scope, estimates));
}
