// Looks through what only passes a value on: CASE, COALESCE, COLLATE, scalar subqueries, names; and what a value rests on.

import type { Scope } from '../scope.ts';
import { asList, asNode, literalText, nodeOf, type TreeNode } from '../tree.ts';
import { findAll, lastName, partsOf } from '../tree-parts.ts';
import type { Allowance, Estimates, Origin, Source } from './estimates.ts';
import { scopeOf } from './estimates.ts';
import type { Names } from './name-sources.ts';

/** Expressions of which the value is one; undefined where the node makes a value of its own. */
export function alternativesOf(
  expression: unknown,
  scope: Scope | undefined,
  names: Names,
): readonly Source[] | undefined {
  const [type] = Object.keys(asNode(expression) ?? {});
  const node = type === undefined ? undefined : nodeOf(expression, type);
  if (node === undefined) return undefined;
  const all = (list: readonly unknown[]): readonly Source[] =>
    list
      .filter((each) => each !== undefined)
      .map((each) => ({ kind: 'expression', expression: each, scope }));
  switch (type) {
    case 'CollateClause':
    case 'NamedArgExpr':
      return all([node['arg']]);
    case 'CoalesceExpr':
    case 'MinMaxExpr':
      return all(asList(node['args']));
    case 'CaseExpr':
      return all([
        ...asList(node['args']).map((when) => nodeOf(when, 'CaseWhen')?.['result']),
        node['defresult'],
      ]);
    case 'A_Expr':
      return node['kind'] === 'AEXPR_NULLIF' ? all([node['lexpr']]) : undefined;
    case 'XmlSerialize':
      return all([node['expr']]);
    case 'A_Indirection':
      return elementsOf(node['arg'], scope, names) ?? all([node['arg']]);
    case 'ColumnRef':
      return names.sourcesOf(node, scope);
    case 'SubLink': {
      const select = nodeOf(node['subselect'], 'SelectStmt');
      const isScalar = node['subLinkType'] === 'EXPR_SUBLINK' && select !== undefined;
      return isScalar ? names.firstColumn(select, scope) : undefined;
    }
    default:
      return undefined;
  }
}

/** What an array holds, where it is written out or filled. */
function elementsOf(array: unknown, scope: Scope | undefined, names: Names): readonly Source[] | undefined {
  const cast = nodeOf(array, 'TypeCast');
  if (cast !== undefined) return elementsOf(cast['arg'], scope, names);
  const written = nodeOf(array, 'A_ArrayExpr');
  if (written !== undefined) {
    return asList(written['elements']).map((expression) => ({ kind: 'expression', expression, scope }));
  }
  const call = nodeOf(array, 'FuncCall');
  if (call !== undefined && lastName(call['funcname']) === 'array_fill') {
    return [{ kind: 'expression', expression: asList(call['args'])[0], scope }];
  }
  const subLink = nodeOf(array, 'SubLink');
  const select = nodeOf(subLink?.['subselect'], 'SelectStmt');
  return subLink?.['subLinkType'] === 'ARRAY_SUBLINK' && select !== undefined
    ? names.firstColumn(select, scope)
    : undefined;
}

/** The words between the braces of an array literal, quotes left out. */
export function arrayWords(expression: unknown): readonly string[] | undefined {
  const cast = nodeOf(expression, 'TypeCast');
  const text = literalText(cast === undefined ? expression : cast['arg']);
  return text?.startsWith('{') === true ? (text.match(/[^{},"\s]+/g) ?? []) : undefined;
}

const constant: Origin = { data: false, parameter: false };
const fromData: Origin = { data: true, parameter: false };

/** Tells whether tables or parameters decide a value. */
export function originOf(
  expression: unknown,
  scope: Scope | undefined,
  estimates: Estimates,
  allowance: Allowance,
): Origin {
  if (Array.isArray(expression)) return originOfSources(expression as readonly Source[], estimates);
  let parameter = false;
  const waiting: unknown[] = [expression];
  while (waiting.length > 0) {
    if (--allowance.steps < 0) return constant;
    const value = asNode(waiting.pop());
    if (value === undefined) continue;
    if ('ParamRef' in value) parameter = true;
    const found = originOfLeaf(value, scope, estimates);
    if (found?.data === true) return { data: true, parameter: parameter || found.parameter };
    if (found !== undefined) parameter ||= found.parameter;
    else for (const part of partsOf(value)) waiting.push(part);
  }
  return { data: false, parameter };
}

function originOfLeaf(value: TreeNode, scope: Scope | undefined, estimates: Estimates): Origin | undefined {
  // What a name stands for is one list wherever the name stands, and is looked at once.
  if ('ColumnRef' in value) return estimates.origin(estimates.alternatives(value, scope) ?? [], undefined);
  const select = nodeOf(nodeOf(value, 'SubLink')?.['subselect'], 'SelectStmt');
  if (select !== undefined) {
    return estimates.readsTable(select, scopeOf(select, scope))
      ? fromData
      : estimates.origin(estimates.firstColumn(select, scope), undefined);
  }
  const call = nodeOf(value, 'FuncCall');
  const countsRows =
    call !== undefined &&
    (call['agg_star'] === true || call['over'] !== undefined || lastName(call['funcname']) === 'count');
  return countsRows && scope !== undefined && estimates.readsTable(scope.select, scope)
    ? fromData
    : undefined;
}

function originOfSources(sources: readonly Source[], { origin }: Estimates): Origin {
  let parameter = false;
  for (const source of sources) {
    if (source.kind === 'data') return fromData;
    const found = origin(source.expression, source.scope);
    if (found.data) return found;
    parameter ||= found.parameter;
  }
  return { data: false, parameter };
}

/** True where a table stands in FROM, in a subquery of it, or in a CTE that it names. */
export function readsTableOf(select: TreeNode, scope: Scope, names: Names, estimates: Estimates): boolean {
  if (select['larg'] !== undefined) {
    return [asNode(select['larg']), asNode(select['rarg'])].some(
      (arm) => arm !== undefined && estimates.readsTable(arm, scopeOf(arm, scope)),
    );
  }
  const items = findAll(select['fromClause'], (value) =>
    'RangeVar' in value ||
    'RangeSubselect' in value ||
    'RangeFunction' in value ||
    'RangeTableFunc' in value ||
    'JsonTable' in value
      ? value
      : undefined,
  );
  return items.some((item) => {
    const relation = nodeOf(item, 'RangeVar');
    if (relation !== undefined) {
      const cte = names.cteOf(relation, scope);
      return cte === undefined || estimates.readsTable(cte.select, scopeOf(cte.select, cte.scope));
    }
    const subquery = nodeOf(nodeOf(item, 'RangeSubselect')?.['subquery'], 'SelectStmt');
    if (subquery !== undefined) return estimates.readsTable(subquery, scopeOf(subquery, scope));
    const call = nodeOf(item, 'RangeFunction');
    return estimates.origin(item, call === undefined ? scope : names.ofArguments(call, scope)).data;
  });
}
