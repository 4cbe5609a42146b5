// The words of the estimates that the guard makes of constants: what can be asked of an expression, and within which bounds.
import type { Placed } from '../output-columns.ts';
import type { Scope } from '../scope.ts';
import type { TreeNode } from '../tree.ts';

/** What the name of a column stands for: an expression, a function in FROM, or data of a table. */
export type Source =
  | ({ readonly kind: 'expression' | 'function' } & Placed)
  | { readonly kind: 'data'; readonly expression?: undefined; readonly scope?: undefined };

/** All numbers that an expression may come to; times are seconds, since 1970 or of an interval. */
export type Range = { readonly low: number; readonly high: number; readonly unit?: TimeUnit | undefined };
export type TimeUnit = 'date' | 'time' | 'span';

/** What a value depends on beside constants. */
export type Origin = { readonly data: boolean; readonly parameter: boolean };

/** What can be asked. Each is answered once for each node, so that all of it stays linear in the text. */
export type Estimates = {
  /** Bytes the value may take; Infinity where constants hide it; a guess that errs low where columns decide. */
  readonly bytes: (expression: unknown, scope: Scope | undefined) => number;
  readonly range: (expression: unknown, scope: Scope | undefined) => Range;
  /** The text of a constant, where it is short and plain. */
  readonly text: (expression: unknown, scope: Scope | undefined) => string | undefined;
  readonly origin: (expression: unknown, scope: Scope | undefined) => Origin;
  /** Expressions of which the value is one: branches of CASE, what a name means, what a subquery selects. */
  readonly alternatives: (expression: unknown, scope: Scope | undefined) => readonly Source[] | undefined;
  /** Rows that FROM and WHERE give the aggregates of a SELECT. */
  readonly rowsCollected: (select: TreeNode, scope: Scope) => number;
  /** Rows that a SELECT gives. */
  readonly rows: (select: TreeNode, outer: Scope | undefined) => number;
  /** What stands in the first column of a SELECT. */
  readonly firstColumn: (select: TreeNode, outer: Scope | undefined) => readonly Source[];
  /** What stands in each column of a SELECT. */
  readonly columns: (select: TreeNode, outer: Scope | undefined) => readonly (readonly Source[])[];
  /** What WHERE says that columns of a SELECT are at most. */
  readonly upperBounds: (select: TreeNode, scope: Scope) => ReadonlyMap<string, number>;
  /** True where a table feeds the SELECT, so that nobody knows how many rows there are. */
  readonly readsTable: (select: TreeNode, scope: Scope) => boolean;
  /** Bytes of a row that a function in FROM or in a list of columns gives. */
  readonly elementBytes: (call: unknown, scope: Scope | undefined) => number;
  /** The range of the rows that a function in FROM gives. */
  readonly elementRange: (call: unknown, scope: Scope | undefined) => Range;
  /** The subscripts that elements of an array may have. */
  readonly subscripts: (array: unknown, scope: Scope | undefined) => Range;
  /** How many elements array_fill makes for an array of lengths. */
  readonly elementsFilled: (lengths: unknown, scope: Scope | undefined) => number;
  /** Counts work that no other question counts, in looks at an expression; false where that was too much. */
  readonly spend: (steps: number) => boolean;
  /** A question of one's own that is answered once for each node, within the allowance of the statement. */
  readonly remember: <Value>(bounds: AnswerBounds<Value>, answer: Answer<Value>) => Answer<Value>;
};

/** What is answered of an expression where it stands. */
export type Answer<Value> = (node: unknown, scope: Scope | undefined) => Value;

/** `pending` answers for a node that is being asked, `worst` beyond the allowance. */
export type AnswerBounds<Value> = { readonly pending: Value; readonly worst: Value };

/** How much estimating one statement may cause, inner statements included; beyond it every answer is the worst. */
export type Allowance = { steps: number; depth: number };

/** Deepest chain of expressions and names that is followed; the stack of the process holds some more. */
const maxDepth = 900;

export function createAllowance(steps: number): Allowance {
  return { steps, depth: 0 };
}

/** Remembers answers by node. */
export function rememberByNode<Value>(
  allowance: Allowance,
  { pending, worst }: AnswerBounds<Value>,
  answer: Answer<Value>,
): Answer<Value> {
  const known = new Map<unknown, { value: Value }>();
  return (node, scope) => {
    const found = known.get(node);
    if (found !== undefined) return found.value;
    if (allowance.depth >= maxDepth || --allowance.steps < 0) return worst;
    const entry = { value: pending };
    known.set(node, entry);
    allowance.depth++;
    entry.value = answer(node, scope);
    allowance.depth--;
    return entry.value;
  };
}

/** The scope inside of a SELECT that stands in `outer`. */
export function scopeOf(select: TreeNode, outer: Scope | undefined): Scope {
  return { ctes: noNames, select, parent: outer };
}

const noNames: Set<string> = new Set();
