// How long values become as text: numbers that are written short, and texts that are quoted with each level around them.

import type { Scope } from '../scope.ts';
import { asNode, nodeOf } from '../tree.ts';
import { lastName } from '../tree-parts.ts';
import type { Estimates } from './estimates.ts';

/** Most digits of a numeric, before and behind the point (manual, 8.1.2). */
const mostDigits = 131_072 + 16_383;
/** Fewest bytes that a number is taken for. */
const bytesOfNumber = 8;

/** Bytes of the text of a number of so many digits; what cannot be told is the longest there is. */
export function bytesOfDigits(digits: number): number {
  return Number.isNaN(digits) ? mostDigits : Math.max(bytesOfNumber, Math.min(mostDigits, digits));
}

/** Bytes of a number as Postgres writes it: 1e6 as 1000000. */
export function bytesOfNumberText(text: string): number {
  const [, exponent = '0'] = /e([-+]?\d+)$/i.exec(text.trim()) ?? [];
  return bytesOfDigits(text.length + Math.abs(Number(exponent)));
}

/** Bytes of `base` to the power of `exponent`, where both are numbers of constants. */
export function bytesOfPower(
  base: unknown,
  exponent: unknown,
  scope: Scope | undefined,
  estimates: Estimates,
): number {
  const [of, to] = [estimates.range(base, scope), estimates.range(exponent, scope)];
  const most = (range: { low: number; high: number }) => Math.max(Math.abs(range.low), Math.abs(range.high));
  return bytesOfDigits(most(to) * Math.log10(Math.max(10, most(of))));
}

/** Functions that give arrays and other values whose text quotes what they hold. */
const holding: ReadonlySet<string> = new Set([
  ...[
    'array_fill',
    'array_append',
    'array_prepend',
    'array_cat',
    'array_agg',
    'array_remove',
    'array_replace',
  ],
  ...['string_to_array', 'regexp_split_to_array', 'regexp_match', 'regexp_matches', 'hstore', 'trim_array'],
]);
/** Nodes that pass on what may be an array or a row. */
const passing: ReadonlySet<string> = new Set([
  ...['ColumnRef', 'SubLink', 'CaseExpr', 'CoalesceExpr', 'MinMaxExpr', 'A_Indirection', 'A_ArrayExpr'],
]);

/** True where the text of a value may quote the texts that it holds, so that their quotes and backslashes are doubled. */
export function mayQuote(expression: unknown, scope: Scope | undefined, estimates: Estimates): boolean {
  const [type = ''] = Object.keys(asNode(expression) ?? {});
  if (type === 'A_ArrayExpr') return true;
  const isHolding =
    passing.has(type) ||
    holding.has(lastName(nodeOf(expression, 'FuncCall')?.['funcname']) ?? '') ||
    lastName(nodeOf(expression, 'A_Expr')?.['name']) === '||';
  return isHolding && !isNumber(expression, scope, estimates);
}

/** True where a value is quoted as a text in a document: numbers are not, and a document within it stays as it is. */
export function isQuotedInDocument(
  expression: unknown,
  scope: Scope | undefined,
  estimates: Estimates,
): boolean {
  return !isDocument(expression) && !isNumber(expression, scope, estimates);
}

function isDocument(expression: unknown): boolean {
  const [type = ''] = Object.keys(asNode(expression) ?? {});
  const call = lastName(nodeOf(expression, 'FuncCall')?.['funcname']) ?? '';
  const cast = lastName(asNode(nodeOf(expression, 'TypeCast')?.['typeName'])?.['names']) ?? '';
  return type.startsWith('Json') || /^jsonb?$/.test(cast) || buildsDocument(call) || /^to_jsonb?$/.test(call);
}

/** True for functions that put texts in a document. */
export function buildsDocument(name: string): boolean {
  return /^jsonb?_(?:build_(?:array|object)|object|agg(?:_strict)?|object_agg\w*)$|^(?:row|array)_to_json$/.test(
    name,
  );
}

// Numbers and columns of tables have a range; texts of constants may be anything.
function isNumber(expression: unknown, scope: Scope | undefined, estimates: Estimates): boolean {
  return estimates.range(expression, scope).high !== Number.POSITIVE_INFINITY;
}
