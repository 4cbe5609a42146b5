// What the guard can ask of the constants of one statement: how big they grow, and how much work two of them make.

import type { TreeNode } from '../tree.ts';
import { dimensions } from './array-lengths.ts';
import { subscriptsOf } from './array-subscripts.ts';
import { bytesOf, bytesOfElement } from './bytes.ts';
import {
  type Allowance,
  type Answer,
  type AnswerBounds,
  type Estimates,
  type Origin,
  rememberByNode,
} from './estimates.ts';
import { alternativesOf, originOf, readsTableOf } from './expression-sources.ts';
import { createNames } from './name-sources.ts';
import { rangeOf, rangeOfRows, upperBoundsOf } from './numbers.ts';
import { anything } from './range-arithmetic.ts';
import { type RowContext, rowsCollectedBy, rowsOfSelect } from './rows.ts';
import { textOf } from './texts.ts';

/** The estimates of one statement, and what they came to in all. */
export type Sizes = {
  /** Made when something is first asked: most statements ask nothing. */
  readonly estimates: () => Estimates;
  /** True where the statement caused more estimating than is allowed, so that no answer holds. */
  readonly isSpent: () => boolean;
  /** Bytes of the constants that grew so far, each counted once. */
  grown: number;
};

/** Characters of a constant that are read in a step. */
const charactersOfStep = 8;

const noBounds: ReadonlyMap<string, number> = new Map();
const noOrigin: Origin = { data: false, parameter: false };

export function createSizes(allowance: Allowance): Sizes {
  let estimates: Estimates | undefined;
  return {
    estimates: () => (estimates ??= createEstimates(allowance)),
    isSpent: () => allowance.steps < 0,
    grown: 0,
  };
}

function createEstimates(allowance: Allowance): Estimates {
  const names = createNames(allowance);
  const remember = <Value>(bounds: AnswerBounds<Value>, answer: Answer<Value>): Answer<Value> =>
    rememberByNode(allowance, bounds, answer);
  const spend = (steps: number): boolean => {
    allowance.steps -= steps;
    return allowance.steps >= 0;
  };
  const always = { pending: anything, worst: anything };
  const endless = { pending: 1, worst: Number.POSITIVE_INFINITY };
  const someBytes = { pending: 64, worst: Number.POSITIVE_INFINITY };
  const pieces: Answer<string | undefined> = remember<string | undefined>(
    { pending: undefined, worst: undefined },
    (node, scope) => textOf(node, scope, estimates, pieces),
  );
  const estimates: Estimates = {
    bytes: remember(someBytes, (node, scope) => bytesOf(node, scope, estimates)),
    range: remember(always, (node, scope) => rangeOf(node, scope, estimates)),
    // Who asks reads the text, each time: the pieces that it is put together of are not read.
    text: (node, scope) => {
      const text = pieces(node, scope);
      return spend((text?.length ?? 0) / charactersOfStep) ? text : undefined;
    },
    origin: remember({ pending: noOrigin, worst: noOrigin }, (node, scope) =>
      originOf(node, scope, estimates, allowance),
    ),
    alternatives: (node, scope) => alternativesOf(node, scope, names),
    rowsCollected: remember(endless, (node, scope) =>
      scope === undefined ? 1 : rowsCollectedBy(node as TreeNode, scope, context()),
    ),
    rows: remember(endless, (node, scope) => rowsOfSelect(node as TreeNode, scope, context())),
    firstColumn: names.firstColumn,
    columns: names.columns,
    upperBounds: remember({ pending: noBounds, worst: noBounds }, (node, scope) =>
      scope === undefined ? noBounds : upperBoundsOf(node as TreeNode, scope, estimates),
    ),
    readsTable: remember({ pending: false, worst: false }, (node, scope) =>
      scope === undefined ? false : readsTableOf(node as TreeNode, scope, names, estimates),
    ),
    elementBytes: remember(someBytes, (node, scope) => bytesOfElement(node, scope, estimates)),
    elementRange: remember(always, (node, scope) => rangeOfRows(node, scope, estimates)),
    subscripts: remember(always, (node, scope) => subscriptsOf(node, scope, estimates)),
    elementsFilled: remember(endless, (node, scope) => dimensions(node, scope, estimates)),
    spend,
    remember,
  };
  const context = (): RowContext => ({ estimates, names });
  return estimates;
}
