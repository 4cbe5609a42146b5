// The ranges of built-in functions that give numbers or times; what is not here may be anything.

import type { Scope } from '../scope.ts';
import { asList, nodeOf, type TreeNode } from '../tree.ts';
import { argumentsOf, lastName } from '../tree-parts.ts';
import type { Estimates, Range } from './estimates.ts';
import {
  anything,
  atEnds,
  between,
  calculate,
  exactly,
  hull,
  magnitude,
  power,
  quotient,
  remainder,
} from './range-arithmetic.ts';
import { present, readSpan, readTime, secondsOfDate, secondsOfUnit, unitOfWord } from './time-literal.ts';
import { readByTemplate } from './time-template.ts';

type Arguments = {
  readonly call: TreeNode;
  readonly scope: Scope | undefined;
  readonly estimates: Estimates;
  readonly range: (position: number) => Range;
  readonly bytes: (position: number) => number;
};
type Evaluate = (args: Arguments) => Range;

const sameAs =
  (position: number): Evaluate =>
  ({ range }) =>
    range(position);
const upTo =
  (most: number): Evaluate =>
  () =>
    between(-most, most);
const upToBytes =
  (scale: number): Evaluate =>
  ({ bytes }) =>
    between(0, scale * bytes(0));
const rising =
  (apply: (value: number) => number): Evaluate =>
  ({ range }) =>
    atEnds(apply, range(0));
const factorial = (value: number): number => {
  let result = 1;
  for (let factor = 2; factor <= Math.min(value, 171); factor++) result *= factor;
  return result;
};
const rowCount: Evaluate = ({ scope, estimates }) =>
  scope === undefined ? between(0, 1) : between(0, estimates.rowsCollected(scope.select, scope));
const sumOf: Evaluate = ({ scope, estimates, range }) =>
  scope === undefined
    ? range(0)
    : calculate('*', between(0, estimates.rowsCollected(scope.select, scope)), range(0));
const subscripts: Evaluate = ({ call, scope, estimates }) =>
  estimates.subscripts(argumentsOf(call)[0], scope);
// lag(value, offset, default)
const shifted: Evaluate = ({ call, range }) =>
  asList(call['args']).length > 2 ? hull([range(0), range(2)]) : range(0);
const logarithm: Evaluate = ({ call, range }) => {
  const of = (value: Range): Range => atEnds((each) => Math.log(Math.max(leastNumber, each)), value);
  if (asList(call['args']).length < 2)
    return atEnds((each) => Math.log10(Math.max(leastNumber, each)), range(0));
  const base = of(range(0));
  return base.low <= 0 && base.high >= 0 ? anything : quotient(of(range(1)), base);
};
const moment: Evaluate = () => present('time');

/** Most digits behind the point of a numeric (manual, 8.1.2). */
const mostScale = 16_383;
/** Least positive double. */
const leastNumber = Number.MIN_VALUE;

/** Least and greatest of the fields of EXTRACT, by name; epoch and the like are not bounded. */
const fieldLimits: Readonly<Record<string, number>> = {
  century: 3_000,
  day: 31,
  decade: 30_000,
  dow: 6,
  doy: 366,
  hour: 24,
  isodow: 7,
  isoyear: 300_000,
  millennium: 300,
  minute: 59,
  month: 12,
  quarter: 4,
  second: 60,
  week: 53,
  timezone: 60_000,
  timezone_hour: 15,
  timezone_minute: 59,
  year: 300_000,
  milliseconds: 60_000,
  microseconds: 6e7,
};

/** What passes on a value of any type. */
const valueKeeping: ReadonlySet<string> = new Set([
  'max',
  'min',
  'first_value',
  'last_value',
  'lag',
  'lead',
  'any_value',
  'nth_value',
  'lower',
  'upper',
]);

const functions: ReadonlyMap<string, Evaluate> = new Map<string, Evaluate>([
  ...[
    'length',
    'char_length',
    'character_length',
    'octet_length',
    'cardinality',
    'array_length',
    'array_ndims',
    'nlevel',
    'strpos',
    'position',
    'pg_column_size',
    'json_array_length',
    'jsonb_array_length',
    'regexp_count',
  ].map((name): [string, Evaluate] => [name, upToBytes(1)]),
  ...['bit_length', 'bit_count'].map((name): [string, Evaluate] => [name, upToBytes(8)]),
  ...['array_upper', 'array_lower', 'array_position', 'generate_subscripts'].map(
    (name): [string, Evaluate] => [name, subscripts],
  ),
  ['ascii', upTo(0x10ffff)],
  ['get_byte', () => between(0, 255)],
  ['get_bit', () => between(0, 1)],
  ...['scale', 'min_scale'].map((name): [string, Evaluate] => [name, () => between(0, mostScale)]),
  ...[
    ...valueKeeping,
    'int2',
    'int4',
    'int8',
    'numeric',
    'float4',
    'float8',
    'avg',
    'justify_interval',
    'justify_days',
    'justify_hours',
  ].map((name): [string, Evaluate] => [name, sameAs(0)]),
  ...['lag', 'lead'].map((name): [string, Evaluate] => [name, shifted]),
  ['generate_series', ({ range }) => hull([range(0), range(1)])],
  ['timezone', ({ call, range }) => range(asList(call['args']).length - 1)],
  ...['int4', 'int8', 'num', 'date', 'ts', 'tstz'].map((name): [string, Evaluate] => [
    `${name}range`,
    ({ range }) => hull([range(0), range(1)]),
  ]),
  ['abs', ({ range }) => magnitude(range(0))],
  ['round', sameAs(0)],
  ['trunc', sameAs(0)],
  ['floor', rising(Math.floor)],
  ['ceil', rising(Math.ceil)],
  ['ceiling', rising(Math.ceil)],
  ['sqrt', rising((value) => Math.sqrt(Math.max(0, value)))],
  ['dsqrt', rising((value) => Math.sqrt(Math.max(0, value)))],
  ['cbrt', rising(Math.cbrt)],
  ['exp', rising(Math.exp)],
  ['ln', rising((value) => Math.log(Math.max(leastNumber, value)))],
  ...['log', 'log10'].map((name): [string, Evaluate] => [name, logarithm]),
  ['factorial', rising(factorial)],
  ['sign', upTo(1)],
  [
    'random',
    ({ call, range }) => (asList(call['args']).length === 2 ? hull([range(0), range(1)]) : between(0, 1)),
  ],
  ['pi', () => exactly(Math.PI)],
  ...['power', 'pow'].map((name): [string, Evaluate] => [name, ({ range }) => power(range(0), range(1))]),
  ['mod', ({ range }) => remainder(range(0), range(1))],
  ['div', ({ range }) => quotient(range(0), range(1))],
  ['width_bucket', ({ range }) => between(0, range(3).high + 1)],
  [
    'to_number',
    ({ estimates, call, scope }) => {
      const text = estimates.text(argumentsOf(call)[0], scope);
      return text === undefined ? anything : exactly(Number(text.replace(/[^\d.eE+-]/g, '')));
    },
  ],
  ['count', rowCount],
  ...['row_number', 'rank', 'dense_rank', 'ntile'].map((name): [string, Evaluate] => [name, rowCount]),
  ['sum', sumOf],
  ...['now', 'clock_timestamp', 'statement_timestamp', 'transaction_timestamp'].map(
    (name): [string, Evaluate] => [name, moment],
  ),
  ['to_timestamp', (args) => templated(args, 'time')],
  ['to_date', (args) => templated(args, 'date')],
  ...['make_date', 'make_timestamp', 'make_timestamptz'].map((name): [string, Evaluate] => [name, madeTime]),
  ['make_interval', madeSpan],
  ['date_trunc', sameAs(1)],
  [
    'date_bin',
    ({ range }) => ({ low: range(1).low - Math.abs(range(0).high), high: range(1).high, unit: 'time' }),
  ],
  ...['timestamptz', 'timestamp'].map((name): [string, Evaluate] => [
    name,
    ({ range }) => ({ ...range(0), unit: 'time' }),
  ]),
  ['date', ({ range }) => ({ ...range(0), unit: 'date' })],
  ...['extract', 'date_part'].map((name): [string, Evaluate] => [name, fieldOf]),
]);

/** The range of a call; `one` where data decide and nothing is known of the function. */
export function numberOfCall(call: TreeNode, scope: Scope | undefined, estimates: Estimates): Range {
  const args = argumentsOf(call);
  const evaluate = functions.get(lastName(call['funcname']) ?? '');
  const range = evaluate?.({
    call,
    scope,
    estimates,
    range: (position) => (args[position] === undefined ? anything : estimates.range(args[position], scope)),
    bytes: (position) => (args[position] === undefined ? 0 : estimates.bytes(args[position], scope)),
  });
  if (range !== undefined && range.high !== Number.POSITIVE_INFINITY) return range;
  return estimates.origin({ FuncCall: call }, scope).data ? exactly(1) : (range ?? anything);
}

function fieldOf({ call, estimates, scope, range }: Arguments): Range {
  const args = argumentsOf(call);
  const written = (estimates.text(args[0], scope) ?? '').trim().toLowerCase();
  const field = unitOfWord(written) ?? written;
  const text = estimates.text(args[1], scope);
  const value = text === undefined ? range(1) : (readSpan(text) ?? readTime(text, 'time') ?? anything);
  if (value.high === Number.POSITIVE_INFINITY || field === 'epoch') return between(value.low, value.high);
  // The days of an interval are not those of a month.
  if (value.unit === 'span') {
    const most = Math.max(Math.abs(value.low), Math.abs(value.high)) / (secondsOfUnit(field) ?? 1);
    return between(-most, most);
  }
  const limit = fieldLimits[field] ?? fieldLimits[`${field}s`];
  return limit === undefined ? anything : between(-limit, limit);
}

// to_timestamp(seconds), to_timestamp(text, template), to_date(text, template)
function templated({ call, estimates, scope, range }: Arguments, unit: 'date' | 'time'): Range {
  const [first, template] = argumentsOf(call);
  if (template === undefined) return { ...range(0), unit };
  const [text, form] = [estimates.text(first, scope), estimates.text(template, scope)];
  return text === undefined || form === undefined ? anything : (readByTemplate(text, form, unit) ?? anything);
}

function madeTime({ range }: Arguments): Range {
  const [year, month, day] = [range(0), range(1), range(2)];
  const seconds = (at: 'low' | 'high'): number => secondsOfDate(year[at], month[at], day[at]);
  const [low, high] = [seconds('low'), seconds('high')];
  return Number.isFinite(low) && Number.isFinite(high) ? { low, high, unit: 'time' } : anything;
}

const spanArguments = ['years', 'months', 'weeks', 'days', 'hours', 'mins', 'secs'];

function madeSpan({ call, estimates, scope }: Arguments): Range {
  let low = 0;
  let high = 0;
  for (const [position, argument] of asList(call['args']).entries()) {
    const named = nodeOf(argument, 'NamedArgExpr');
    const unit = secondsOfUnit(String(named?.['name'] ?? spanArguments[position])) ?? 1;
    const range = estimates.range(named?.['arg'] ?? argument, scope);
    low += unit * range.low;
    high += unit * range.high;
  }
  return { low, high, unit: 'span' };
}

/** True for a call of a function that is known to give a number or a time. */
export function givesNumber(call: TreeNode): boolean {
  const name = lastName(call['funcname']) ?? '';
  return functions.has(name) && !valueKeeping.has(name);
}
