// Judges the SQL that crosstab, ts_stat and their kin get as text: only a literal that is a read by itself passes.
import { builtInSqlFunctions, sqlLiteralFunctions } from '../function-lists.ts';
import type { Refusal } from '../refusal.ts';
import { asList, literalText, nameParts, nodeOf } from '../tree.ts';
import type { Rule, RuleContext } from './rule.ts';

export const sqlLiteral: Rule = {
  name: 'sql-literal',
  codes: ['GUARD_FUNCTION'],
  nodes: ['FuncCall'],
  judge: (node, position, context) => {
    const name = nameParts(node['funcname']).at(-1) ?? '';
    for (const argument of sqlOf(name, asList(node['args']))) {
      const refusal = judgeArgument(argument, name, context);
      if (refusal !== undefined) return { ...refusal, byteOffset: position.byteOffset };
    }
    return undefined;
  },
};

const none: readonly unknown[] = [];

// With three arguments ts_rewrite(query, target, substitute) runs nothing.
function sqlOf(name: string, args: readonly unknown[]): readonly unknown[] {
  if (sqlLiteralFunctions.has(name)) return args;
  const place = builtInSqlFunctions.get(name);
  return place === undefined || (name === 'ts_rewrite' && args.length === 3) ? none : [args[place]];
}

function judgeArgument(argument: unknown, name: string, context: RuleContext): Refusal | undefined {
  // crosstab(text, int) takes a number of columns.
  if (nodeOf(argument, 'A_Const')?.['ival'] !== undefined) return undefined;
  const sql = literalText(argument);
  if (sql === undefined || context.judgeLiteral === undefined) {
    return {
      code: 'GUARD_FUNCTION',
      message: `the SQL text of "${name}" must be a literal`,
      hint: 'Write the inner SELECT as one string literal, without parameters or concatenation.',
    };
  }
  const inner = context.judgeLiteral(sql);
  return inner && { ...inner, message: `in the SQL text of "${name}": ${inner.message}` };
}
