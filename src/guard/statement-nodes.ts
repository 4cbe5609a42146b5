// Finds all nodes of some types in a statement, subqueries included; it judges nothing.
import { asNode, type TreeNode } from './tree.ts';

/** All of them below a SELECT, itself included. Without recursion: a tree may be deeper than the stack. */
export function nodesByType(
  root: TreeNode,
  types: ReadonlySet<string>,
): ReadonlyMap<string, readonly TreeNode[]> {
  const found = new Map<string, TreeNode[]>([['SelectStmt', [root]]]);
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    for (const [key, part] of Object.entries(asNode(value) ?? {})) {
      if (typeof part !== 'object' || part === null) continue;
      // The arms of a UNION stand there without their type.
      const type = key === 'larg' || key === 'rarg' ? 'SelectStmt' : key;
      const node = types.has(type) ? asNode(part) : undefined;
      if (node !== undefined) {
        const known = found.get(type);
        if (known === undefined) found.set(type, [node]);
        else known.push(node);
      }
      waiting.push(part);
    }
    if (Array.isArray(value)) for (const part of value) waiting.push(part);
  }
  return found;
}
