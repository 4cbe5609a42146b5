// The numbers that may be taken out of a document that is written as a constant; a path that calculates is not read.

import type { Scope } from '../scope.ts';
import { asNode, nodeOf, type TreeNode } from '../tree.ts';
import { lastName } from '../tree-parts.ts';
import type { Estimates, Range } from './estimates.ts';
import { anything, exactly, hull } from './range-arithmetic.ts';

/** Operators that take a part out of a document. */
export const takingOperators: ReadonlySet<string> = new Set(['->', '->>', '#>', '#>>']);

/** Strings and numbers of a document without escapes, names among them. */
const scalarPattern = /"([^"]*)"|[-+]?\d[\w.+-]*/g;
/** A path that takes a part as it is. */
const plainPath = /^\s*(?:lax\s|strict\s)?\s*\$(?:\.\w+|\[\d+\])*\s*$/;

/** The hull of all numbers in a document, as a part of it is one of them. */
export function numbersInDocument(document: unknown, scope: Scope | undefined, estimates: Estimates): Range {
  const cast = nodeOf(document, 'TypeCast');
  const type = lastName(asNode(cast?.['typeName'])?.['names']);
  const isDocument = type === 'json' || type === 'jsonb';
  const operation = nodeOf(document, 'A_Expr');
  if (takingOperators.has(lastName(operation?.['name']) ?? '')) {
    return numbersInDocument(operation?.['lexpr'], scope, estimates);
  }
  const text = estimates.text(isDocument ? cast?.['arg'] : document, scope);
  if (text === undefined || text.includes('\\')) return anything;
  const numbers = [...text.matchAll(scalarPattern)]
    .map(([whole, inner = whole]) => (inner.trim() === '' ? Number.NaN : Number(inner.replaceAll('_', ''))))
    .filter((number) => !Number.isNaN(number));
  return hull(numbers.map(exactly));
}

/** The range of JSON_VALUE, which may also give what it says ON EMPTY and ON ERROR. */
export function rangeOfJsonValue(node: TreeNode, scope: Scope | undefined, estimates: Estimates): Range {
  const path = estimates.text(node['pathspec'], scope);
  if (path === undefined || !plainPath.test(path)) return anything;
  const document = asNode(node['context_item'])?.['raw_expr'];
  const otherwise = ['on_empty', 'on_error']
    .map((key) => asNode(node[key])?.['expr'])
    .filter((each) => each !== undefined);
  return hull([
    numbersInDocument(document, scope, estimates),
    ...otherwise.map((each) => estimates.range(each, scope)),
  ]);
}
