// Readers of parts of a parse tree that hold expressions or calls, without recursion and without judging them.
import { asList, asNode, nodeOf, type TreeNode } from './tree.ts';

/** The last part of a name, as in funcname or the name of an operator. Asked of most nodes, several times. */
export function lastName(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const last: unknown = value[value.length - 1];
  const text = (last as { readonly String?: { readonly sval?: unknown } } | null | undefined)?.String?.sval;
  return typeof text === 'string' ? text : undefined;
}

/** The arguments of a call, names of arguments left out. */
export function argumentsOf(call: TreeNode): readonly unknown[] {
  return asList(call['args']).map((arg) => nodeOf(arg, 'NamedArgExpr')?.['arg'] ?? arg);
}

/** Expressions directly below a node of any type. */
export function partsOf(node: TreeNode): unknown[] {
  const parts: unknown[] = [];
  for (const value of Object.values(node)) {
    if (Array.isArray(value))
      for (const item of value) parts.push(nodeOf(item, 'ResTarget')?.['val'] ?? item);
    else if (asNode(value) !== undefined) parts.push(value);
  }
  return parts;
}

/** Everything below `root` that `pick` takes; it does not look below what it took, nor into subqueries. */
export function findAll<Found>(root: unknown, pick: (value: TreeNode) => Found | undefined): Found[] {
  const found: Found[] = [];
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) {
      for (const item of value) waiting.push(item);
      continue;
    }
    const node = asNode(value);
    if (node === undefined) continue;
    const taken = pick(node);
    if (taken !== undefined) found.push(taken);
    else if (!('SelectStmt' in node)) {
      for (const part of Object.values(node)) if (typeof part === 'object') waiting.push(part);
    }
  }
  return found;
}

/** True where a column is named, here or in a subquery. */
export function namesColumn(root: unknown): boolean {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (nodeOf(value, 'ColumnRef') !== undefined) return true;
    for (const part of Array.isArray(value) ? value : Object.values(asNode(value) ?? {})) {
      if (typeof part === 'object') waiting.push(part);
    }
  }
  return false;
}

/** The queries of a WITH RECURSIVE, of a SELECT that has one. */
export function recursiveQueries(select: TreeNode): readonly TreeNode[] {
  const withClause = asNode(select['withClause']);
  if (withClause?.['recursive'] !== true) return [];
  return asList(withClause['ctes'])
    .map((item) => nodeOf(nodeOf(item, 'CommonTableExpr')?.['ctequery'], 'SelectStmt'))
    .filter((query) => query !== undefined);
}

/** The SELECTs that UNION and its kin join, from left to right. */
export function armsOf(select: TreeNode): TreeNode[] {
  const arms: TreeNode[] = [];
  const waiting: TreeNode[] = [select];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const left = asNode(at['larg']);
    const right = asNode(at['rarg']);
    if (left === undefined || right === undefined) arms.push(at);
    else waiting.push(right, left);
  }
  return arms;
}

/** True for `*`, `alias.*` and `(row).*`. */
export function isStar(value: unknown): boolean {
  const fields = nodeOf(value, 'ColumnRef')?.['fields'] ?? nodeOf(value, 'A_Indirection')?.['indirection'];
  return nodeOf(asList(fields).at(-1), 'A_Star') !== undefined;
}
