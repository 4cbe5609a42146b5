// Tells a plan of Postgres (EXPLAIN with FORMAT JSON) as indented lines and marks the node where the cost is; it
// leaves out what does not help to mend a query.

/** A node of the plan as Postgres gives it (manual, EXPLAIN); only the fields that are told. */
export type PlanNode = {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Schema?: string;
  readonly Alias?: string;
  readonly 'Index Name'?: string;
  readonly 'Join Type'?: string;
  readonly 'Parent Relationship'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'CTE Name'?: string;
  readonly 'Function Name'?: string;
  readonly Strategy?: string;
  readonly 'Partial Mode'?: string;
  readonly 'Startup Cost': number;
  readonly 'Total Cost': number;
  readonly 'Plan Rows': number;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Actual Total Time'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Sort Method'?: string;
  readonly 'Sort Space Type'?: string;
  readonly 'Sort Space Used'?: number;
  readonly 'Temp Written Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
  readonly [property: string]: unknown;
};

/** One line per node and condition; `costly` is the node that takes the largest share by itself. */
export function planLines(root: PlanNode): readonly string[] {
  const costly = costliest(root);
  const lines: string[] = [];
  const visit = (node: PlanNode, depth: number): void => {
    const indent = '  '.repeat(depth);
    lines.push(
      `${indent}${depth === 0 ? '' : '-> '}${title(node)} ${estimate(node)}${mark(node, costly, root)}`,
    );
    for (const condition of conditions(node)) lines.push(`${indent}     ${condition}`);
    for (const child of node.Plans ?? []) visit(child, depth + 1);
  };
  visit(root, 0);
  // Names and literals of the statement may hold line breaks.
  return lines.map((line) => line.replace(/[\r\n]+/g, ' '));
}

/** Total of a node without its children: milliseconds where it was run, planner's cost units otherwise. */
function ownWeight(node: PlanNode): number {
  const children = (node.Plans ?? []).filter((child) => child['Parent Relationship'] !== 'InitPlan');
  return Math.max(0, weight(node) - children.reduce((sum, child) => sum + weight(child), 0));
}

function weight(node: PlanNode): number {
  const time = node['Actual Total Time'];
  return time === undefined ? node['Total Cost'] : time * (node['Actual Loops'] ?? 1);
}

function costliest(root: PlanNode): PlanNode {
  let most = root;
  const visit = (node: PlanNode): void => {
    if (ownWeight(node) > ownWeight(most)) most = node;
    for (const child of node.Plans ?? []) visit(child);
  };
  visit(root);
  return most;
}

function mark(node: PlanNode, costly: PlanNode, root: PlanNode): string {
  if (node !== costly || root.Plans === undefined) return '';
  const share = Math.round((100 * ownWeight(node)) / Math.max(weight(root), Number.EPSILON));
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
    return [`${property}: ${clip(Array.isArray(value) ? value.join(', ') : String(value))}`];
  });
  if (node['Sort Space Type'] === 'Disk') lines.push(`Sort spilled to disk: ${node['Sort Space Used']} kB`);
  return lines;
}

const conditionWidth = 200;

function clip(text: string): string {
  return text.length > conditionWidth ? `${text.slice(0, conditionWidth)}…` : text;
}
