// Judges operators, written ones and those that BETWEEN, IN, CASE, USING and ORDER BY imply.
import { nameParts, type TreeNode } from '../tree.ts';
import { type Rule, refusalFor } from './rule.ts';

export const operator: Rule = {
  name: 'operator',
  codes: ['GUARD_OPERATOR'],
  nodes: ['A_Expr', 'SubLink', 'SortBy', 'CaseExpr', 'JoinExpr'],
  judge: (node, position, context, type) => {
    for (const parts of operatorsOf(node, type)) {
      const objection = context.policy.operators(parts);
      if (objection !== undefined) return refusalFor('GUARD_OPERATOR', objection, position, context.policy);
    }
    return undefined;
  },
};

const equality: readonly string[][] = [['=']];
const range: readonly string[][] = [['>='], ['<='], ['<'], ['>']];
const none: readonly string[][] = [];

function operatorsOf(node: TreeNode, type: string): readonly string[][] {
  if (type === 'A_Expr') {
    return String(node['kind']).includes('BETWEEN') ? range : [nameParts(node['name'])];
  }
  if (type === 'SortBy') return node['useOp'] === undefined ? none : [nameParts(node['useOp'])];
  if (type === 'CaseExpr') return node['arg'] === undefined ? none : equality;
  if (type === 'JoinExpr')
    return node['usingClause'] === undefined && node['isNatural'] !== true ? none : equality;
  if (node['operName'] !== undefined) return [nameParts(node['operName'])];
  return node['subLinkType'] === 'ANY_SUBLINK' ? equality : none;
}
