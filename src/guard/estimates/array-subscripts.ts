// The subscripts of the elements of an array: '[60000000:60000000]={1}' has one element, and 60000000 is its place.

import type { Scope } from '../scope.ts';
import { literalText, nodeOf } from '../tree.ts';
import { argumentsOf, lastName } from '../tree-parts.ts';
import type { Estimates, Range } from './estimates.ts';
import { anything, between, hull } from './range-arithmetic.ts';

/** Functions that give arrays that count from 1. */
const fromOne: ReadonlySet<string> = new Set([
  ...['array_agg', 'string_to_array', 'regexp_split_to_array', 'regexp_match', 'regexp_matches', 'xpath'],
  ...[
    'array_positions',
    'parse_ident',
    'current_schemas',
    'tsvector_to_array',
    'akeys',
    'avals',
    'hstore_to_array',
  ],
  ...[
    'percentile_cont',
    'percentile_disc',
    'jsonb_to_array',
    'histogram_bounds',
    'array_sample',
    'array_sort',
  ],
]);
/** Functions that give the array of one of their arguments, changed or made longer. */
const likeArguments: ReadonlySet<string> = new Set([
  ...[
    'array_append',
    'array_prepend',
    'array_cat',
    'array_remove',
    'array_replace',
    'array_shuffle',
    'trim_array',
  ],
  ...['array_reverse', 'uniq', 'sort'],
]);

/** The subscripts that elements of the array may have, in any of its dimensions. */
export function subscriptsOf(array: unknown, scope: Scope | undefined, estimates: Estimates): Range {
  const alternatives = estimates.alternatives(array, scope);
  if (alternatives !== undefined) {
    return hull(
      alternatives.map(({ expression, scope: at }) =>
        expression === undefined ? between(0, 1) : estimates.subscripts(expression, at),
      ),
    );
  }
  const longest = between(0, estimates.bytes(array, scope));
  const cast = nodeOf(array, 'TypeCast');
  const text = estimates.text(cast === undefined ? array : cast['arg'], scope);
  if (text !== undefined) return text.trimStart().startsWith('[') ? boundsWritten(text) : longest;
  if (cast !== undefined) return estimates.subscripts(cast['arg'], scope);
  const isWritten = nodeOf(array, 'A_ArrayExpr') !== undefined || nodeOf(array, 'SubLink') !== undefined;
  if (isWritten) return longest;
  const operation = nodeOf(array, 'A_Expr');
  const call = nodeOf(array, 'FuncCall');
  const name = lastName(call?.['funcname']) ?? '';
  if (fromOne.has(name)) return longest;
  const joined =
    operation !== undefined && lastName(operation['name']) === '||'
      ? [operation['lexpr'], operation['rexpr']]
      : call !== undefined && likeArguments.has(name)
        ? argumentsOf(call)
        : undefined;
  // What is put before the first element moves it down, what is put behind the last moves on.
  if (joined !== undefined) return lengthened(joined, longest, scope, estimates);
  if (name === 'array_fill') {
    const [, lengths, first] = argumentsOf(call ?? {});
    const count = estimates.elementsFilled(lengths, scope);
    const from = first === undefined ? between(1, 1) : elementsOf(first, scope, estimates);
    return between(from.low, from.high + count);
  }
  return estimates.origin(array, scope).data ? longest : anything;
}

function lengthened(
  parts: readonly unknown[],
  longest: Range,
  scope: Scope | undefined,
  estimates: Estimates,
): Range {
  const isArray = (part: unknown) => nodeOf(part, 'A_Const') === undefined || literalText(part) !== undefined;
  const { low, high } = hull(parts.filter(isArray).map((part) => estimates.subscripts(part, scope)));
  return between(low - longest.high, high + longest.high);
}

function elementsOf(array: unknown, scope: Scope | undefined, estimates: Estimates): Range {
  return estimates.elementRange(
    { FuncCall: { funcname: [{ String: { sval: 'unnest' } }], args: [array] } },
    scope,
  );
}

// The prefix of an array literal, as in [2:4][0:1]={…} (manual, 8.15.6).
function boundsWritten(text: string): Range {
  const numbers = text.slice(0, text.indexOf('=')).match(/[-+]?\d+/g) ?? [];
  const [low, high] = [Math.min(...numbers.map(Number)), Math.max(...numbers.map(Number))];
  return Number.isFinite(low) ? between(low, high) : anything;
}
