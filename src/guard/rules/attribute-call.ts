// Judges x.name and (x).name, which call a function of one argument where x has no such column.
import type { Objection } from '../refusal.ts';
import { asList, nodeOf, type TreeNode } from '../tree.ts';
import type { Position } from '../walk.ts';
import { type Rule, type RuleContext, refusalFor } from './rule.ts';

export const attributeCall: Rule = {
  name: 'attribute-call',
  codes: ['GUARD_ATTRIBUTE_CALL'],
  nodes: ['ColumnRef', 'A_Indirection'],
  judge: (node, position, context, type) => {
    const names = type === 'ColumnRef' ? attributeOfColumn(node) : attributesOf(node);
    for (const name of names) {
      const objection = objectionTo(name, context);
      if (objection === undefined) continue;
      if (type === 'ColumnRef' && isColumn(node, name, position, context)) continue;
      return refusalFor('GUARD_ATTRIBUTE_CALL', objection, position, context.policy);
    }
    return undefined;
  },
};

// In a.b and s.a.b only the last name can be a call (Postgres, parse_expr.c, transformColumnRef).
function attributeOfColumn(node: TreeNode): string[] {
  const fields = asList(node['fields']);
  return fields.length > 1 ? textOf(fields.at(-1)) : [];
}

function attributesOf(node: TreeNode): string[] {
  return asList(node['indirection']).flatMap(textOf);
}

function textOf(field: unknown): string[] {
  const text = nodeOf(field, 'String')?.['sval'];
  return typeof text === 'string' ? [text] : [];
}

function objectionTo(name: string, { policy }: RuleContext): Objection {
  const objection = policy.functions.ofAttribute(name) ?? policy.types.ofAttribute(name);
  if (objection === undefined) return undefined;
  return {
    message: `"${name}" after a dot would call a function that is not allowed`,
    hint: `If "${name}" is a column, read it through its table: give the table an alias in FROM and write alias."${name}".`,
    isUnknown: objection.isUnknown,
  };
}

function isColumn(node: TreeNode, name: string, { scope }: Position, { policy }: RuleContext): boolean {
  const [alias] = textOf(asList(node['fields']).at(-2));
  return alias !== undefined && policy.expressions.findColumn(scope, alias, name).isSure;
}
