// Refuses JSON functions of the standard where a user has a function of that name: servers before 16 or 17 do not know
// the syntax and would call the user's function, whatever the newer grammar here reads.
import { nameParts, type TreeNode } from '../tree.ts';
import { type Rule, refusalFor } from './rule.ts';

export const jsonFunction: Rule = {
  name: 'json-function',
  codes: ['GUARD_FUNCTION'],
  nodes: [
    ...['JsonFuncExpr', 'JsonParseExpr', 'JsonScalarExpr', 'JsonSerializeExpr', 'JsonObjectConstructor'],
    ...['JsonArrayConstructor', 'JsonArrayQueryConstructor', 'JsonObjectAgg', 'JsonArrayAgg', 'FuncCall'],
  ],
  judge: (node, position, { policy }, type) => {
    const name = nameOf(node, type);
    if (name === undefined || policy.functions.find([name]).every((entry) => entry.builtIn)) return undefined;
    return refusalFor(
      'GUARD_FUNCTION',
      policy.functions.ofCall([name], () => true),
      position,
      policy,
    );
  },
};

const names: Readonly<Record<string, string>> = {
  JSON_VALUE_OP: 'json_value',
  JSON_QUERY_OP: 'json_query',
  JSON_EXISTS_OP: 'json_exists',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
};

function nameOf(node: TreeNode, type: string): string | undefined {
  if (type === 'JsonFuncExpr') return names[String(node['op'])];
  if (type !== 'FuncCall') return names[type];
  // json_object(…) is syntax for the newer grammar, which then names it in full.
  return nameParts(node['funcname']).join('.') === 'pg_catalog.json_object' ? 'json_object' : undefined;
}
