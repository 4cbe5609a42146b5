// Refuses WITH RECURSIVE that multiplies a value with each turn, as s || s does, past what a constant may grow to.
import type { Estimates, Source } from '../estimates/estimates.ts';
import { scopeOf } from '../estimates/estimates.ts';
import { collectingFunctions } from '../estimates/growing-functions.ts';
import { givesNumber } from '../estimates/number-functions.ts';
import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { argumentsOf, armsOf, lastName, partsOf } from '../tree-parts.ts';
import { maxConstantBytes } from './expansion.ts';
import { type Rule, refusalFor } from './rule.ts';

/** Turns after which anything that doubles is past the limit. */
const maxTurns = 40;
/** Deepest expression that is followed. */
const maxDepth = 400;

export const recursiveGrowth: Rule = {
  name: 'recursive-growth',
  codes: ['GUARD_EXPANSION'],
  nodes: ['SelectStmt'],
  judge: (node, position, { policy, sizes }) => {
    const withClause = asNode(node['withClause']);
    if (withClause?.['recursive'] !== true) return undefined;
    for (const item of asList(withClause['ctes'])) {
      const query = nodeOf(nodeOf(item, 'CommonTableExpr')?.['ctequery'], 'SelectStmt');
      if (query?.['larg'] === undefined) continue;
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

/** How often each column of the query stands in a value. */
type Weights = Map<number, number>;

function growsPast(query: TreeNode, scope: Scope, estimates: Estimates): boolean {
  const [anchor, ...turns] = armsOf(query);
  if (anchor === undefined) return false;
  const starts = estimates.columns(anchor, scope).map(([start]) => start);
  return turns.some((turn) => {
    const targets = estimates.columns(turn, scope).map(([target]) => target);
    const reader = new WeightReader(targets, estimates);
    const weights = targets.map((target) => [...reader.weightsOf(target?.expression, target?.scope)]);
    if (weights.every((each) => totalOf(each) <= 1)) return false;
    const bounds = boundsOf({ turn, scope: scopeOf(turn, scope), targets, starts, reader, estimates });
    let bytes = targets.map((_, at) => estimates.bytes(starts[at]?.expression, starts[at]?.scope));
    for (let left = bounds.turns; left > 0; left--) {
      bytes = weights.map((each, column) =>
        Math.min(
          bounds.bytes.get(column) ?? Number.POSITIVE_INFINITY,
          totalOf(each.map(([at, weight]) => [at, weight * (bytes[at] ?? 0)])),
        ),
      );
      if (bytes.some((each) => each > maxConstantBytes)) return true;
    }
    return false;
  });
}

function totalOf(weights: readonly (readonly [number, number])[]): number {
  return weights.reduce((total, [, weight]) => total + weight, 0);
}

type Turn = {
  readonly turn: TreeNode;
  readonly scope: Scope;
  readonly targets: readonly (Source | undefined)[];
  readonly starts: readonly (Source | undefined)[];
  readonly reader: WeightReader;
  readonly estimates: Estimates;
};

/** How many turns there are, and how many bytes single columns come to, as WHERE bounds them. */
type Bounds = { turns: number; readonly bytes: Map<number, number> };

function boundsOf(of: Turn): Bounds {
  const bounds: Bounds = { turns: maxTurns, bytes: new Map() };
  const waiting: unknown[] = [of.turn['whereClause']];
  while (waiting.length > 0) {
    const condition = waiting.pop();
    const both = nodeOf(condition, 'BoolExpr');
    if (both?.['boolop'] === 'AND_EXPR') for (const arg of asList(both['args'])) waiting.push(arg);
    const bound = nodeOf(condition, 'A_Expr');
    if (bound === undefined || !['<', '<='].includes(lastName(bound['name']) ?? '')) continue;
    const { high } = of.estimates.range(bound['rexpr'], of.scope);
    const measured = nodeOf(bound['lexpr'], 'FuncCall');
    if (measured === undefined) bounds.turns = Math.min(bounds.turns, turnsUpTo(bound, high, of));
    else if (lengths.has(lastName(measured['funcname']) ?? '')) {
      for (const [column] of of.reader.weightsOf(asList(measured['args'])[0], of.scope)) {
        bounds.bytes.set(column, elementBytes * high);
      }
    }
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

// A column that starts at a number, goes up by a number and is bounded by WHERE tells how many turns there are.
function turnsUpTo(
  bound: TreeNode,
  high: number,
  { scope, targets, starts, reader, estimates }: Turn,
): number {
  const column = reader.columnOf(bound['lexpr'], scope);
  if (column === undefined) return maxTurns;
  const target = targets[column];
  const step = nodeOf(target?.expression, 'A_Expr');
  const isCounter =
    lastName(step?.['name']) === '+' && reader.columnOf(step?.['lexpr'], target?.scope) === column;
  if (!isCounter) return maxTurns;
  const by = estimates.range(step?.['rexpr'], target?.scope).low;
  const from = estimates.range(starts[column]?.expression, starts[column]?.scope).low;
  const turns = (high - from) / by + 1;
  return by > 0 && Number.isFinite(turns) ? Math.max(0, turns) : maxTurns;
}

/** Reads one turn of one recursive query. */
class WeightReader {
  readonly #positions: ReadonlyMap<unknown, number>;
  readonly #estimates: Estimates;
  #depth = 0;

  constructor(targets: readonly (Source | undefined)[], estimates: Estimates) {
    this.#positions = new Map(targets.map((target, at) => [target?.expression, at]));
    this.#estimates = estimates;
  }

  /** The position of the column of the query itself that an expression names. */
  columnOf(expression: unknown, scope: Scope | undefined): number | undefined {
    if (nodeOf(expression, 'ColumnRef') === undefined) return undefined;
    const sources = this.#estimates.alternatives(expression, scope) ?? [];
    const own = sources.find((source) => this.#positions.has(source.expression));
    return own && this.#positions.get(own.expression);
  }

  weightsOf(expression: unknown, scope: Scope | undefined): Weights {
    if (expression === undefined) return new Map();
    if (this.#depth >= maxDepth) return new Map([[0, Number.POSITIVE_INFINITY]]);
    this.#depth++;
    const weights = this.#weightsBelow(expression, scope);
    this.#depth--;
    return weights;
  }

  #weightsBelow(expression: unknown, scope: Scope | undefined): Weights {
    const alternatives = this.#estimates.alternatives(expression, scope);
    if (alternatives !== undefined) {
      const each = alternatives.map((source) => {
        const own = this.#positions.get(source.expression);
        if (own !== undefined) return new Map([[own, 1]]);
        return source.kind === 'expression'
          ? this.weightsOf(source.expression, source.scope)
          : new Map<number, number>();
      });
      return combined(each, Math.max);
    }
    const operation = nodeOf(expression, 'A_Expr');
    if (operation !== undefined && lastName(operation['name']) !== '||') return new Map();
    const call = nodeOf(expression, 'FuncCall');
    if (call !== undefined && (givesNumber(call) || cutting.has(lastName(call['funcname']) ?? '')))
      return new Map();
    const [type] = Object.keys(asNode(expression) ?? {});
    const node = type === undefined ? undefined : nodeOf(expression, type);
    if (node === undefined || type === 'SubLink') return new Map();
    const below = (call === undefined ? partsOf(node) : argumentsOf(call)).filter(
      (part) => asNode(part) !== undefined,
    );
    const sum = combined(
      below.map((part) => this.weightsOf(part, scope)),
      (left, right) => left + right,
    );
    const factor = call === undefined ? 1 : this.#factorOf(call, scope);
    return factor === 1 ? sum : new Map([...sum].map(([at, weight]) => [at, factor * weight]));
  }

  #factorOf(call: TreeNode, scope: Scope | undefined): number {
    const name = lastName(call['funcname']) ?? '';
    if (name === 'replace' || name === 'regexp_replace') return 2;
    if (name === 'repeat')
      return Math.max(1, Math.min(1e9, this.#estimates.range(argumentsOf(call)[1], scope).high));
    if (name === 'format') {
      const places = this.#estimates.text(argumentsOf(call)[0], scope)?.match(/%/g)?.length ?? 2;
      return Math.max(1, places / Math.max(1, argumentsOf(call).length - 1));
    }
    if (!collectingFunctions.has(name) || scope === undefined) return 1;
    return this.#estimates.rowsCollected(scope.select, scope);
  }
}

/** Functions that give a piece of what they get, or a digest. */
const cutting: ReadonlySet<string> = new Set([
  ...[
    'left',
    'right',
    'substr',
    'substring',
    'md5',
    'sha256',
    'sha512',
    'split_part',
    'lpad',
    'rpad',
    'to_char',
  ],
]);

function combined(list: readonly Weights[], combine: (left: number, right: number) => number): Weights {
  const whole: Weights = new Map();
  for (const weights of list)
    for (const [at, weight] of weights) whole.set(at, combine(whole.get(at) ?? 0, weight));
  return whole;
}
