// Judges every function call by what its name resolves to; aggregates, window and FROM functions are calls too.

import { builtInSqlFunctions, sqlLiteralFunctions } from '../function-lists.ts';
import type { Policy } from '../policy.ts';
import type { CatalogFunction } from '../policy-catalog.ts';
import type { Refusal } from '../refusal.ts';
import { isHarmlessSetting } from '../setting-lists.ts';
import { asList, literalText, nameParts, type TreeNode } from '../tree.ts';
import type { Position } from '../walk.ts';
import { type Rule, type RuleContext, refusalFor } from './rule.ts';

export const functionCall: Rule = {
  name: 'function-call',
  codes: ['GUARD_FUNCTION', 'GUARD_TYPE'],
  nodes: ['FuncCall'],
  judge: (node, position, context) => {
    const parts = nameParts(node['funcname']);
    const name = parts.at(-1) ?? '';
    const { functions } = context.policy;
    if (sqlLiteralFunctions.has(name) && isTablefunc(parts, context)) return undefined;
    if (builtInSqlFunctions.has(name) && isOfInitdb(parts, context)) return undefined;
    if (name === 'current_setting' && tellsHarmless(node, parts, context)) return undefined;
    if (name === 'pg_input_is_valid' || name === 'pg_input_error_info') {
      return judgeInputCheck(node, name, position, context);
    }
    if (isCast(node, parts, context)) return undefined;
    const objection = functions.ofCall(parts, (entry) => isReachable(entry, node, position, context));
    return refusalFor('GUARD_FUNCTION', objection, position, context.policy);
  },
};

// A user's overload of a built-in name counts unless the arguments are known to mean another (manual, "Functions").
function isReachable(
  entry: CatalogFunction,
  node: TreeNode,
  position: Position,
  context: RuleContext,
): boolean {
  if (entry.builtIn || entry.extension !== undefined) return true;
  if (node['func_variadic'] === true || node['agg_within_group'] === true) return true;
  const { policy, parameterUses } = context;
  const types = asList(node['args']).map((argument) =>
    policy.expressions.typesOf(argument, position.scope, parameterUses),
  );
  return policy.shadows(entry.schema, entry.name, types);
}

// The rule on SQL literals judges these where the extension tablefunc made them (or nobody did).
function isTablefunc(parts: readonly string[], { policy }: RuleContext): boolean {
  if (parts.length > 2) return false;
  const found = policy.functions.find(parts);
  const mayBeMissing = parts.length === 1 && found.length === 0;
  return mayBeMissing || (found.length > 0 && found.every((entry) => entry.extension === 'tablefunc'));
}

// The rule on settings refuses the others with a code of its own.
function tellsHarmless(node: TreeNode, parts: readonly string[], context: RuleContext): boolean {
  const [first] = asList(node['args']);
  return isOfInitdb(parts, context) && isHarmlessSetting(literalText(first) ?? '');
}

function isOfInitdb(parts: readonly string[], { policy }: RuleContext): boolean {
  const found = policy.functions.find(parts);
  return parts.length <= 2 && found.length > 0 && found.every((entry) => entry.builtIn);
}

// f(x) casts x to the type f where no function f exists (manual, "Value Expressions", type casts).
function isCast(node: TreeNode, parts: readonly string[], { policy }: RuleContext): boolean {
  const type = parts.at(-1) ?? '';
  if (!policy.types.isBuiltIn(type) || asList(node['args']).length !== 1) return false;
  if (parts.length > 1 && parts[0] !== 'pg_catalog') return false;
  return policy.functions.find(parts).length === 0 && policy.types.ofType(parts) === undefined;
}

// pg_input_is_valid runs the input function of a type named by text, past the rule on types.
function judgeInputCheck(
  node: TreeNode,
  name: string,
  position: Position,
  { policy }: RuleContext,
): Refusal | undefined {
  const type = literalText(asList(node['args'])[1]);
  if (type !== undefined && isPlainType(type, policy)) return undefined;
  return {
    code: 'GUARD_FUNCTION',
    message: `function "${name}" is only allowed with a built-in type as a literal`,
    hint: `Write the type as a plain literal, for example ${name}(x, 'int4').`,
    byteOffset: position.byteOffset,
  };
}

// Built-in types as the grammar spells them beside pg_type's names (manual, table 8.1).
const spelledTypes: ReadonlySet<string> = new Set([
  ...[
    'bigint',
    'int',
    'integer',
    'smallint',
    'real',
    'float',
    'double precision',
    'decimal',
    'dec',
    'boolean',
  ],
  ...['character', 'char', 'character varying', 'national character', 'bit varying'],
  ...['timestamp with time zone', 'timestamp without time zone', 'time with time zone'],
  'time without time zone',
]);

// A name, perhaps with numbers in brackets, perhaps an array of it: nothing that could run a function of a user.
function isPlainType(text: string, policy: Policy): boolean {
  const name = text
    .toLowerCase()
    .replace(/\(\s*\d+\s*(?:,\s*\d+\s*)?\)/, ' ')
    .replace(/(?:\[\d*\])+\s*$/, '')
    .trim()
    .replace(/\s+/g, ' ');
  return policy.types.isBuiltIn(name) || spelledTypes.has(name);
}
