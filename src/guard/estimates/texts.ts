// Puts together the texts of constants that are written in pieces, where they are short; it guesses nothing.

import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { argumentsOf, lastName } from '../tree-parts.ts';
import type { Answer, Estimates } from './estimates.ts';

/** Longest text that is put together: no literal can be longer. */
const maxLength = 100_000;

/** Types that leave a text as it is, or a number as it is written. */
const plainTypes: ReadonlySet<string> = new Set([
  ...['text', 'varchar', 'name', 'citext', 'unknown', 'cstring', 'xml'],
  ...['int2', 'int4', 'int8', 'numeric'],
]);

export function textOf(
  expression: unknown,
  scope: Scope | undefined,
  estimates: Estimates,
  textOfPart: Answer<string | undefined>,
): string | undefined {
  const constant = nodeOf(expression, 'A_Const');
  if (constant !== undefined) return textOfConstant(constant);
  const text = (part: unknown): string | undefined => textOfPart(part, scope);
  const alternatives = estimates.alternatives(expression, scope);
  if (alternatives !== undefined) {
    const [only] = alternatives;
    const isOne =
      alternatives.length === 1 &&
      only?.kind === 'expression' &&
      !('A_Indirection' in (asNode(expression) ?? {}));
    return isOne ? textOfPart(only.expression, only.scope) : undefined;
  }
  const cast = nodeOf(expression, 'TypeCast');
  if (cast !== undefined) {
    const type = asNode(cast['typeName']);
    const isPlain =
      plainTypes.has(lastName(type?.['names']) ?? '') && asList(type?.['arrayBounds']).length === 0;
    return isPlain && asList(type?.['typmods']).length === 0 ? text(cast['arg']) : undefined;
  }
  const operation = nodeOf(expression, 'A_Expr');
  if (operation !== undefined) {
    return lastName(operation['name']) === '||'
      ? joined([text(operation['lexpr']), text(operation['rexpr'])])
      : undefined;
  }
  const call = nodeOf(expression, 'FuncCall');
  return call === undefined ? undefined : textOfCall(call, scope, estimates, text);
}

function textOfConstant(constant: TreeNode): string | undefined {
  if (constant['isnull'] === true) return '';
  const text = asNode(constant['sval']);
  if (text !== undefined) return String(text['sval'] ?? '');
  const integer = asNode(constant['ival']);
  if (integer !== undefined) return String(integer['ival'] ?? 0);
  const float = asNode(constant['fval'])?.['fval'];
  return typeof float === 'string' ? float : undefined;
}

function textOfCall(
  call: TreeNode,
  scope: Scope | undefined,
  estimates: Estimates,
  textOfPart: (part: unknown) => string | undefined,
): string | undefined {
  const name = lastName(call['funcname']);
  const [first, second] = argumentsOf(call);
  if (name === 'concat') return joined(argumentsOf(call).map(textOfPart));
  if (name !== 'repeat') return undefined;
  const { low, high } = estimates.range(second, scope);
  const text = textOfPart(first);
  const isShort = text !== undefined && low === high && text.length * high <= maxLength;
  return isShort ? text.repeat(Math.max(0, Math.floor(high))) : undefined;
}

function joined(texts: readonly (string | undefined)[]): string | undefined {
  let whole = '';
  for (const text of texts) {
    if (text === undefined || whole.length + text.length > maxLength) return undefined;
    whole += text;
  }
  return whole;
}
