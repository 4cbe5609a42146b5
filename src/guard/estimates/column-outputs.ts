// Columns of FROM items and SELECTs as lists: named, renamed and merged by position; it follows no name by itself.

import type { Scope } from '../scope.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from '../tree.ts';
import { lastName } from '../tree-parts.ts';
import type { Source } from './estimates.ts';

/** One column of a FROM item or SELECT. */
export type Output = { readonly name: string | undefined; readonly sources: readonly Source[] };

/** Columns that are known, and what any other name may stand for. */
export type Outputs = { readonly list: readonly Output[]; readonly rest: readonly Source[] };

// A function in FROM: its columns bear the names after the alias, else the alias, else a name that is not known here.
export function functionItem(
  item: unknown,
  node: TreeNode,
  alias: string | undefined,
  scope: Scope,
): { alias: string | undefined; outputs: Outputs } {
  const calls = asList(node['functions']).map((each) => asList(nodeOf(each, 'List')?.['items'])[0]);
  const sources = (calls.length > 0 ? calls : [item]).map(
    (expression): Source => ({ kind: 'function', expression, scope }),
  );
  const defined = asList(node['coldeflist']).map((each) => nodeOf(each, 'ColumnDef')?.['colname']);
  const own = lastName(nodeOf(calls[0], 'FuncCall')?.['funcname']);
  const given = nameParts(asNode(node['alias'])?.['colnames']);
  const names = given.length > 0 ? given : defined.length > 0 ? defined.map(String) : [alias ?? own];
  return { alias: alias ?? own, outputs: { list: names.map((name) => ({ name, sources })), rest: sources } };
}

/** Sources by name of column, over all items of a FROM clause. */
export function byName(items: readonly Outputs[]): Map<string, readonly Source[]> {
  const found = new Map<string, Source[]>();
  for (const { list } of items) {
    for (const { name, sources } of list) {
      if (name === undefined) continue;
      const known = found.get(name);
      if (known === undefined) found.set(name, [...sources]);
      else for (const source of sources) known.push(source);
    }
  }
  return found;
}

/** The columns of a UNION, position by position. */
export function merged(arms: readonly Outputs[]): Outputs {
  const list = (arms[0]?.list ?? []).map(({ name }, position) => ({
    name,
    sources: arms.flatMap((arm) => arm.list[position]?.sources ?? arm.rest),
  }));
  return { list, rest: arms.flatMap(({ rest }) => rest) };
}

/** Columns under the names that stand behind an alias. */
export function renamed(outputs: Outputs, colnames: unknown): Outputs {
  const names = nameParts(colnames);
  if (names.length === 0) return outputs;
  const length = Math.max(names.length, outputs.list.length);
  const list = Array.from({ length }, (_, position) => ({
    name: names[position] ?? outputs.list[position]?.name,
    sources: outputs.list[position]?.sources ?? outputs.rest,
  }));
  return { list, rest: outputs.rest };
}
