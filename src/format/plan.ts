// Tells a plan of Postgres (EXPLAIN with FORMAT JSON) as indented lines and marks the node where the cost is; it
// leaves out what does not help to mend a query.
import { clipped } from '../base/printable.ts';
import type { PlanNode } from './plan-node.ts';
import { ownWeights, totalWeight } from './plan-weights.ts';

/** Most characters of all lines: a client cuts a longer answer wherever it likes, or refuses it. */
const maxCharacters = 78_000;

/** One line per node and condition, the costliest node marked; a plan too long for an answer says what it leaves out. */
export function planLines(root: PlanNode): readonly string[] {
  const weights = ownWeights(root);
  const [costly] = [...weights].reduce((most, one) => (one[1] > most[1] ? one : most));
  const lines: string[] = [];
  let markedAt = 0;
  const visit = (node: PlanNode, depth: number): void => {
    const indent = '  '.repeat(depth);
    if (node === costly) markedAt = lines.length;
    lines.push(
      `${indent}${depth === 0 ? '' : '-> '}${title(node)} ${estimate(node)}${mark(node, costly, weights, root)}`,
    );
    for (const condition of conditions(node)) lines.push(`${indent}     ${condition}`);
    for (const child of node.Plans ?? []) visit(child, depth + 1);
  };
  visit(root, 0);
  // Names and literals of the statement may hold line breaks.
  return bounded(
    lines.map((line) => line.replace(/[\r\n]+/g, ' ')),
    markedAt,
  );
}

function bounded(lines: readonly string[], markedAt: number): readonly string[] {
  const marked = lines[markedAt] ?? '';
  let room = maxCharacters - marked.length;
  const cutAt = lines.findIndex((line) => {
    room -= line.length + 1;
    return room < 0;
  });
  if (cutAt === -1) return lines;
  const head = lines.slice(0, cutAt);
  if (markedAt < cutAt) return [...head, leftOut(lines.length - cutAt)];
  const after = lines.length - markedAt - 1;
  return [...head, leftOut(markedAt - cutAt), marked, leftOut(after)].filter((line) => line !== '');
}

function leftOut(count: number): string {
  return count === 0 ? '' : `… ${count} ${count === 1 ? 'line' : 'lines'} left out`;
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
