// Names the columns that a subquery is sure to have, as Postgres names them (FigureColname); it may miss some.
import { asList, asNode, nameParts, nodeOf, type TreeNode } from './tree.ts';

/** Columns of a SELECT under an alias; `renamed` is the list after the alias, `AS s (a, b)`. */
export function outputColumns(select: TreeNode | undefined, renamed: unknown): ReadonlySet<string> {
  const given = nameParts(renamed);
  if (given.length > 0 || select === undefined) return new Set(given);
  const names = asList(leftmost(select)['targetList']).map((target) => nameOf(nodeOf(target, 'ResTarget')));
  return new Set(names.filter((name) => name !== undefined));
}

// UNION and its kin take their names from the first SELECT.
function leftmost(select: TreeNode): TreeNode {
  let at = select;
  for (let left = asNode(at['larg']); left !== undefined; left = asNode(at['larg'])) at = left;
  return at;
}

function nameOf(target: TreeNode | undefined): string | undefined {
  if (typeof target?.['name'] === 'string') return target['name'];
  const column = nodeOf(target?.['val'], 'ColumnRef');
  const call = nodeOf(target?.['val'], 'FuncCall');
  const last = asList(column?.['fields'] ?? call?.['funcname']).at(-1);
  const name = nodeOf(last, 'String')?.['sval'];
  return typeof name === 'string' ? name : undefined;
}
