// What each node of a plan takes by itself: milliseconds where the statement ran, planner's cost units otherwise. It
// follows how Postgres charges subqueries, which stand below another node than the one that waits for them.
import type { PlanNode } from './plan-node.ts';

/** Each node's own share, never below zero; loops are counted. */
export function ownWeights(root: PlanNode): ReadonlyMap<PlanNode, number> {
  const own = new Map<PlanNode, number>();
  if (root['Actual Total Time'] === undefined) estimated(root, 1, own);
  else measured(root, own);
  return new Map([...own].map(([node, weight]) => [node, Math.max(0, weight)]));
}

/** All that passed while the node ran, what stands below it included. */
export function totalWeight(node: PlanNode): number {
  const time = node['Actual Total Time'];
  return time === undefined ? node['Total Cost'] : time * (node['Actual Loops'] ?? 1);
}

/** The cost of an InitPlan is in the node that carries it, the cost of a SubPlan as often as it is expected to run. */
function estimated(node: PlanNode, runs: number, own: Map<PlanNode, number>): void {
  const children = node.Plans ?? [];
  const repeated = children.filter((child) => isRepeated(node, child));
  const once = sumOf(children.filter((child) => !repeated.includes(child)));
  // Postgres prints no number of runs: rows of the node bound it in its output, what is left of its cost everywhere.
  const affordable = Math.max(0, node['Total Cost'] - once) / Math.max(sumOf(repeated), Number.EPSILON);
  const runsOf = (child: PlanNode): number => {
    if (!repeated.includes(child)) return 1;
    return isCondition(node, child) ? affordable : Math.min(affordable, node['Plan Rows']);
  };
  const below = children.reduce((sum, child) => sum + child['Total Cost'] * runsOf(child), 0);
  own.set(node, (node['Total Cost'] - below) * runs);
  for (const child of children) estimated(child, runs * runsOf(child), own);
}

/** The time of an InitPlan or CTE is in the node that first reads it, which may stand far below the one that carries it. */
function measured(node: PlanNode, own: Map<PlanNode, number>): void {
  const children = node.Plans ?? [];
  const initial = children.filter(isInitial);
  for (const child of children) measured(child, own);
  own.set(node, totalWeight(node) - sumOf(children.filter((child) => !isInitial(child))));
  for (const plan of initial) {
    const readers = lowestReaders(node, plan).sort((a, b) => totalWeight(b) - totalWeight(a));
    const payer = readers[0] ?? node;
    own.set(payer, (own.get(payer) ?? 0) - totalWeight(plan));
  }
}

function sumOf(nodes: readonly PlanNode[]): number {
  return nodes.reduce((sum, node) => sum + totalWeight(node), 0);
}

function isInitial(node: PlanNode): boolean {
  return node['Parent Relationship'] === 'InitPlan';
}

/** True for a SubPlan that runs again for each row; a hashed one runs once. */
function isRepeated(parent: PlanNode, child: PlanNode): boolean {
  return child['Parent Relationship'] === 'SubPlan' && !mentions(parent, `hashed ${child['Subplan Name']}`);
}

/** True where the rows are counted that the SubPlan lets through, and not those that it is asked for. */
function isCondition(parent: PlanNode, child: PlanNode): boolean {
  return mentions({ ...parent, Output: [] }, child['Subplan Name'] ?? '');
}

function lowestReaders(node: PlanNode, plan: PlanNode): PlanNode[] {
  if (node === plan) return [];
  const below = (node.Plans ?? []).flatMap((child) => lowestReaders(child, plan));
  return below.length > 0 || !reads(node, plan) ? below : [node];
}

function reads(node: PlanNode, plan: PlanNode): boolean {
  const name = plan['Subplan Name'] ?? '';
  if (name.startsWith('CTE ')) return node['CTE Name'] === name.slice(4);
  // Until Postgres 16 "InitPlan 1 (returns $0)" and $0 where it is read; then "InitPlan 1" and (InitPlan 1).col1.
  return mentions(node, /\$\d+/.exec(name)?.[0] ?? name);
}

function mentions(node: PlanNode, name: string): boolean {
  const texts = Object.entries(node).flatMap(([key, value]) => (key === 'Subplan Name' ? [] : value));
  return texts.some((text) => {
    const at = typeof text === 'string' ? text.indexOf(name) : -1;
    return at !== -1 && !/\d/.test(String(text).charAt(at + name.length));
  });
}
