// Finds the query of WITH that the name of a relation means; it reads none of its columns.
import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';

/** The queries of one WITH. */
type WithList = { readonly byName: ReadonlyMap<string, TreeNode>; readonly queries: ReadonlySet<TreeNode> };

/** A WITH query, and the scope that it stands in. */
export type Cte = { readonly select: TreeNode; readonly columns: unknown; readonly scope: Scope };

/** Lives as long as the judging of one statement, and remembers each WITH that it has read. */
export class WithQueries {
  readonly #lists = new Map<TreeNode, WithList>();

  cteOf(relation: TreeNode, scope: Scope | undefined): Cte | undefined {
    if (relation['schemaname'] !== undefined) return undefined;
    const name = String(relation['relname']);
    for (let at = scope; at !== undefined; at = at.parent) {
      const query = this.listOf(at.select).byName.get(name);
      const select = nodeOf(query?.['ctequery'], 'SelectStmt');
      if (select !== undefined) return { select, columns: query?.['aliascolnames'], scope: at };
    }
    return undefined;
  }

  listOf(select: TreeNode): WithList {
    const known = this.#lists.get(select);
    if (known !== undefined) return known;
    const byName = new Map<string, TreeNode>();
    const queries = new Set<TreeNode>();
    for (const item of asList(asNode(select['withClause'])?.['ctes'])) {
      const query = nodeOf(item, 'CommonTableExpr');
      const inner = nodeOf(query?.['ctequery'], 'SelectStmt');
      if (query !== undefined) byName.set(String(query['ctename']), query);
      if (inner !== undefined) queries.add(inner);
    }
    const found = { byName, queries };
    this.#lists.set(select, found);
    return found;
  }
}
