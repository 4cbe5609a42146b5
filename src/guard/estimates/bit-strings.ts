// The numbers that bit strings stand for when they are cast to an integer (manual, 9.6).
import type { Range } from './estimates.ts';
import { anything, between, exactly } from './range-arithmetic.ts';

/** Bits of the widest integer. */
const widest = 64;

/** The digits of B'101', X'1F' or 'x1f' as bits; undefined where the text is no bit string. */
export function bitsIn(text: string): string | undefined {
  const [, base, digits = ''] = /^([bx]?)([\da-f]*)$/i.exec(text.trim()) ?? [undefined, '?'];
  if (base?.toLowerCase() === 'x') {
    return [...digits].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  }
  return base !== '?' && /^[01]*$/.test(digits) ? digits : undefined;
}

/** The number of a string of bits; its first bit is the sign where it is as wide as an integer. */
export function numberOfBits(bits: string): Range {
  if (bits === '') return exactly(0);
  if (bits.length > widest) return anything;
  const value = Number(BigInt(`0b${bits}`));
  return bits.length === 32 || bits.length === widest
    ? between(value - 2 ** bits.length, value)
    : exactly(value);
}

/** `value::bit(length)` of a bit string: zeros are added at its end, or its end is cut off. */
export function fittedBits(bits: string, length: number): string {
  return length > widest ? bits : bits.slice(0, length).padEnd(length, '0');
}

/** `value::bit(length)` of an integer: its last bits. */
export function lastBits(value: Range, length: number): Range {
  const most = length >= 1 ? 2 ** Math.min(length, widest) - 1 : 0;
  const isSame = value.low >= 0 && value.high <= most;
  return isSame ? between(value.low, value.high) : between(0, most);
}
