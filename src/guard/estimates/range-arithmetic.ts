// Arithmetic of Postgres on ranges of numbers and times, outward where it is not exact; it reads no expression.
import type { Range } from './estimates.ts';

export const anything: Range = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
const secondsOfDay = 86_400;

/** One number. */
export function exactly(value: number): Range {
  return Number.isNaN(value) ? anything : { low: value, high: value };
}

export function between(low: number, high: number): Range {
  return { low, high };
}

/** The least range that holds all of these. */
export function hull(ranges: readonly Range[]): Range {
  if (ranges.length === 0) return anything;
  let { low, high } = anything;
  [low, high] = [high, low];
  for (const range of ranges) {
    low = Math.min(low, range.low);
    high = Math.max(high, range.high);
  }
  return { low, high, unit: ranges[0]?.unit };
}

/** The image of a function that has its extremes at the ends of ranges. */
export function atEnds(apply: (...values: number[]) => number, ...ranges: readonly Range[]): Range {
  let values: number[][] = [[]];
  for (const { low, high } of ranges)
    values = values.flatMap((sofar) => [
      [...sofar, low],
      [...sofar, high],
    ]);
  const results = values.map((each) => apply(...each));
  if (results.some((each) => Number.isNaN(each))) return anything;
  return { low: Math.min(...results), high: Math.max(...results) };
}

/** The range of `left operator right`; a missing left side is that of a sign. */
export function calculate(operator: string, left: Range | undefined, right: Range): Range {
  if (left === undefined) {
    if (operator === '-') return { low: -right.high, high: -right.low, unit: right.unit };
    if (operator === '+') return right;
    if (operator === '|/') return atEnds((value) => Math.sqrt(Math.max(0, value)), right);
    return operator === '@' || operator === '!!' ? magnitude(right) : anything;
  }
  switch (operator) {
    case '+':
      return shift(left, right, 1);
    case '-':
      return shift(left, right, -1);
    case '*':
      return { ...atEnds(product, left, right), unit: left.unit ?? right.unit };
    case '/':
      return { ...quotient(left, right), unit: left.unit };
    case '%':
      return remainder(left, right);
    case '^':
      return power(left, right);
    case '<<':
      return atEnds((value, bits) => product(value, 2 ** bits), left, right);
    case '>>':
      return atEnds((value, bits) => value / 2 ** bits, left, right);
    case '&':
    case '|':
    case '#':
      return bits(operator, left, right);
    default:
      return anything;
  }
}

const product = (left: number, right: number): number => (left === 0 || right === 0 ? 0 : left * right);

// date ± integer counts days, date - date gives days; a time shifted by an interval stays a time (manual, 9.9).
function shift(left: Range, right: Range, sign: 1 | -1): Range {
  const isDays =
    (left.unit === 'date' && right.unit === undefined) || (right.unit === 'date' && left.unit === undefined);
  const scale = (range: Range): number => (isDays && range.unit === undefined ? secondsOfDay : 1);
  const [a, b] = [scale(left), scale(right) * sign];
  const ends = [b * right.low, b * right.high];
  const low = a * left.low + Math.min(...ends);
  const high = a * left.high + Math.max(...ends);
  if (Number.isNaN(low) || Number.isNaN(high)) return anything;
  if (sign === -1 && left.unit === 'date' && right.unit === 'date') {
    return { low: low / secondsOfDay, high: high / secondsOfDay };
  }
  if (sign === -1 && left.unit !== undefined && right.unit !== 'span' && right.unit !== undefined) {
    return { low, high, unit: 'span' };
  }
  const isTime =
    [left.unit, right.unit].includes('span') && left.unit !== right.unit && left.unit !== undefined;
  return { low, high, unit: isTime ? 'time' : (left.unit ?? right.unit) };
}

/** left / right; where the divisor may be zero, no more than dividing by one gives, or by the end that is nearer to zero. */
export function quotient(left: Range, right: Range): Range {
  if (right.low > 0 || right.high < 0)
    return atEnds((value, by) => (Number.isFinite(by) ? value / by : 0), left, right);
  const ends = [Math.abs(right.low), Math.abs(right.high)].filter((end) => end > 0);
  const most = Math.max(Math.abs(left.low), Math.abs(left.high)) / Math.min(1, ...ends);
  return between(-most, most);
}

export function remainder(left: Range, right: Range): Range {
  if (left.low === left.high && right.low === right.high) return exactly(left.low % right.low);
  const most = Math.max(Math.abs(right.low), Math.abs(right.high));
  return between(left.low >= 0 ? 0 : -most, Math.min(most, Math.max(left.high, 0)));
}

export function power(left: Range, right: Range): Range {
  return left.low < 0 && left.high > 0
    ? hull([
        atEnds((base, to) => base ** to, between(0, left.high), right),
        atEnds((base, to) => -(base ** to), between(0, -left.low), right),
      ])
    : atEnds((base, to) => base ** to, left, right);
}

export function magnitude(range: Range): Range {
  const most = Math.max(Math.abs(range.low), Math.abs(range.high));
  const least = range.low <= 0 && range.high >= 0 ? 0 : Math.min(Math.abs(range.low), Math.abs(range.high));
  return { low: least, high: most, unit: range.unit };
}

function bits(operator: '&' | '|' | '#', left: Range, right: Range): Range {
  const isExact =
    left.low === left.high &&
    right.low === right.high &&
    Number.isSafeInteger(left.low) &&
    Number.isSafeInteger(right.low);
  if (isExact) {
    const [a, b] = [BigInt(left.low), BigInt(right.low)];
    return exactly(Number(operator === '&' ? a & b : operator === '|' ? a | b : a ^ b));
  }
  const most = magnitude(left).high + magnitude(right).high;
  return between(left.low >= 0 && right.low >= 0 ? 0 : -most, most);
}
