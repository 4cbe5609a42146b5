// The order of listings: UTF-8 bytes, the same on every backend. JavaScript's own order differs above U+FFFF.
import type { KeyPage, PageRequest } from './store.ts';

/** Compares two keys by their UTF-8 bytes. */
export function byKeyBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** The page of a listing that is already in order. */
export function pageOf(ordered: readonly string[], { after, limit }: PageRequest): KeyPage {
  const start = after === undefined ? 0 : firstAbove(ordered, after);
  const keys = ordered.slice(start, start + limit);
  return { keys, next: start + limit < ordered.length ? keys.at(-1) : undefined };
}

function firstAbove(ordered: readonly string[], after: string): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byKeyBytes(ordered[middle] ?? '', after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
