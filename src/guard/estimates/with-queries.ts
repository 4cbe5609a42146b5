// Finds the query of WITH that the name of a relation means; it reads none of its columns.
import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';

/** A WITH query, and the scope that it stands in. */
export type Cte = { readonly select: TreeNode; readonly columns: unknown; readonly scope: Scope };

/** Lives as long as the judging of one statement, and remembers each WITH that it has read. */
export class WithQueries {
  readonly #lists = new Map<TreeNode, ReadonlyMap<string, TreeNode>>();

  cteOf(relation: TreeNode, scope: Scope | undefined): Cte | undefined {
    if (relation['schemaname'] !== undefined) return undefined;
    const name = String(relation['relname']);
    for (let at = scope; at !== undefined; at = at.parent) {
      const query = this.#listOf(at.select).get(name);
      const select = nodeOf(query?.['ctequery'], 'SelectStmt');
      if (select !== undefined) return { select, columns: query?.['aliascolnames'], scope: at };
    }
    return undefined;
  }

  /** The queries of one WITH. */
  #listOf(select: TreeNode): ReadonlyMap<string, TreeNode> {
    const known = this.#lists.get(select);
    if (known !== undefined) return known;
    const byName = new Map<string, TreeNode>();
    for (const item of asList(asNode(select['withClause'])?.['ctes'])) {
      const query = nodeOf(item, 'CommonTableExpr');
      if (query !== undefined) byName.set(String(query['ctename']), query);
    }
    this.#lists.set(select, byName);
    return byName;
  }
}
