// What the guard can ask of the constants of one statement: how big they grow, and how much work two of them make.

import type { TreeNode } from '../tree.ts';
import { bytesOf } from './bytes.ts';
import { createAllowance, type Estimates, type Origin, rememberByNode } from './estimates.ts';
import { alternativesOf, originOf, readsTableOf } from './expression-sources.ts';
import { createNames } from './name-sources.ts';
import { rangeOf, upperBoundsOf } from './numbers.ts';
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

const noBounds: ReadonlyMap<string, number> = new Map();
const noOrigin: Origin = { data: false, parameter: false };

export function createSizes(): Sizes {
  const allowance = createAllowance();
  let estimates: Estimates | undefined;
  return {
    estimates: () => (estimates ??= createEstimates(allowance)),
    isSpent: () => allowance.steps < 0,
    grown: 0,
  };
}

function createEstimates(allowance: ReturnType<typeof createAllowance>): Estimates {
  const names = createNames(allowance);
  const always = { pending: anything, worst: anything };
  const endless = { pending: 1, worst: Number.POSITIVE_INFINITY };
  const estimates: Estimates = {
    bytes: rememberByNode(allowance, { pending: 64, worst: Number.POSITIVE_INFINITY }, (node, scope) =>
      bytesOf(node, scope, estimates),
    ),
    range: rememberByNode(allowance, always, (node, scope) => rangeOf(node, scope, estimates)),
    text: rememberByNode<string | undefined>(
      allowance,
      { pending: undefined, worst: undefined },
      (node, scope) => textOf(node, scope, estimates),
    ),
    origin: rememberByNode(allowance, { pending: noOrigin, worst: noOrigin }, (node, scope) =>
      originOf(node, scope, estimates, allowance),
    ),
    alternatives: (node, scope) => alternativesOf(node, scope, names),
    rowsCollected: rememberByNode(allowance, endless, (node, scope) =>
      scope === undefined ? 1 : rowsCollectedBy(node as TreeNode, scope, context()),
    ),
    rows: rememberByNode(allowance, endless, (node, scope) =>
      rowsOfSelect(node as TreeNode, scope, context()),
    ),
    firstColumn: names.firstColumn,
    columns: names.columns,
    upperBounds: rememberByNode(allowance, { pending: noBounds, worst: noBounds }, (node, scope) =>
      scope === undefined ? noBounds : upperBoundsOf(node as TreeNode, scope, estimates),
    ),
    readsTable: rememberByNode(allowance, { pending: false, worst: false }, (node, scope) =>
      scope === undefined ? false : readsTableOf(node as TreeNode, scope, names, estimates),
    ),
  };
  const context = (): RowContext => ({ estimates, names });
  return estimates;
}
