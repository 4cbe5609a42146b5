// Refuses untyped literals, parameters and JSON that Postgres would read as a type which runs a user's function over what it
// reads: as the type of what stands beside them. A database without columns of such types sees nothing of it.
import { type CheckedValues, readCheckedValues } from '../checked-values.ts';
import type { Policy } from '../policy.ts';
import type { Refusal } from '../refusal.ts';
import type { Scope } from '../scope.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from '../tree.ts';
import { argumentsOf, isStar, lastName } from '../tree-parts.ts';
import type { Position } from '../walk.ts';
import { type Rule, refusalFor } from './rule.ts';

export const checkedLiteral: Rule = {
  name: 'checked-literal',
  codes: ['GUARD_TYPE'],
  nodes: [
    ...['FuncCall', 'A_Expr', 'SubLink', 'CaseExpr', 'CoalesceExpr', 'MinMaxExpr', 'A_ArrayExpr'],
    'SelectStmt',
  ],
  judge: (node, position, { policy }, type) => {
    if (!policy.checkedColumns.areThere) return undefined;
    const values = valuesOf(position.scope, node, policy);
    if (values === undefined) return undefined;
    const filled = filledBy(node, type);
    if (filled !== undefined && !isTyped(filled)) return refused(position, policy, fillsRow);
    return groupsOf(node, type, values, policy).some(readsLiteral)
      ? refused(position, policy, readsAsNeighbour)
      : undefined;
  },
};

const readsAsNeighbour = {
  message: 'a literal would be read as a type that runs a function of a user',
  hint: "Write the type of the literal, as in '5'::int or 'abc'::text, and of a parameter, as in $1::int; compare rows field by field.",
};

const fillsRow = {
  message: 'a row would be filled with values of types that run a function of a user',
  hint: "Read single fields of the document instead, as in j->>'name'.",
};

function refused(position: Position, policy: Policy, objection: typeof fillsRow): Refusal | undefined {
  return refusalFor('GUARD_TYPE', objection, position, policy);
}

const known = new WeakMap<
  TreeNode,
  { readonly policy: Policy; readonly values: CheckedValues | undefined }
>();

// One reading for all of a statement: its outermost SELECT holds it.
function valuesOf(scope: Scope | undefined, node: TreeNode, policy: Policy): CheckedValues | undefined {
  let root = scope;
  while (root?.parent !== undefined) root = root.parent;
  const select = root?.select ?? node;
  const found = known.get(select);
  if (found?.policy === policy) return found.values;
  const values = readCheckedValues(select, policy.checkedColumns, policy.functions);
  known.set(select, { policy, values });
  return values;
}

const fillingFunctions: ReadonlySet<string> = new Set([
  ...['json_populate_record', 'jsonb_populate_record', 'json_populate_recordset', 'jsonb_populate_recordset'],
  // The last one is that of hstore, and so is the operator #=.
  ...['jsonb_populate_record_valid', 'populate_record'],
]);

/** The row that a call or operator fills with what it reads. */
function filledBy(node: TreeNode, type: string): unknown {
  if (type === 'A_Expr') return lastName(node['name']) === '#=' ? node['lexpr'] : undefined;
  if (type !== 'FuncCall' || !fillingFunctions.has(lastName(node['funcname']) ?? '')) return undefined;
  const args = asList(node['args']);
  const named = args.map((arg) => nodeOf(arg, 'NamedArgExpr')).find((arg) => arg?.['name'] === 'base');
  return named?.['arg'] ?? args[0];
}

// The rule on types judges the one that is written; a record tells only when it runs what it is.
function isTyped(expression: unknown): boolean {
  const cast = nodeOf(expression, 'TypeCast');
  return cast !== undefined && lastName(asNode(cast['typeName'])?.['names']) !== 'record';
}

/** Expressions that agree on a type, each with whether it is such a literal and whether it has such a type. */
type Group = readonly { readonly isLiteral: boolean; readonly isChecked: boolean }[];

function readsLiteral(group: Group): boolean {
  return group.some(
    (one, at) => one.isLiteral && group.some((other, place) => place !== at && other.isChecked),
  );
}

function groupsOf(node: TreeNode, type: string, values: CheckedValues, policy: Policy): readonly Group[] {
  const group = (list: readonly unknown[], least: 1 | 2 = 2): Group =>
    list.map((each) => ({ isLiteral: holdsLiteral(each), isChecked: values.levelOf(each) >= least }));
  switch (type) {
    case 'FuncCall': {
      const isWithinGroup = node['agg_within_group'] === true;
      if (!isWithinGroup && !policy.functions.agrees(nameParts(node['funcname']))) return [];
      const sorted = isWithinGroup
        ? asList(node['agg_order']).map((each) => nodeOf(each, 'SortBy')?.['node'])
        : [];
      return [group([...argumentsOf(node), ...sorted], 1)];
    }
    case 'A_Expr': {
      const isOwn = policy.checkedColumns.hasOwnOperator(lastName(node['name']) ?? '');
      return [group([node['lexpr'], node['rexpr']], isOwn ? 1 : 2)];
    }
    case 'CaseExpr': {
      const whens = asList(node['args']).map((when) => nodeOf(when, 'CaseWhen'));
      const results = group([...whens.map((when) => when?.['result']), node['defresult']]);
      return [results, group([node['arg'], ...whens.map((when) => when?.['expr'])])];
    }
    case 'A_ArrayExpr':
      return [group(asList(node['elements']))];
    case 'SubLink':
      return [groupOfSubLink(node, values)];
    case 'SelectStmt':
      return groupsOfSelect(node, values, group);
    default:
      return [group(asList(node['args']))];
  }
}

// 'literal' IN (SELECT …): what the subquery gives is typed.
function groupOfSubLink(link: TreeNode, values: CheckedValues): Group {
  const select = nodeOf(link['subselect'], 'SelectStmt');
  if (link['testexpr'] === undefined || select === undefined) return [];
  const isChecked = values.outputs(select)?.every((level) => level < 2) !== true;
  return [
    { isLiteral: holdsLiteral(link['testexpr']), isChecked: false },
    { isLiteral: false, isChecked },
  ];
}

function groupsOfSelect(
  select: TreeNode,
  values: CheckedValues,
  group: (list: readonly unknown[]) => Group,
): readonly Group[] {
  const rows = asList(select['valuesLists']).map((row) => asList(nodeOf(row, 'List')?.['items']));
  if (rows.length > 0) return (rows[0] ?? []).map((_, at) => group(rows.map((row) => row[at])));
  const arms = [asNode(select['larg']), asNode(select['rarg'])];
  return arms.flatMap((arm, side) =>
    literalsOf(arm).map(({ place, isAfterStar }): Group => {
      const other = arms[1 - side];
      const isChecked = isAfterStar || (other !== undefined && values.outputAt(other, place) === 2);
      return [
        { isLiteral: true, isChecked: false },
        { isLiteral: false, isChecked },
      ];
    }),
  );
}

/** Places of the literals in the target list, or in VALUES, of one arm of a UNION. */
function literalsOf(arm: TreeNode | undefined): readonly { place: number; isAfterStar: boolean }[] {
  const values = asList(arm?.['targetList']).map((target) => nodeOf(target, 'ResTarget')?.['val']);
  const rows = asList(arm?.['valuesLists']).flatMap((row) => [
    ...asList(nodeOf(row, 'List')?.['items']).entries(),
  ]);
  const star = values.findIndex((value) => isStar(value));
  return [...values.entries(), ...rows].flatMap(([place, value]) =>
    holdsLiteral(value) ? [{ place, isAfterStar: star >= 0 && star < place }] : [],
  );
}

// A literal in a row or list is read as what stands in its place; COLLATE changes nothing of that.
function holdsLiteral(expression: unknown): boolean {
  const waiting: unknown[] = [expression];
  while (waiting.length > 0) {
    const next = waiting.pop();
    const [type = ''] = Object.keys(asNode(next) ?? {});
    const node = nodeOf(next, type);
    if (type === 'ParamRef' || (type === 'A_Const' && node?.['sval'] !== undefined)) return true;
    if (type === 'CollateClause' || type === 'NamedArgExpr') waiting.push(node?.['arg']);
    if (type === 'RowExpr') waiting.push(...asList(node?.['args']));
    if (type === 'A_ArrayExpr') waiting.push(...asList(node?.['elements']));
    if (type === 'List') waiting.push(...asList(node?.['items']));
  }
  return false;
}
