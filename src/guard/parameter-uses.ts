// Counts how often each parameter stands in a statement, when first asked; it judges nothing.
import { asNode, nodeOf } from './tree.ts';

/** A function that says how often $n stands anywhere below `root`. */
export function countParameters(root: unknown): (number: number) => number {
  let uses: Map<number, number> | undefined;
  return (number) => {
    uses ??= usesIn(root);
    return uses.get(number) ?? 0;
  };
}

// Without recursion: a tree may be deeper than the stack.
function usesIn(root: unknown): Map<number, number> {
  const uses = new Map<number, number>();
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    const parameter = nodeOf(value, 'ParamRef');
    if (parameter !== undefined) {
      const number = Number(parameter['number'] ?? 0);
      uses.set(number, (uses.get(number) ?? 0) + 1);
    } else if (Array.isArray(value)) {
      for (const item of value) waiting.push(item);
    } else {
      for (const part of Object.values(asNode(value) ?? {})) if (typeof part === 'object') waiting.push(part);
    }
  }
  return uses;
}
