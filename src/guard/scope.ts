// Which names a part of a statement can mean: CTEs in sight, and the FROM items an alias may stand for.
import { outputColumns } from './output-columns.ts';
import { asList, asNode, nodeOf, type TreeNode } from './tree.ts';

/** One SELECT around a node, innermost first. `ctes` grows while the WITH list is walked, as Postgres sees it. */
export type Scope = {
  readonly ctes: Set<string>;
  readonly select: TreeNode;
  readonly parent: Scope | undefined;
};

/** A name in FROM: a relation with its columns as they are, a subquery or CTE with some of its own, or anything else. */
export type RangeItem =
  | { readonly kind: 'relation'; readonly schema: string | undefined; readonly name: string }
  | { readonly kind: 'query'; readonly columns: ReadonlySet<string> }
  | { readonly kind: 'other' };

/** True where an unqualified relation name means a CTE at this place (manual, "WITH Queries"). */
export function isCte(scope: Scope | undefined, name: string): boolean {
  for (let at = scope; at !== undefined; at = at.parent) if (at.ctes.has(name)) return true;
  return false;
}

/** Every FROM item of every SELECT around that `alias` may stand for (undefined: all); more than Postgres would see. */
export function itemsNamed(scope: Scope | undefined, alias: string | undefined): RangeItem[] {
  const found: RangeItem[] = [];
  for (let at = scope; at !== undefined; at = at.parent) {
    for (const item of asList(at.select['fromClause'])) collect(item, alias, at, found);
  }
  return found;
}

function collect(item: unknown, alias: string | undefined, scope: Scope, found: RangeItem[]): void {
  const join = nodeOf(item, 'JoinExpr');
  if (join !== undefined) {
    for (const key of ['alias', 'join_using_alias']) {
      const written = asNode(join[key])?.['aliasname'];
      if (written !== undefined && (alias ?? written) === written) found.push({ kind: 'other' });
    }
    collect(join['larg'], alias, scope, found);
    collect(join['rarg'], alias, scope, found);
    return;
  }
  const sampled = nodeOf(item, 'RangeTableSample');
  const relation = nodeOf(sampled?.['relation'] ?? item, 'RangeVar');
  if (relation !== undefined) {
    collectRelation(relation, alias, scope, found);
    return;
  }
  const [fields] = Object.values(asNode(item) ?? {});
  const itemAlias = asNode(asNode(fields)?.['alias']);
  const written = itemAlias?.['aliasname'];
  const subquery = nodeOf(nodeOf(item, 'RangeSubselect')?.['subquery'], 'SelectStmt');
  if (subquery !== undefined && written !== undefined) {
    if (written !== (alias ?? written)) return;
    found.push({ kind: 'query', columns: outputColumns(subquery, itemAlias?.['colnames']) });
    return;
  }
  // Without an alias the item bears the name of its function, so it may be meant by any name.
  if (written === undefined || written === (alias ?? written)) found.push({ kind: 'other' });
}

function collectRelation(
  relation: TreeNode,
  alias: string | undefined,
  scope: Scope,
  found: RangeItem[],
): void {
  const written = asNode(relation['alias']);
  const name = String(relation['relname']);
  if (alias !== undefined && (written?.['aliasname'] ?? name) !== alias) return;
  const schema = relation['schemaname'] === undefined ? undefined : String(relation['schemaname']);
  const colnames = written?.['colnames'];
  if (schema === undefined && isCte(scope, name)) {
    found.push({ kind: 'query', columns: columnsOfCte(scope, name, colnames) });
  } else {
    found.push(asList(colnames).length === 0 ? { kind: 'relation', schema, name } : { kind: 'other' });
  }
}

function columnsOfCte(scope: Scope, name: string, colnames: unknown): ReadonlySet<string> {
  let at: Scope | undefined = scope;
  while (at !== undefined && !at.ctes.has(name)) at = at.parent;
  const queries = asList(asNode(at?.select['withClause'])?.['ctes']).map((cte) =>
    nodeOf(cte, 'CommonTableExpr'),
  );
  const query = queries.find((cte) => cte?.['ctename'] === name);
  const renamed = asList(colnames).length > 0 ? colnames : query?.['aliascolnames'];
  return outputColumns(nodeOf(query?.['ctequery'], 'SelectStmt'), renamed);
}
