// The words for where values come from that run a function of a user when they are read or cast; no code.
import type { CheckLevel } from './checked-columns.ts';
import type { TreeNode } from './tree.ts';

/** Where values of such types come from. */
export type ValueOrigins = {
  /** Columns of a relation as written. */
  readonly of: (schema: string | undefined, relation: string) => ReadonlyMap<string, CheckLevel> | undefined;
  /** What else gives them; undefined where only columns do. */
  readonly made?: MadeValues;
};

/** What gives values of such types that no column holds. */
export type MadeValues = {
  readonly byType: (typeName: TreeNode | undefined) => CheckLevel;
  readonly byResults: (results: readonly string[] | undefined) => CheckLevel;
  readonly byOperator: (name: string) => CheckLevel;
  readonly byParameter: (parameter: TreeNode) => CheckLevel;
  /** A number, or syntax that is no call. */
  readonly bySyntax: (type: string, node: TreeNode) => CheckLevel;
};
