// Evaluates expressions of constants to the range of numbers or times that they may come to; columns of tables count as 1.

import type { Scope } from '../scope.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from '../tree.ts';
import { lastName } from '../tree-parts.ts';
import { bitsIn, fittedBits, lastBits, numberOfBits } from './bit-strings.ts';
import type { Estimates, Range, Source } from './estimates.ts';
import { arrayWords } from './expression-sources.ts';
import { numbersInDocument, rangeOfJsonValue, takingOperators } from './json-numbers.ts';
import { numberOfCall } from './number-functions.ts';
import { anything, between, calculate, exactly, hull } from './range-arithmetic.ts';
import { present, readSpan, readTime } from './time-literal.ts';

/** What a column of a table is taken for. */
const one = exactly(1);

export function rangeOf(expression: unknown, scope: Scope | undefined, estimates: Estimates): Range {
  if (Array.isArray(expression)) {
    return hull((expression as readonly Source[]).map((source) => rangeOfSource(source, estimates)));
  }
  const constant = nodeOf(expression, 'A_Const');
  if (constant !== undefined) return rangeOfConstant(constant);
  const alternatives = estimates.alternatives(expression, scope);
  if (alternatives !== undefined) {
    // What a name stands for is one list wherever the name stands, and is looked at once.
    const column = nodeOf(expression, 'ColumnRef');
    if (column !== undefined)
      return clamp(estimates.range(alternatives, undefined), column, scope, estimates);
    const ranges = alternatives.map((source) => rangeOfSource(source, estimates));
    const chosen = nodeOf(expression, 'MinMaxExpr')?.['op'];
    return chosen === undefined ? hull(ranges) : extreme(ranges, chosen === 'IS_LEAST');
  }
  const cast = nodeOf(expression, 'TypeCast');
  if (cast !== undefined) return rangeOfCast(cast, scope, estimates);
  const call = nodeOf(expression, 'FuncCall');
  if (call !== undefined) return numberOfCall(call, scope, estimates);
  const operation = nodeOf(expression, 'A_Expr');
  if (operation !== undefined) return rangeOfOperation(operation, scope, estimates);
  const taken = nodeOf(expression, 'JsonFuncExpr');
  if (taken !== undefined) return rangeOfTaken(taken, scope, estimates);
  const moment = nodeOf(expression, 'SQLValueFunction')?.['op'];
  return typeof moment === 'string' && /DATE|TIME/.test(moment)
    ? present(moment.includes('DATE') ? 'date' : 'time')
    : anything;
}

function rangeOfSource(source: Source, estimates: Estimates): Range {
  if (source.kind === 'data') return one;
  return source.kind === 'expression'
    ? estimates.range(source.expression, source.scope)
    : estimates.elementRange(source.expression, source.scope);
}

/** The range of the rows that a function in FROM gives. */
export function rangeOfRows(item: unknown, scope: Scope | undefined, estimates: Estimates): Range {
  const call = nodeOf(item, 'FuncCall');
  const args = asList(call?.['args']);
  const name = lastName(call?.['funcname']);
  if (name === 'generate_series') return hull(args.slice(0, 2).map((arg) => estimates.range(arg, scope)));
  if (name === 'unnest') return rangeOfElements(args[0], scope, estimates);
  if (name === 'generate_subscripts') return estimates.subscripts(args[0], scope);
  return estimates.origin(item, scope).data ? one : anything;
}

function rangeOfElements(array: unknown, scope: Scope | undefined, estimates: Estimates): Range {
  const words = arrayWords(array);
  if (words !== undefined) return hull(words.map((word) => exactly(Number(word))));
  const held = estimates.alternatives({ A_Indirection: { arg: array } }, scope) ?? [];
  return hull(held.map((each) => (each.expression === array ? anything : rangeOfSource(each, estimates))));
}

function rangeOfConstant(constant: TreeNode): Range {
  const integer = asNode(constant['ival']);
  if (integer !== undefined) return exactly(Number(integer['ival'] ?? 0));
  const bits = asNode(constant['bsval'])?.['bsval'];
  if (typeof bits === 'string') return numberOfBits(bitsIn(bits) ?? '');
  const text = asNode(constant['fval'])?.['fval'] ?? asNode(constant['sval'])?.['sval'];
  return typeof text === 'string' ? rangeOfText(text) : constant['isnull'] === true ? exactly(0) : anything;
}

// A literal takes its type from where it stands; here it is told by its form.
function rangeOfText(text: string): Range {
  if (text.length > 400) return anything;
  const number = text.trim() === '' ? Number.NaN : Number(text.replaceAll('_', ''));
  if (!Number.isNaN(number)) return exactly(number);
  return readTime(text, 'time') ?? readSpan(text) ?? anything;
}

const timeTypes: Readonly<Record<string, 'date' | 'time' | 'span'>> = {
  date: 'date',
  timestamp: 'time',
  timestamptz: 'time',
  interval: 'span',
};

function rangeOfCast(cast: TreeNode, scope: Scope | undefined, estimates: Estimates): Range {
  const type = asNode(cast['typeName']);
  const unit = timeTypes[lastName(type?.['names']) ?? ''];
  const text = estimates.text(cast['arg'], scope);
  if (unit === 'span' && text !== undefined) {
    const mask = estimates.range(asList(type?.['typmods'])[0], scope).low;
    return readSpan(text, mask) ?? anything;
  }
  if (unit !== undefined && unit !== 'span' && text !== undefined) return readTime(text, unit) ?? anything;
  const name = lastName(type?.['names']);
  if (name === 'bit' || name === 'varbit') return rangeOfBits(cast, scope, estimates);
  if (name?.endsWith('range') === true && text !== undefined) return rangeOfBounds(text);
  const range = text === undefined ? estimates.range(cast['arg'], scope) : rangeOfText(text);
  if (unit === undefined) return name === 'bool' ? between(0, 1) : range;
  return range.unit === undefined ? { ...range, unit } : { ...range, unit };
}

function rangeOfBits(cast: TreeNode, scope: Scope | undefined, estimates: Estimates): Range {
  const type = asNode(cast['typeName']);
  const [written] = asList(type?.['typmods']);
  const isVarying = lastName(type?.['names']) === 'varbit';
  const length = written === undefined ? (isVarying ? undefined : 1) : estimates.range(written, scope).high;
  const constant = asNode(nodeOf(cast['arg'], 'A_Const')?.['bsval'])?.['bsval'];
  const text = typeof constant === 'string' ? constant : estimates.text(cast['arg'], scope);
  const bits = nodeOf(cast['arg'], 'A_Const')?.['ival'] === undefined ? bitsIn(text ?? '?') : undefined;
  if (bits === undefined) {
    const value = estimates.range(cast['arg'], scope);
    return length === undefined ? value : lastBits(value, length);
  }
  const fitted = isVarying ? bits.slice(0, length) : fittedBits(bits, length ?? bits.length);
  return numberOfBits(fitted);
}

function rangeOfTaken(node: TreeNode, scope: Scope | undefined, estimates: Estimates): Range {
  const range = rangeOfJsonValue(node, scope, estimates);
  return range === anything && estimates.origin({ JsonFuncExpr: node }, scope).data ? one : range;
}

// The bounds of a range that is written out, as '[1,5)'; what is left out is endless.
function rangeOfBounds(text: string): Range {
  const [, low = '', high = ''] = /^\s*[[(]([^,]*),([^,]*)[\])]\s*$/.exec(text) ?? [];
  const bare = [low, high].map((each) => rangeOfText(each.replaceAll('"', '')));
  return bare.includes(anything) ? anything : hull(bare);
}

function rangeOfOperation(operation: TreeNode, scope: Scope | undefined, estimates: Estimates): Range {
  const name = lastName(operation['name']) ?? '';
  if (takingOperators.has(name)) {
    const taken = numbersInDocument(operation['lexpr'], scope, estimates);
    return taken === anything && estimates.origin({ A_Expr: operation }, scope).data ? one : taken;
  }
  const right = estimates.range(operation['rexpr'], scope);
  if (operation['lexpr'] === undefined) return calculate(name, undefined, right);
  const left = estimates.range(operation['lexpr'], scope);
  // What columns divide may come to anything, and most often to little.
  if (name === '/' && estimates.origin(operation['rexpr'], scope).data) return one;
  const range = calculate(name, left, right);
  return range === anything && estimates.origin({ A_Expr: operation }, scope).data ? one : range;
}

function extreme(ranges: readonly Range[], isLeast: boolean): Range {
  const pick = isLeast ? Math.min : Math.max;
  return {
    low: pick(...ranges.map(({ low }) => low)),
    high: pick(...ranges.map(({ high }) => high)),
    unit: ranges[0]?.unit,
  };
}

// WHERE n < 10 bounds n; so counting columns of WITH RECURSIVE come to an end.
function clamp(range: Range, column: TreeNode, scope: Scope | undefined, estimates: Estimates): Range {
  if (range.high !== Number.POSITIVE_INFINITY || scope === undefined) return range;
  const bounds = estimates.upperBounds(scope.select, scope);
  const [alias, name] = nameOfColumn(column);
  const high =
    alias === undefined ? bounds.get(anyItem + name) : (bounds.get(alias + name) ?? bounds.get(name));
  return high === undefined ? range : { ...range, high };
}

/** Before the name of a column: where one is named without its item, it is the only one of that name. */
const anyItem = '*\0';

/** The item that a column is named with, if any, and the column; `item\0` and `column` make a key of bounds. */
function nameOfColumn(column: TreeNode): readonly [item: string | undefined, column: string] {
  const [name = '', item] = nameParts(column['fields']).toReversed();
  return [item === undefined ? undefined : `${item}\0`, name];
}

/** What WHERE says that columns are at most, by `item\0column`, or `column` where the item is not named. */
export function upperBoundsOf(
  select: TreeNode,
  scope: Scope,
  estimates: Estimates,
): ReadonlyMap<string, number> {
  const bounds = new Map<string, number>();
  const bound = (column: unknown, by: unknown): void => {
    const reference = nodeOf(column, 'ColumnRef');
    if (reference === undefined) return;
    const [item = '', name] = nameOfColumn(reference);
    const { high } = estimates.range(by, scope);
    for (const key of [item + name, anyItem + name]) bounds.set(key, Math.min(bounds.get(key) ?? high, high));
  };
  const waiting: unknown[] = [select['whereClause']];
  while (waiting.length > 0) {
    const condition = waiting.pop();
    const both = nodeOf(condition, 'BoolExpr');
    if (both?.['boolop'] === 'AND_EXPR') for (const arg of asList(both['args'])) waiting.push(arg);
    const comparison = nodeOf(condition, 'A_Expr');
    const name = lastName(comparison?.['name']) ?? '';
    if (comparison === undefined || comparison['kind'] !== 'AEXPR_OP') continue;
    if (['<', '<=', '='].includes(name)) bound(comparison['lexpr'], comparison['rexpr']);
    if (['>', '>=', '='].includes(name)) bound(comparison['rexpr'], comparison['lexpr']);
  }
  return bounds;
}
