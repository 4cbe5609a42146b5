// Guesses the type of an argument from literals, casts and columns of known tables; anything else is not known, and
// so is a parameter that stands twice, which takes its type from the part of the statement that Postgres reads first.
import type { Policy } from './policy.ts';
import { itemsNamed, type Scope } from './scope.ts';
import type { ArgumentTypes } from './shadow-policy.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from './tree.ts';

/** What the types of a statement depend on beside its text. */
export type TypeContext = {
  readonly policy: Policy;
  /** How often $n stands in the statement. */
  readonly parameterUses: (number: number) => number;
};

/** The types the expression may have. */
export function typesOf(expression: unknown, scope: Scope | undefined, context: TypeContext): ArgumentTypes {
  const { policy } = context;
  const constant = nodeOf(expression, 'A_Const');
  if (constant !== undefined) return typesOfConstant(constant);
  const parameter = nodeOf(expression, 'ParamRef');
  if (parameter !== undefined) {
    return context.parameterUses(Number(parameter['number'])) === 1 ? ['unknown'] : undefined;
  }
  const cast = nodeOf(expression, 'TypeCast');
  if (cast !== undefined) return typeOfCast(asNode(cast['typeName']), policy);
  const call = nodeOf(expression, 'FuncCall');
  if (call !== undefined) {
    const parts = nameParts(call['funcname']);
    const isOwn = policy.functions.find(parts).every((entry) => entry.builtIn);
    return isOwn && textFunctions.has(parts.at(-1) ?? '') ? ['text'] : undefined;
  }
  const column = nodeOf(expression, 'ColumnRef');
  return column === undefined ? undefined : typesOfColumn(column, scope, policy);
}

const textFunctions: ReadonlySet<string> = new Set([
  ...['concat', 'concat_ws', 'format', 'initcap', 'left', 'md5', 'quote_literal', 'regexp_replace', 'repeat'],
  ...['replace', 'right', 'split_part', 'to_char', 'translate'],
]);

function typesOfConstant(constant: TreeNode): string[] {
  if (constant['ival'] !== undefined) return ['int4'];
  if (constant['boolval'] !== undefined) return ['bool'];
  if (constant['bsval'] !== undefined) return ['bit'];
  const float = asNode(constant['fval']);
  if (float === undefined) return ['unknown'];
  // 0x1FFFFFFFF and 1_000_000_000_000 are bigint too, and a number with many digits is numeric (manual, 4.1.2.6).
  return /^\d[\d_]*$|^0[xob]/i.test(String(float['fval'])) ? ['int8', 'numeric'] : ['numeric'];
}

function typeOfCast(typeName: TreeNode | undefined, policy: Policy): ArgumentTypes {
  const parts = nameParts(typeName?.['names']);
  const name = parts.at(-1) ?? '';
  if (asList(typeName?.['arrayBounds']).length > 0 || !policy.types.isBuiltIn(name)) return undefined;
  return parts.length === 1 || parts[0] === 'pg_catalog' ? [name] : undefined;
}

// Every item a column may come from must be a table whose columns are known; subqueries and CTEs may rename.
function typesOfColumn(column: TreeNode, scope: Scope | undefined, policy: Policy): ArgumentTypes {
  const fields = asList(column['fields']).map((field) => nodeOf(field, 'String')?.['sval']);
  const name = fields.at(-1);
  const alias = fields.at(-2);
  if (typeof name !== 'string') return undefined;
  const types: string[] = [];
  for (const item of itemsNamed(scope, typeof alias === 'string' ? alias : undefined)) {
    if (item.kind !== 'relation') return undefined;
    const type = policy.columnType(item.schema, item.name, name);
    if (type !== undefined) types.push(type);
    else if (!policy.isKnownRelation(item.schema, item.name)) return undefined;
  }
  return types.length === 0 ? undefined : types;
}
