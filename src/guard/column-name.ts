// Names a column of a SELECT as Postgres does where it has no alias (parse_target.c, FigureColname); it judges nothing.
import { asList, asNode, nameParts, nodeOf, type TreeNode } from './tree.ts';

/** A name, and whether it is stronger than that of a cast around it. */
type Figured = { readonly name: string; readonly isStrong: boolean };

const anonymous = '?column?';

/** The name of a column in a target list; undefined where this file does not know. */
export function columnName(target: TreeNode): string | undefined {
  if (typeof target['name'] === 'string') return target['name'];
  const figured = figure(target['val'], maxDepth);
  return figured === undefined ? undefined : figured.name;
}

/** Casts and subqueries within each other that are looked through. */
const maxDepth = 50;

const strong = (name: string): Figured => ({ name, isStrong: true });
const weak = (name: string): Figured => ({ name, isStrong: false });

const fixedNames: Readonly<Record<string, Figured>> = {
  A_Const: weak(anonymous),
  ParamRef: weak(anonymous),
  BoolExpr: weak(anonymous),
  NullTest: weak(anonymous),
  BooleanTest: weak(anonymous),
  GroupingFunc: strong('grouping'),
  A_ArrayExpr: strong('array'),
  RowExpr: strong('row'),
  CoalesceExpr: strong('coalesce'),
};

function figure(expression: unknown, depth: number): Figured | undefined {
  if (depth === 0) return undefined;
  const [type = ''] = Object.keys(asNode(expression) ?? {});
  const node = nodeOf(expression, type);
  if (node === undefined) return undefined;
  switch (type) {
    case 'ColumnRef':
      return lastName(node['fields']);
    case 'FuncCall':
      return lastName(node['funcname']);
    case 'A_Indirection':
      return lastName(node['indirection']) ?? figure(node['arg'], depth - 1);
    case 'A_Expr':
      return node['kind'] === 'AEXPR_NULLIF' ? strong('nullif') : weak(anonymous);
    case 'CollateClause':
      return figure(node['arg'], depth - 1);
    case 'TypeCast':
      return orWeak(figure(node['arg'], depth - 1), nameParts(asNode(node['typeName'])?.['names']).at(-1));
    case 'CaseExpr':
      return node['defresult'] === undefined
        ? weak('case')
        : orWeak(figure(node['defresult'], depth - 1), 'case');
    case 'MinMaxExpr':
      return strong(node['op'] === 'IS_LEAST' ? 'least' : 'greatest');
    case 'SQLValueFunction':
      return valueFunction(String(node['op']));
    case 'SubLink':
      return nameOfSubLink(node, depth);
    default:
      return fixedNames[type];
  }
}

// An inner name that is unknown stays unknown.
function orWeak(inner: Figured | undefined, name: string | undefined): Figured | undefined {
  if (inner === undefined || inner.isStrong || name === undefined) return inner;
  return weak(name);
}

function lastName(fields: unknown): Figured | undefined {
  const names = asList(fields).map((field) => nodeOf(field, 'String')?.['sval']);
  const name = names.findLast((each) => typeof each === 'string');
  return typeof name === 'string' ? strong(name) : undefined;
}

function valueFunction(op: string): Figured {
  const name = op.replace('SVFOP_', '').replace(/_N$/, '').toLowerCase();
  return strong(name);
}

function nameOfSubLink(link: TreeNode, depth: number): Figured | undefined {
  if (link['subLinkType'] === 'EXISTS_SUBLINK') return strong('exists');
  if (link['subLinkType'] === 'ARRAY_SUBLINK') return strong('array');
  if (link['subLinkType'] !== 'EXPR_SUBLINK') return weak(anonymous);
  const [first] = asList(nodeOf(link['subselect'], 'SelectStmt')?.['targetList']);
  const target = nodeOf(first, 'ResTarget');
  if (target === undefined) return undefined;
  return typeof target['name'] === 'string' ? strong(target['name']) : figure(target['val'], depth - 1);
}
