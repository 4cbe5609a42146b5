// The marked line of a plan is where the cost is, on plans that Postgres 18 gave (test/fixtures/plans.json).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planLines } from '../../../src/format/plan.ts';
import type { PlanNode } from '../../../src/format/plan-node.ts';

type Recorded = { readonly sql: string; readonly estimated: PlanNode; readonly measured: PlanNode };
const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/plans.json', import.meta.url), 'utf8'),
) as Record<string, Recorded>;

/** The node that the marked line names, without its numbers, and the share that the line gives it. */
function marked(name: string, how: 'estimated' | 'measured'): string {
  const lines = planLines(recorded[name]![how]).filter((line) => line.includes('<=='));
  expect(lines).toHaveLength(1);
  return lines[0]!.trim().replace(/ \(rows.*costliest,/, ':');
}

const scan = (number: number, cost: number): PlanNode => ({
  'Node Type': 'Seq Scan',
  'Relation Name': `readings_${number}`,
  'Startup Cost': 0,
  'Total Cost': cost,
  'Plan Rows': 10,
});

/** The lines of a plan over so many partitions, the costliest one at a place. */
function partitioned(count: number, costly: number): readonly string[] {
  const Plans = Array.from({ length: count }, (_, at) => scan(at, at === costly ? 900 : 1));
  const cost = Plans.reduce((sum, plan) => sum + plan['Total Cost'], 0);
  return planLines({ 'Node Type': 'Append', 'Startup Cost': 0, 'Total Cost': cost, 'Plan Rows': 1, Plans });
}

describe('a plan over thousands of partitions', () => {
  it('is told whole while it fits', () => {
    expect(partitioned(1_000, 999)).toHaveLength(1_001);
    expect(partitioned(1_000, 999).join('\n')).not.toContain('left out');
  });

  it.each([0, 4_000, 4_998, 4_999])('is cut below 80,000 characters and keeps the marked line %i', (at) => {
    const lines = partitioned(5_000, at);
    expect(lines.join('\n').length).toBeLessThan(79_000);
    expect(lines.join('\n').length).toBeGreaterThan(70_000);
    expect(lines.filter((line) => line.includes('<=='))).toEqual([
      expect.stringContaining(`readings_${at} `),
    ]);
    const left = lines.flatMap((line) => /^… (\d+) lines? left out$/.exec(line)?.[1] ?? []);
    const told = lines.length - left.length;
    expect(told + left.map(Number).reduce((sum, count) => sum + count, 0)).toBe(5_001);
  });
});

describe('the costliest node', () => {
  it.each([
    ['cte', 'estimated', '-> Seq Scan on public.fills: 75% of the cost'],
    ['scalar', 'estimated', '-> Seq Scan on public.fills: 86% of the cost'],
    ['deep', 'estimated', '-> Seq Scan on public.fills: 85% of the cost'],
    ['sorted', 'estimated', 'Sort: 68% of the cost'],
  ] as const)('of %s, %s, is no node that only carries the cost of an InitPlan', (name, how, node) => {
    expect(marked(name, how)).toBe(node);
  });

  it.each(['correlated', 'filter'])('of %s is in the SubPlan that runs for each row', (name) => {
    expect(marked(name, 'estimated')).toBe('-> Seq Scan on public.fills f: 100% of the cost');
    expect(marked(name, 'measured')).toMatch(/^-> Seq Scan on public\.fills f: 9\d% of the time$/);
  });

  it('is not a hashed SubPlan that runs once beside a large scan', () => {
    expect(marked('tinyhash', 'estimated')).toBe('Seq Scan on public.fills: 100% of the cost');
    expect(marked('tinyhash', 'measured')).toMatch(/^Seq Scan on public\.fills: \d+% of the time$/);
  });

  it('is no CTE Scan for the time in which the CTE was computed', () => {
    expect(marked('cte', 'measured')).toMatch(/^-> (\[CTE f\] Hashed Aggregate|Seq Scan on public\.fills):/);
  });

  it('keeps its time where the CTE below it was read by another node', () => {
    expect(marked('sorted', 'measured')).toMatch(/^Sort: \d+% of the time$/);
  });

  it('is no node that waited for the InitPlan that a node above it carries', () => {
    for (const name of ['scalar', 'deep'])
      expect(marked(name, 'measured')).toMatch(/^-> (\[InitPlan 1\] Aggregate|Seq Scan on public\.fills):/);
  });

  it('is found where InitPlans are called as Postgres 15 and 16 call them', () => {
    const text = JSON.stringify(recorded['deep']!.measured)
      .replaceAll('(InitPlan 1).col1', '$0')
      .replaceAll('InitPlan 1', 'InitPlan 1 (returns $0)');
    const lines = planLines(JSON.parse(text) as PlanNode);
    expect(lines.find((line) => line.includes('<=='))).toMatch(/\[InitPlan 1|Seq Scan on public\.fills/);
  });
});
