// The list of rules, in the order in which they are asked about one node; it decides nothing itself.
import { attributeCall } from './attribute-call.ts';
import { bigOperands } from './big-operands.ts';
import { cast } from './cast.ts';
import { checkedLiteral } from './checked-literal.ts';
import { expansion } from './expansion.ts';
import { explainOption } from './explain-option.ts';
import { functionCall } from './function-call.ts';
import { jsonFunction } from './json-function.ts';
import { modifyingCte } from './modifying-cte.ts';
import { nestedGrowth } from './nested-growth.ts';
import { operator } from './operator.ts';
import { pairwiseWork } from './pairwise-work.ts';
import { recursiveGrowth } from './recursive-growth.ts';
import { recursiveUnion } from './recursive-union.ts';
import { relation } from './relation.ts';
import { rowLock } from './row-lock.ts';
import type { Rule } from './rule.ts';
import { selectInto } from './select-into.ts';
import { setting } from './setting.ts';
import { sqlLiteral } from './sql-literal.ts';
import { tableSample } from './table-sample.ts';
import { type } from './type.ts';
import { xmlPath } from './xml-path.ts';

/** A new rule is one file beside this one and one line here; its codes must occur in the refused corpus. */
export const rules: readonly Rule[] = [
  modifyingCte,
  selectInto,
  rowLock,
  setting,
  functionCall,
  sqlLiteral,
  jsonFunction,
  attributeCall,
  operator,
  type,
  checkedLiteral,
  cast,
  relation,
  tableSample,
  xmlPath,
  explainOption,
  expansion,
  bigOperands,
  nestedGrowth,
  pairwiseWork,
  recursiveGrowth,
  recursiveUnion,
];
