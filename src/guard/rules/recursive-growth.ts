// Refuses WITH RECURSIVE that multiplies a value with each turn, as s || s does, past what a constant may grow to.
import { type Estimates, scopeOf } from '../estimates/estimates.ts';
import { lengthOf, lettersIn, rewrite, rewritingOf } from '../estimates/rewriting.ts';
import { type ArmColumns, WeightReader, type Weights } from '../estimates/weights.ts';
import type { Scope } from '../scope.ts';
import { asList, nodeOf, type TreeNode } from '../tree.ts';
import { armsOf, lastName, recursiveQueries } from '../tree-parts.ts';
import { maxConstantBytes } from './expansion.ts';
import { type Rule, refusalFor } from './rule.ts';

/** Turns after which anything that doubles with each of them is past the limit, for each column: they may take turns. */
const maxTurns = 40;

export const recursiveGrowth: Rule = {
  name: 'recursive-growth',
  codes: ['GUARD_EXPANSION'],
  nodes: ['SelectStmt'],
  judge: (node, position, { policy, sizes }) => {
    for (const query of recursiveQueries(node)) {
      if (query['larg'] === undefined) continue;
      const scope = scopeOf(query, scopeOf(node, position.scope));
      if (growsPast(query, scope, sizes.estimates()) || sizes.isSpent()) {
        return refusalFor('GUARD_EXPANSION', multiplies, position, policy);
      }
    }
    return undefined;
  },
};

const multiplies = {
  message: 'a recursive query would multiply a value with each turn, past 16 MB',
  hint: 'Bound the turns by a counter, as in WHERE i < 10, or add to the value instead of repeating it.',
};

/** One arm of a recursive query that reads the query itself. */
type Turn = {
  readonly select: TreeNode;
  readonly scope: Scope;
  readonly columns: ArmColumns;
  readonly weights: readonly Weights[];
};

/** All arms of a recursive query. */
type Recursion = {
  readonly starts: ArmColumns;
  readonly turns: readonly Turn[];
  readonly reader: WeightReader;
  readonly estimates: Estimates;
};

// A value that one arm has made is what the others make theirs of, so that they grow together.
function growsPast(query: TreeNode, scope: Scope, estimates: Estimates): boolean {
  const recursion = readRecursion(query, scope, estimates);
  const { starts, turns } = recursion;
  if (turns.every(({ weights }) => weights.every((each) => totalOf(each) <= 1))) return false;
  let bytes = starts.map((sources) =>
    sources.reduce((most, { expression, scope: at }) => Math.max(most, estimates.bytes(expression, at)), 0),
  );
  const bounds = turns.map((turn) => bytesBounded(turn, recursion));
  const rewritten = rewrittenColumns(recursion);
  for (let left = turnsOf(recursion); left > 0; left--) {
    const before = bytes;
    for (const [at, turn] of turns.entries()) {
      const made = turn.weights.map((weights, column) =>
        Math.min(
          bounds[at]?.get(column) ?? Number.POSITIVE_INFINITY,
          rewritten.get(column)?.() ?? weigh(weights, before),
        ),
      );
      if (!estimates.spend(turn.weights.reduce((total, { size }) => total + size, 1))) return true;
      bytes = bytes.map((most, column) => Math.max(most, made[column] ?? 0));
    }
    if (bytes.some((each) => each > maxConstantBytes)) return true;
    if (bytes.every((each, column) => each === before[column])) return false;
  }
  return false;
}

function readRecursion(query: TreeNode, scope: Scope, estimates: Estimates): Recursion {
  const arms = armsOf(query).map((select) => ({ select, columns: estimates.columns(select, scope) }));
  const reader = new WeightReader(
    arms.map(({ columns }) => columns),
    estimates,
  );
  const turns = arms
    .map(({ select, columns }) => ({
      select,
      columns,
      scope: scopeOf(select, scope),
      weights: columns.map((sources) => reader.weightsOfColumn(sources)),
    }))
    .slice(1);
  return { starts: arms[0]?.columns ?? [], turns, reader, estimates };
}

/** The bytes of columns whose letters a turn rewrites, by position; each call is a turn. */
function rewrittenColumns({
  starts,
  turns,
  reader,
  estimates,
}: Recursion): ReadonlyMap<number, () => number> {
  const columns = new Map<number, () => number>();
  const [turn, ...others] = turns;
  if (turn === undefined || others.length > 0) return columns;
  for (const [column, sources] of turn.columns.entries()) {
    const [start, ...more] = starts[column] ?? [];
    const text = more.length > 0 ? undefined : estimates.text(start?.expression, start?.scope);
    const rewriting = text === undefined ? undefined : rewritingOf(sources, column, reader, estimates);
    if (text === undefined || rewriting === undefined) continue;
    let letters = lettersIn(text);
    columns.set(column, () => {
      letters = rewrite(letters, rewriting);
      estimates.spend(letters.size);
      return lengthOf(letters);
    });
  }
  return columns;
}

function totalOf(weights: Weights): number {
  let total = 0;
  for (const weight of weights.values()) total += weight;
  return total;
}

function weigh(weights: Weights, bytes: readonly number[]): number {
  let total = 0;
  for (const [at, weight] of weights) total += weight * (bytes[at] ?? 0);
  return total;
}

/** What WHERE says that something is less than. */
type Bound = { readonly expression: unknown; readonly high: number };

function boundsIn({ select, scope }: Turn, estimates: Estimates): readonly Bound[] {
  const bounds: Bound[] = [];
  const waiting: unknown[] = [select['whereClause']];
  while (waiting.length > 0) {
    const condition = waiting.pop();
    const both = nodeOf(condition, 'BoolExpr');
    if (both?.['boolop'] === 'AND_EXPR') for (const arg of asList(both['args'])) waiting.push(arg);
    const bound = nodeOf(condition, 'A_Expr');
    if (bound === undefined || !['<', '<='].includes(lastName(bound['name']) ?? '')) continue;
    bounds.push({ expression: bound['lexpr'], high: estimates.range(bound['rexpr'], scope).high });
  }
  return bounds;
}

const lengths: ReadonlySet<string> = new Set([
  'length',
  'char_length',
  'octet_length',
  'cardinality',
  'array_length',
]);
const elementBytes = 8;

/** Bytes that columns come to, by position, where WHERE bounds their lengths. */
function bytesBounded(turn: Turn, { reader, estimates }: Recursion): ReadonlyMap<number, number> {
  const bytes = new Map<number, number>();
  for (const { expression, high } of boundsIn(turn, estimates)) {
    const measured = nodeOf(expression, 'FuncCall');
    if (measured === undefined || !lengths.has(lastName(measured['funcname']) ?? '')) continue;
    for (const [column] of reader.weightsOf(asList(measured['args'])[0], turn.scope)) {
      bytes.set(column, elementBytes * high);
    }
  }
  return bytes;
}

/** How often the arms can turn in all. */
function turnsOf(recursion: Recursion): number {
  const most = maxTurns * recursion.starts.length;
  const counters = countersOf(recursion);
  const byCounter = new Map<number, number>();
  for (const turn of recursion.turns) {
    const [fewest] = boundsIn(turn, recursion.estimates)
      .map((bound) => counted(bound, turn, counters, recursion))
      .filter((each) => each !== undefined)
      .toSorted((left, right) => left.turns - right.turns);
    if (fewest === undefined) return most;
    byCounter.set(fewest.column, Math.max(byCounter.get(fewest.column) ?? 0, fewest.turns));
  }
  let turns = 0;
  for (const each of byCounter.values()) turns += each;
  return Math.min(most, turns);
}

type Counter = { readonly column: number; readonly turns: number };

/** Columns that start at a number, and that each arm leaves alone or adds to. */
function countersOf(recursion: Recursion): ReadonlySet<number> {
  const columns = recursion.starts.map((_, column) => column);
  return new Set(
    columns.filter((column) =>
      recursion.turns.every((turn) => (stepOf(turn, column, recursion) ?? Number.NaN) >= 0),
    ),
  );
}

// A column that an arm counts up and that WHERE bounds tells how often this arm turns.
function counted(
  { expression, high }: Bound,
  turn: Turn,
  counters: ReadonlySet<number>,
  recursion: Recursion,
): Counter | undefined {
  const { starts, reader, estimates } = recursion;
  const column = reader.columnOf(expression, turn.scope);
  if (column === undefined || !counters.has(column)) return undefined;
  const by = stepOf(turn, column, recursion) ?? 0;
  const [start] = starts[column] ?? [];
  const count = (high - estimates.range(start?.expression, start?.scope).low) / by + 1;
  return by > 0 && Number.isFinite(count) ? { column, turns: Math.max(0, count) } : undefined;
}

/** What an arm adds to a column at least, undefined where it makes another value of it. */
function stepOf({ columns }: Turn, column: number, { reader, estimates }: Recursion): number | undefined {
  const [target, ...others] = columns[column] ?? [];
  if (target === undefined || others.length > 0) return undefined;
  if (reader.columnOf(target.expression, target.scope) === column) return 0;
  const step = nodeOf(target.expression, 'A_Expr');
  const isSum = lastName(step?.['name']) === '+' && reader.columnOf(step?.['lexpr'], target.scope) === column;
  return isSum ? estimates.range(step?.['rexpr'], target.scope).low : undefined;
}
