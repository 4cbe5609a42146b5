// How big the results of the built-in functions are that make more than they get; all others give what they get, at most.

import type { Scope } from '../scope.ts';
import { literalText, nodeOf, type TreeNode } from '../tree.ts';
import { argumentsOf, lastName, namesColumn } from '../tree-parts.ts';
import { distinctValues, shareKept } from './conditions.ts';
import type { Estimates } from './estimates.ts';
import { buildsDocument, bytesOfDigits, bytesOfPower, isQuotedInDocument } from './quoted-texts.ts';

const unknownBytes = 64;
/** An element of an array of texts, at least. */
const bytesOfElement = 8;
/** Options of ts_headline that are no more than options. */
const bytesOfOptions = 1_000;

/** The product, where nothing times anything is nothing. */
export function times(left: number, right: number): number {
  return left === 0 || right === 0 ? 0 : left * right;
}

type Call = {
  readonly call: TreeNode;
  readonly args: readonly unknown[];
  readonly scope: Scope | undefined;
  readonly estimates: Estimates;
  readonly bytes: (position: number) => number;
  readonly all: () => number;
};
type Size = (call: Call) => number;

/**
 * A count that only constants decide is evaluated, or the worst is assumed. Columns are taken to ask for little; what a
 * parameter will ask for is not known here, so that it cannot be a count.
 */
export function countOf(
  expression: unknown,
  scope: Scope | undefined,
  estimates: Estimates,
  otherwise = 1,
): number {
  const { high } = estimates.range(expression, scope);
  if (high !== Number.POSITIVE_INFINITY) return Math.max(0, high);
  return estimates.origin(expression, scope).data ? otherwise : Number.POSITIVE_INFINITY;
}

const timesOf =
  (scale: number): Size =>
  ({ bytes }) =>
    scale * bytes(0);
const padded: Size = ({ args, scope, estimates }) =>
  Math.max(countOf(args[1], scope, estimates, unknownBytes), 1);
const replaced: Size = ({ args, bytes }) =>
  Math.max(bytes(0), times(bytes(0) / Math.max(1, literalText(args[1])?.length ?? 1), bytes(2)));

// A match may be empty, and the replacement may hold what was matched as \& or \1. Columns are taken for plain texts.
const replacedByPattern: Size = (call) => {
  const { args, bytes, scope, estimates } = call;
  if (estimates.origin(args[0], scope).data) return replaced(call);
  const flags = estimates.text(args[3], scope);
  const isOnce = args.length < 4 || (args.length === 4 && flags !== undefined && !flags.includes('g'));
  const written = estimates.text(args[2], scope);
  const references = written === undefined ? bytes(2) / 2 : (written.match(/\\[&\d]/g)?.length ?? 0);
  return bytes(0) + times(isOnce ? 1 : bytes(0) + 1, bytes(2)) + references * bytes(0);
};

/** Functions that give numbers, which may be long as texts and are no more than that. */
const numericSizes: ReadonlyMap<string, Size> = new Map<string, Size>([
  [
    'factorial',
    ({ args, scope, estimates }) => {
      const { high } = estimates.range(args[0], scope);
      return bytesOfDigits(high * Math.log10(Math.max(10, high)));
    },
  ],
  ...['power', 'pow'].map((name): [string, Size] => [
    name,
    ({ args, scope, estimates }) => bytesOfPower(args[0], args[1], scope, estimates),
  ]),
  ['exp', ({ args, scope, estimates }) => bytesOfDigits(estimates.range(args[0], scope).high / Math.LN10)],
  ...['round', 'trunc'].map((name): [string, Size] => [
    name,
    ({ args, bytes, scope, estimates }) =>
      Math.max(
        unknownBytes,
        bytes(0),
        args[1] === undefined ? 0 : bytesOfDigits(estimates.range(args[1], scope).high),
      ),
  ]),
]);

const sizes: ReadonlyMap<string, Size> = new Map<string, Size>([
  ['repeat', ({ args, bytes, scope, estimates }) => times(bytes(0), countOf(args[1], scope, estimates))],
  ['lpad', padded],
  ['rpad', padded],
  [
    'array_fill',
    ({ args, bytes, scope, estimates }) =>
      times(Math.max(8, bytes(0)), estimates.elementsFilled(args[1], scope)),
  ],
  ['format', formatted],
  ['replace', replaced],
  ['regexp_replace', replacedByPattern],
  ['array_replace', ({ bytes }) => Math.max(bytes(0), times(bytes(0) / bytesOfElement, bytes(2)))],
  ['array_to_string', ({ bytes }) => bytes(0) + times(bytes(0) / bytesOfElement, bytes(1) + bytes(2))],
  // concat_ws(',', VARIADIC array) puts the separator between elements.
  [
    'concat_ws',
    ({ call, args, bytes, all }) =>
      all() +
      times(call['func_variadic'] === true ? bytes(args.length - 1) / bytesOfElement : args.length, bytes(0)),
  ],
  ...['quote_literal', 'quote_ident', 'quote_nullable', 'encode', 'to_json', 'to_jsonb'].map(
    (name): [string, Size] => [name, timesOf(4)],
  ),
  ...[
    'regexp_split_to_array',
    'regexp_split_to_table',
    'regexp_count',
    'string_to_array',
    'string_to_table',
    'regexp_matches',
  ].map((name): [string, Size] => [name, timesOf(24)]),
  ['normalize', timesOf(6)],
  // polygon(number of points, circle)
  [
    'polygon',
    ({ args, bytes, scope, estimates }) =>
      args.length === 2 ? 16 * countOf(args[0], scope, estimates) : bytes(0),
  ],
  ...['gen_random_bytes', 'to_char'].map((name): [string, Size] => [
    name,
    ({ args, bytes, scope, estimates }) =>
      Math.max(name === 'to_char' ? 12 * bytes(1) : countOf(args[0], scope, estimates), unknownBytes),
  ]),
  [
    'ts_headline',
    ({ args, bytes, all }) =>
      bytes(args.length - 1) > bytesOfOptions ? times(bytes(args.length - 3), bytes(args.length - 1)) : all(),
  ],
  ['generate_series', () => bytesOfElement],
  ...numericSizes,
]);

const documentBuilders: readonly string[] = [
  ...['json_build_array', 'json_build_object', 'jsonb_build_array', 'jsonb_build_object', 'json_object'],
  ...['jsonb_object', 'row_to_json', 'array_to_json'],
];

/** Functions that may make much out of little; a call of another cannot be the first to pass a limit. */
export const growingFunctions: ReadonlySet<string> = new Set(
  [...sizes.keys(), ...documentBuilders, 'concat', 'array_cat', 'array_append'].filter(
    (name) => name !== 'generate_series' && name !== 'ts_headline' && !numericSizes.has(name),
  ),
);

/** Aggregates that keep every row in memory; percentile_cont and its kin sort on disk. */
export const collectingFunctions: ReadonlySet<string> = new Set([
  ...[
    'array_agg',
    'string_agg',
    'json_agg',
    'jsonb_agg',
    'json_agg_strict',
    'jsonb_agg_strict',
    'xmlagg',
    'range_agg',
  ],
  ...['json_object_agg', 'jsonb_object_agg', 'json_object_agg_strict', 'jsonb_object_agg_strict'],
  ...[
    'json_object_agg_unique',
    'jsonb_object_agg_unique',
    'json_object_agg_unique_strict',
    'jsonb_object_agg_unique_strict',
  ],
]);

export function bytesOfCall(call: TreeNode, scope: Scope | undefined, estimates: Estimates): number {
  const name = lastName(call['funcname']) ?? '';
  const args = argumentsOf(call);
  if (collectingFunctions.has(name)) return bytesCollected(call, args, call['agg_filter'], scope, estimates);
  const isDocument = buildsDocument(name);
  const bytes = (position: number): number => {
    const arg = args[position];
    if (arg === undefined) return 0;
    const isQuoted = isDocument && isQuotedInDocument(arg, scope, estimates);
    return (isQuoted ? 2 : 1) * estimates.bytes(arg, scope);
  };
  const all = (): number => args.reduce((total: number, _, position) => total + bytes(position), 0);
  return sizes.get(name)?.({ call, args, scope, estimates, bytes, all }) ?? Math.max(unknownBytes, all());
}

/** What an aggregate keeps of the rows of its SELECT. */
export function bytesCollected(
  call: TreeNode,
  args: readonly unknown[],
  filter: unknown,
  scope: Scope | undefined,
  estimates: Estimates,
): number {
  const isDistinct = call['agg_distinct'] === true && !args.every((arg) => isSeries(arg, scope, estimates));
  return times(
    rowsKept(filter, isDistinct ? args : undefined, scope, estimates),
    args.reduce((total: number, arg) => total + bytesKept(call, arg, scope, estimates), 0),
  );
}

// Of the rows of tables, a FILTER that names a column and DISTINCT leave nobody knows how many.
function rowsKept(
  filter: unknown,
  distinct: readonly unknown[] | undefined,
  scope: Scope | undefined,
  estimates: Estimates,
): number {
  if (scope === undefined) return 1;
  const isFiltered = namesColumn(filter);
  if ((isFiltered || distinct !== undefined) && estimates.readsTable(scope.select, scope)) return 1;
  const where = scope.select['whereClause'];
  const collected = estimates.rowsCollected(scope.select, scope);
  const share = isFiltered
    ? shareKept([where, filter], scope, estimates) / (shareKept([where], scope, estimates) || 1)
    : 1;
  const rows = Math.max(1, collected * share);
  return distinct === undefined ? rows : Math.min(rows, distinctValues(distinct, scope, estimates));
}

function bytesKept(call: TreeNode, arg: unknown, scope: Scope | undefined, estimates: Estimates): number {
  const isColumn = nodeOf(arg, 'ColumnRef') !== undefined;
  if (isColumn && estimates.origin(arg, scope).data) return bytesOfElement;
  const isDocument = buildsDocument(lastName(call['funcname']) ?? '');
  return (isDocument && isQuotedInDocument(arg, scope, estimates) ? 2 : 1) * estimates.bytes(arg, scope);
}

/** True for a column of generate_series as it is: each row has another value. */
export function isSeries(expression: unknown, scope: Scope | undefined, estimates: Estimates): boolean {
  if (nodeOf(expression, 'A_Const') !== undefined) return true;
  const isCall = lastName(nodeOf(expression, 'FuncCall')?.['funcname']) === 'generate_series';
  if (isCall || nodeOf(expression, 'ColumnRef') === undefined) return isCall;
  const sources = estimates.alternatives(expression, scope) ?? [];
  return sources.some(
    (source) =>
      source.kind !== 'data' &&
      lastName(nodeOf(source.expression, 'FuncCall')?.['funcname']) === 'generate_series',
  );
}

function formatted(call: Call): number {
  const { args, scope, estimates, all } = call;
  const template = estimates.text(args[0], scope);
  const templates =
    template === undefined
      ? (estimates.alternatives(args[0], scope) ?? []).map((each) =>
          estimates.text(each.expression, each.scope),
        )
      : [template];
  if (templates.length === 0 || templates.includes(undefined)) {
    return estimates.origin(args[0], scope).data ? all() : Number.POSITIVE_INFINITY;
  }
  return templates.reduce((most: number, each) => Math.max(most, formattedBy(each ?? '', call)), 0);
}

// format('%1000000s') pads to the width written, '%*s' to an argument, and '%1$s' takes an argument again (manual, "format").
function formattedBy(template: string, { args, scope, estimates, bytes }: Call): number {
  let next = 1;
  let total = template.length;
  for (const [, place, width = '', type] of template.matchAll(
    /%(?:(\d+)\$)?-?(\d+|\*(?:\d+\$)?)?([sIL%])/g,
  )) {
    if (type === '%') continue;
    if (width.startsWith('*')) {
      const given = width === '*' ? next++ : Number(width.slice(1, -1)) || args.length;
      total += args[given] === undefined ? 0 : widthOf(args[given], scope, estimates);
    } else total += Number(width);
    const taken = place === undefined ? next++ : Number(place);
    if (place !== undefined) next = taken + 1;
    // Quotes double those within.
    total += (type === 's' ? 1 : 2) * bytes(taken);
  }
  return total;
}

const minus = [{ String: { sval: '-' } }];

function widthOf(expression: unknown, scope: Scope | undefined, estimates: Estimates): number {
  // A negative width is one to the left.
  const negated = countOf({ A_Expr: { kind: 'AEXPR_OP', name: minus, rexpr: expression } }, scope, estimates);
  return Math.max(negated, countOf(expression, scope, estimates));
}
