// The shape of a rule: which nodes it looks at and what it says of one; rules do not know each other.
import type { ErrorCode } from '../../base/error-catalogue.ts';
import type { Sizes } from '../estimates/constants.ts';
import type { Policy } from '../policy.ts';
import type { Objection, Refusal } from '../refusal.ts';
import type { TreeNode } from '../tree.ts';
import type { Position } from '../walk.ts';

/** What a rule may ask beside the node itself. */
export type RuleContext = {
  readonly policy: Policy;
  /** Judges SQL that stands in a literal; undefined where the text is itself such a literal. */
  readonly judgeLiteral: ((sql: string) => Refusal | undefined) | undefined;
  /** How often $n stands in the statement. */
  readonly parameterUses: (number: number) => number;
  /** Estimates made so far in this statement, by node. */
  readonly sizes: Sizes;
};

/** One rule. `judge` is called for every node of the types named, before its children are walked. */
export type Rule = {
  readonly name: string;
  /** The codes it refuses with. */
  readonly codes: readonly ErrorCode[];
  readonly nodes: readonly string[];
  readonly judge: (
    node: TreeNode,
    position: Position,
    context: RuleContext,
    type: string,
  ) => Refusal | undefined;
};

/** The refusal for an objection of the policy, undefined for none. */
export function refusalFor(
  code: ErrorCode,
  objection: Objection,
  position: Position,
  policy: Policy,
): Refusal | undefined {
  if (objection === undefined) return undefined;
  const { message, hint, isUnknown } = objection;
  const dependsOnCatalog = isUnknown === true && policy.isFloor;
  return { code, message, hint, byteOffset: position.byteOffset, dependsOnCatalog };
}
