// How long a text becomes that each turn of a recursion rewrites letter by letter, as L-systems do: replace(replace(s, …), …).

import { nodeOf } from '../tree.ts';
import { argumentsOf, lastName } from '../tree-parts.ts';
import type { Estimates, Source } from './estimates.ts';
import type { WeightReader } from './weights.ts';

/** How often each letter stands in a text. */
export type Letters = ReadonlyMap<string, number>;

/** Letters and what stands in their place afterwards, one after the other. */
export type Rewriting = readonly { readonly letter: string; readonly by: Letters }[];

/** Most calls of replace within each other that are read. */
const maxCalls = 50;

export function lettersIn(text: string): Letters {
  const letters = new Map<string, number>();
  for (const letter of text) letters.set(letter, (letters.get(letter) ?? 0) + 1);
  return letters;
}

export function rewrite(letters: Letters, rewriting: Rewriting): Letters {
  const counts = new Map(letters);
  for (const { letter, by } of rewriting) {
    const count = counts.get(letter) ?? 0;
    counts.set(letter, 0);
    for (const [each, times] of by) counts.set(each, (counts.get(each) ?? 0) + times * count);
  }
  return counts;
}

export function lengthOf(letters: Letters): number {
  let length = 0;
  for (const count of letters.values()) length += count;
  return length;
}

/** The rewriting of a column by itself, undefined where it is made in another way. */
export function rewritingOf(
  sources: readonly Source[],
  column: number,
  reader: WeightReader,
  estimates: Estimates,
): Rewriting | undefined {
  const [source, ...others] = sources;
  let expression: unknown = source?.expression;
  const rewriting: { letter: string; by: Letters }[] = [];
  while (reader.columnOf(expression, source?.scope) === undefined) {
    const cast = nodeOf(expression, 'TypeCast');
    const call = nodeOf(expression, 'FuncCall');
    const [inner, letter, by] = argumentsOf(call ?? {});
    const [from, to] = [letter, by].map((each) => estimates.text(each, source?.scope));
    const isRead = lastName(call?.['funcname']) === 'replace' && from !== undefined && to !== undefined;
    if (cast !== undefined) expression = cast['arg'];
    else if (isRead && [...from].length === 1 && rewriting.length < maxCalls) {
      rewriting.unshift({ letter: from, by: lettersIn(to) });
      expression = inner;
    } else return undefined;
  }
  const isOwn = others.length === 0 && reader.columnOf(expression, source?.scope) === column;
  return isOwn && rewriting.length > 0 ? rewriting : undefined;
}
