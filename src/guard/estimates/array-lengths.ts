// How many elements an array has that array_fill makes: it takes an array of lengths, one for each dimension.

import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf } from '../tree.ts';
import { argumentsOf, lastName } from '../tree-parts.ts';
import type { Estimates } from './estimates.ts';
import { arrayWords } from './expression-sources.ts';
import { countOf, times } from './growing-functions.ts';

/** How many elements array_fill makes: the product of an array of lengths. */
export function dimensions(lengths: unknown, scope: Scope | undefined, estimates: Estimates): number {
  const cast = nodeOf(lengths, 'TypeCast');
  if (cast !== undefined && arrayWords(lengths) === undefined)
    return estimates.elementsFilled(cast['arg'], scope);
  const words = arrayWords(lengths);
  if (words !== undefined) return words.reduce((total, word) => times(total, Math.abs(Number(word)) || 0), 1);
  const product = (list: readonly unknown[], of: (part: unknown) => number): number =>
    list.reduce((total: number, part) => times(total, of(part)), 1);
  const below = (part: unknown): number => estimates.elementsFilled(part, scope);
  const number = (part: unknown): number => countOf(part, scope, estimates);
  const written = nodeOf(lengths, 'A_ArrayExpr');
  if (nodeOf(lengths, 'A_Const')?.['isnull'] === true) return 1;
  if (written !== undefined) {
    return product(asList(written['elements']), (element) =>
      nodeOf(element, 'A_ArrayExpr') === undefined ? number(element) : below(element),
    );
  }
  const subLink = nodeOf(lengths, 'SubLink');
  const select = nodeOf(subLink?.['subselect'], 'SelectStmt');
  if (select !== undefined && subLink?.['subLinkType'] === 'ARRAY_SUBLINK') {
    const most = Math.max(
      ...estimates.firstColumn(select, scope).map((each) => countOf(each.expression, each.scope, estimates)),
    );
    return most ** Math.min(6, estimates.rows(select, scope));
  }
  const operation = nodeOf(lengths, 'A_Expr');
  if (lastName(operation?.['name']) === '||')
    return product([operation?.['lexpr'], operation?.['rexpr']], part);
  const call = nodeOf(lengths, 'FuncCall');
  const name = lastName(call?.['funcname']);
  if (name === 'array_append' || name === 'array_prepend' || name === 'array_cat')
    return product(argumentsOf(call ?? {}), part);
  const alternatives = estimates.alternatives(lengths, scope);
  if (alternatives !== undefined)
    return Math.max(1, ...alternatives.map((each) => estimates.elementsFilled(each.expression, each.scope)));
  return estimates.origin(lengths, scope).data ? 1 : Number.POSITIVE_INFINITY;

  function part(value: unknown): number {
    const isNumber = asNode(nodeOf(value, 'A_Const')?.['ival']) !== undefined;
    return isNumber ? number(value) : below(value);
  }
}
