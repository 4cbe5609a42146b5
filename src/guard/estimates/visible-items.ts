// Tells which items of FROM a name can mean from a place in a statement, as Postgres does; it reads none of their columns.
import { type Places, placesIn, type Scope, seesNothing } from '../scope.ts';
import { asList, type TreeNode } from '../tree.ts';
import type { Allowance } from './estimates.ts';

/** Lives as long as the judging of one statement, and remembers the parts of FROM that were looked from. */
export class VisibleItems {
  readonly #allowance: Allowance;
  readonly #places = new Map<TreeNode, Places>();
  /** What stands left of a subquery or function in FROM, as a SELECT of its own, by the node; and the SELECT it is of. */
  readonly #parts = new Map<TreeNode, TreeNode>();
  readonly #wholes = new Map<TreeNode, TreeNode>();

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  /** The scopes whose FROM a name is looked up in, from the innermost outwards. */
  *outwards(from: Scope | undefined): Iterable<Scope> {
    let within: TreeNode | undefined;
    for (let at = from; at !== undefined; at = at.parent) {
      this.#allowance.steps--;
      const seen = within === undefined ? at : this.#seenBy(within, at);
      if (seen !== undefined) yield seen;
      within = this.#wholes.get(at.select) ?? at.select;
    }
  }

  /** The scope of the arguments of a function in FROM: they see what stands left of it. */
  ofArguments(item: TreeNode, scope: Scope): Scope {
    return this.#seenBy(item, scope) ?? scope;
  }

  #seenBy(node: TreeNode, scope: Scope): Scope | undefined {
    const places = this.#places.get(scope.select) ?? placesIn(scope.select);
    this.#places.set(scope.select, places);
    const left = places.get(node);
    if (left === undefined) return scope;
    if (left === seesNothing) return undefined;
    const part = this.#parts.get(node) ?? { withClause: scope.select['withClause'], fromClause: left() };
    this.#allowance.steps -= this.#parts.has(node) ? 0 : asList(part['fromClause']).length;
    this.#parts.set(node, part);
    this.#wholes.set(part, scope.select);
    return { ...scope, select: part };
  }
}
