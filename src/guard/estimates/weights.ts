// How often the columns of a recursive query stand in the values that one of its turns makes: `s || s` holds s twice.

import type { Scope } from '../scope.ts';
import { asNode, nodeOf, type TreeNode } from '../tree.ts';
import { argumentsOf, lastName, partsOf } from '../tree-parts.ts';
import type { Estimates, Source } from './estimates.ts';
import { collectingFunctions } from './growing-functions.ts';
import { givesNumber } from './number-functions.ts';

/** By position of the column. */
export type Weights = ReadonlyMap<number, number>;

/** The sources of each column of one arm of a recursive query. */
export type ArmColumns = readonly (readonly Source[])[];

const none: Weights = new Map();
const endless: Weights = new Map([[0, Number.POSITIVE_INFINITY]]);

/** Functions that give a piece of what they get, or a digest. */
const cutting: ReadonlySet<string> = new Set([
  ...['left', 'right', 'substr', 'substring', 'md5', 'sha256', 'sha512', 'split_part', 'lpad', 'rpad'],
  'to_char',
]);

/** Reads all turns of one recursive query; each expression once, and within the allowance of the statement. */
export class WeightReader {
  readonly #positions = new Map<unknown, number>();
  readonly #estimates: Estimates;
  /** The weights of an expression. */
  readonly weightsOf: (expression: unknown, scope: Scope | undefined) => Weights;

  constructor(arms: readonly ArmColumns[], estimates: Estimates) {
    this.#estimates = estimates;
    this.weightsOf = estimates.remember({ pending: none, worst: endless }, (node, scope) =>
      this.#weightsBelow(node, scope),
    );
    for (const columns of arms) {
      for (const [at, sources] of columns.entries()) {
        for (const { expression } of sources)
          if (expression !== undefined) this.#positions.set(expression, at);
      }
    }
  }

  /** The position of the column of the query itself that an expression names. */
  columnOf(expression: unknown, scope: Scope | undefined): number | undefined {
    if (nodeOf(expression, 'ColumnRef') === undefined) return undefined;
    const sources = this.#estimates.alternatives(expression, scope) ?? [];
    const own = sources.find((source) => this.#positions.has(source.expression));
    return own && this.#positions.get(own.expression);
  }

  /** The weights of a column that a turn makes: those of any of its sources. */
  weightsOfColumn(sources: readonly Source[]): Weights {
    return this.#combined(
      sources.map((source) => this.weightsOf(source.expression, source.scope)),
      Math.max,
    );
  }

  #weightsBelow(expression: unknown, scope: Scope | undefined): Weights {
    const alternatives = this.#estimates.alternatives(expression, scope);
    if (alternatives !== undefined) return this.#weightsOfSources(alternatives);
    const operation = nodeOf(expression, 'A_Expr');
    if (operation !== undefined && lastName(operation['name']) !== '||') return none;
    const call = nodeOf(expression, 'FuncCall');
    if (call !== undefined && (givesNumber(call) || cutting.has(lastName(call['funcname']) ?? '')))
      return none;
    const [type] = Object.keys(asNode(expression) ?? {});
    const node = type === undefined ? undefined : nodeOf(expression, type);
    if (node === undefined || type === 'SubLink') return none;
    const below = (call === undefined ? partsOf(node) : argumentsOf(call)).filter(
      (part) => asNode(part) !== undefined,
    );
    const sum = this.#combined(
      below.map((part) => this.weightsOf(part, scope)),
      (left, right) => left + right,
    );
    const factor = call === undefined || sum.size === 0 ? 1 : this.#factorOf(call, scope);
    return factor === 1 ? sum : new Map([...sum].map(([at, weight]) => [at, factor * weight]));
  }

  #weightsOfSources(sources: readonly Source[]): Weights {
    const each = sources.map((source) => {
      const own = this.#positions.get(source.expression);
      if (own !== undefined) return new Map([[own, 1]]);
      return source.kind === 'expression' ? this.weightsOf(source.expression, source.scope) : none;
    });
    return this.#combined(each, Math.max);
  }

  #combined(list: readonly Weights[], combine: (left: number, right: number) => number): Weights {
    const filled = list.filter((weights) => weights.size > 0);
    if (filled.length <= 1) return filled[0] ?? none;
    const whole = new Map<number, number>();
    for (const weights of filled) {
      if (!this.#estimates.spend(weights.size)) return endless;
      for (const [at, weight] of weights) whole.set(at, combine(whole.get(at) ?? 0, weight));
    }
    return whole;
  }

  // A pattern that is longer than what it is replaced by makes nothing longer.
  #growthOf(call: TreeNode, scope: Scope | undefined): number {
    const [, pattern, replacement] = argumentsOf(call).map((arg) => this.#estimates.text(arg, scope));
    return pattern === undefined || replacement === undefined
      ? 2
      : Math.max(1, replacement.length / Math.max(1, pattern.length));
  }

  #factorOf(call: TreeNode, scope: Scope | undefined): number {
    const name = lastName(call['funcname']) ?? '';
    if (name === 'replace') return this.#growthOf(call, scope);
    if (name === 'regexp_replace') return 2;
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
