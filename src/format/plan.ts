// Tells a plan of Postgres (EXPLAIN with FORMAT JSON) as indented lines and marks the node where the cost is; it
// leaves out what does not help to mend a query.
import { clipped } from '../base/printable.ts';
import type { PlanNode } from './plan-node.ts';
import { ownWeights, totalWeight } from './plan-weights.ts';

/** One line per node and condition; `costly` is the node that takes the largest share by itself. */
export function planLines(root: PlanNode): readonly string[] {
  const weights = ownWeights(root);
  const [costly] = [...weights].reduce((most, one) => (one[1] > most[1] ? one : most));
  const lines: string[] = [];
  const visit = (node: PlanNode, depth: number): void => {
    const indent = '  '.repeat(depth);
    lines.push(
      `${indent}${depth === 0 ? '' : '-> '}${title(node)} ${estimate(node)}${mark(node, costly, weights, root)}`,
    );
    for (const condition of conditions(node)) lines.push(`${indent}     ${condition}`);
    for (const child of node.Plans ?? []) visit(child, depth + 1);
  };
  visit(root, 0);
  // Names and literals of the statement may hold line breaks.
  return lines.map((line) => line.replace(/[\r\n]+/g, ' '));
}

function mark(
  node: PlanNode,
  costly: PlanNode,
  weights: ReadonlyMap<PlanNode, number>,
  root: PlanNode,
): string {
  if (node !== costly || root.Plans === undefined) return '';
  const share = Math.round((100 * (weights.get(node) ?? 0)) / Math.max(totalWeight(root), Number.EPSILON));
  return `  <== costliest, ${Math.min(share, 100)}% of the ${node['Actual Total Time'] === undefined ? 'cost' : 'time'}`;
}

function title(node: PlanNode): string {
  const kind = [node['Partial Mode'], node.Strategy, node['Node Type']]
    .filter((part) => part !== undefined && part !== 'Simple' && part !== 'Plain')
    .join(' ');
  const join =
    node['Join Type'] === undefined || node['Join Type'] === 'Inner' ? '' : ` (${node['Join Type']})`;
  const index = node['Index Name'] === undefined ? '' : ` using ${node['Index Name']}`;
  const name = node['Relation Name'] ?? node['CTE Name'] ?? node['Function Name'];
  const schema = node.Schema === undefined || node['Relation Name'] === undefined ? '' : `${node.Schema}.`;
  const alias = node.Alias === undefined || node.Alias === name ? '' : ` ${node.Alias}`;
  const subplan = node['Subplan Name'] === undefined ? '' : `[${node['Subplan Name']}] `;
  return `${subplan}${kind}${join}${index}${name === undefined ? '' : ` on ${schema}${name}${alias}`}`;
}

function estimate(node: PlanNode): string {
  const parts = [`rows≈${node['Plan Rows']}`, `cost ${node['Total Cost']}`];
  const time = node['Actual Total Time'];
  if (time !== undefined) {
    const loops = node['Actual Loops'] ?? 1;
    parts.push(
      `actual rows ${node['Actual Rows'] ?? 0}${loops > 1 ? ` × ${loops} loops` : ''}`,
      `${time} ms`,
    );
  }
  return `(${parts.join(', ')})`;
}

const conditionWidth = 200;

const told = [
  'Index Cond',
  'Recheck Cond',
  'Hash Cond',
  'Merge Cond',
  'Join Filter',
  'Filter',
  'One-Time Filter',
  'Rows Removed by Filter',
  'Sort Key',
  'Group Key',
] as const;

function conditions(node: PlanNode): readonly string[] {
  const lines = told.flatMap((property) => {
    const value = node[property];
    if (value === undefined || value === 0) return [];
    return [
      `${property}: ${clipped(Array.isArray(value) ? value.join(', ') : String(value), conditionWidth)}`,
    ];
  });
  if (node['Sort Space Type'] === 'Disk') lines.push(`Sort spilled to disk: ${node['Sort Space Used']} kB`);
  return lines;
}
