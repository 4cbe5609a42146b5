// Which names a part of a statement can mean: the SELECTs around it and the CTEs in sight; it knows no columns.
import { asList, asNode, nodeOf, type TreeNode } from './tree.ts';

/** One SELECT around a node, innermost first. `ctes` grows while the WITH list is walked, as Postgres sees it. */
export type Scope = {
  readonly ctes: Set<string>;
  readonly select: TreeNode;
  readonly parent: Scope | undefined;
};

/** A CTE, and the scope that its query stands in. */
export type Cte = { readonly definition: TreeNode; readonly isRecursive: boolean; readonly scope: Scope };

/** Scopes of queries that the walk is not in at the moment, and what is seen of the SELECTs around one. */
export type Scopes = {
  /** The scope inside a SELECT that stands in `parent`. */
  readonly inside: (select: TreeNode, parent: Scope | undefined) => Scope;
  /** What an unqualified relation name means, if a CTE. */
  readonly cte: (scope: Scope | undefined, name: string) => Cte | undefined;
  /** The scope in whose FROM names are looked up next, outwards; passes what the query does not see from its place. */
  readonly outward: (scope: Scope) => Scope | undefined;
  /** The scope of the arguments of a function in FROM: they see what stands left of it. */
  readonly ofArguments: (node: TreeNode, scope: Scope) => Scope;
};

/** True where an unqualified relation name means a CTE at this place (manual, "WITH Queries"). */
export function isCte(scope: Scope | undefined, name: string): boolean {
  return scopeOfCte(scope, name) !== undefined;
}

export function createScopes(): Scopes {
  const insides = new WeakMap<TreeNode, Scope>();
  const definitions = new WeakMap<TreeNode, ReadonlyMap<string, Cte>>();
  const places = new WeakMap<TreeNode, Places>();
  // Scopes that see a part of a FROM, with the one whose FROM that is.
  const wholes = new WeakMap<Scope, Scope>();
  const placeIn = (scope: Scope, node: TreeNode): Seen | undefined => {
    const known = places.get(scope.select) ?? placesIn(scope.select);
    places.set(scope.select, known);
    return known.get(node);
  };
  const parts = new WeakMap<TreeNode, { readonly scope: Scope; readonly part: Scope }>();
  const partFor = (node: TreeNode, seen: Seen, scope: Scope): Scope => {
    const known = parts.get(node);
    if (known?.scope === scope) return known.part;
    const { ctes, select, parent } = scope;
    const part = { ctes, select: { withClause: select['withClause'], fromClause: seen() }, parent };
    wholes.set(part, wholes.get(scope) ?? scope);
    parts.set(node, { scope, part });
    return part;
  };
  const outward = (scope: Scope): Scope | undefined => {
    let at = wholes.get(scope) ?? scope;
    while (at.parent !== undefined) {
      const seen = placeIn(at.parent, at.select);
      if (seen === undefined) return at.parent;
      if (seen !== seesNothing) return partFor(at.select, seen, at.parent);
      at = at.parent;
    }
    return undefined;
  };
  return {
    outward,
    ofArguments: (node, scope) => partFor(node, placeIn(scope, node) ?? all(scope), scope),
    inside: (select, parent) => {
      const known = insides.get(select);
      if (known !== undefined) return known;
      const names = asList(asNode(select['withClause'])?.['ctes']).map(nameOfCte);
      const scope = { ctes: new Set(names), select, parent };
      insides.set(select, scope);
      return scope;
    },
    cte: (scope, name) => {
      const at = scopeOfCte(scope, name);
      const withClause = asNode(at?.select['withClause']);
      if (at === undefined || withClause === undefined) return undefined;
      const known = definitions.get(withClause) ?? definitionsOf(withClause, at.parent);
      definitions.set(withClause, known);
      return known.get(name);
    },
  };
}

function scopeOfCte(scope: Scope | undefined, name: string): Scope | undefined {
  let at = scope;
  while (at !== undefined && !at.ctes.has(name)) at = at.parent;
  return at;
}

function nameOfCte(query: unknown): string {
  return String(nodeOf(query, 'CommonTableExpr')?.['ctename']);
}

// Each query of WITH sees the ones before it, each of WITH RECURSIVE all of them; none sees the FROM beside WITH.
function definitionsOf(withClause: TreeNode, parent: Scope | undefined): ReadonlyMap<string, Cte> {
  const queries = asList(withClause['ctes']);
  const isRecursive = withClause['recursive'] === true;
  const select = { withClause };
  const found = new Map<string, Cte>();
  let scope: Scope = { ctes: new Set(isRecursive ? queries.map(nameOfCte) : []), select, parent };
  for (const query of queries) {
    const definition = nodeOf(query, 'CommonTableExpr');
    if (definition === undefined) continue;
    const name = nameOfCte(query);
    found.set(name, { definition, isRecursive, scope });
    if (!isRecursive) scope = { ctes: new Set([name]), select, parent: scope };
  }
  return found;
}

/** What can be seen of a FROM. */
type Seen = () => readonly unknown[];
/** What subqueries and functions in FROM and queries of WITH see of the FROM beside them; all others see all of it. */
export type Places = ReadonlyMap<TreeNode, Seen>;

/** For a place that sees nothing of the FROM beside it. */
export const seesNothing: Seen = () => [];

function all(scope: Scope): Seen {
  return () => asList(scope.select['fromClause']);
}

/**
 * A subquery in FROM sees nothing of that FROM, with LATERAL what stands left of it; functions are always LATERAL (manual,
 * 7.2.1.5). A query of WITH sees nothing of it either.
 */
export function placesIn(select: TreeNode): Places {
  const places = new Map<TreeNode, Seen>();
  for (const query of asList(asNode(select['withClause'])?.['ctes'])) {
    const inner = nodeOf(nodeOf(query, 'CommonTableExpr')?.['ctequery'], 'SelectStmt');
    if (inner !== undefined) places.set(inner, seesNothing);
  }
  const items = asList(select['fromClause']);
  const waiting: { node: unknown; left: Seen }[] = [];
  for (const [at, node] of items.entries()) waiting.push({ node, left: () => items.slice(0, at) });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, left } = next;
    const join = nodeOf(node, 'JoinExpr');
    if (join !== undefined) {
      waiting.push({ node: join['larg'], left });
      waiting.push({ node: join['rarg'], left: () => [...left(), join['larg']] });
    }
    const call = nodeOf(node, 'RangeFunction');
    if (call !== undefined) places.set(call, left);
    const subquery = nodeOf(node, 'RangeSubselect');
    const inner = nodeOf(subquery?.['subquery'], 'SelectStmt');
    if (inner !== undefined) places.set(inner, subquery?.['lateral'] === true ? left : seesNothing);
  }
  return places;
}
