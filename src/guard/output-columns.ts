// Lists the columns that a query gives, by name and by what their types come from; it looks nothing up.
import { columnName } from './column-name.ts';
import type { Scope, Scopes } from './scope.ts';
import type { ArgumentTypes } from './shadow-policy.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from './tree.ts';

/** An expression where it stands. */
export type Placed = { readonly expression: unknown; readonly scope: Scope | undefined };

/** What the type of a column comes from. */
export type TypeSource =
  | { readonly kind: 'types'; readonly types: ArgumentTypes }
  | { readonly kind: 'declared'; readonly typeName: TreeNode | undefined }
  /** A call in FROM, whose arguments see what stands left of it. */
  | { readonly kind: 'placed'; readonly expression: unknown; readonly scope: () => Scope }
  /** Several where arms of UNION or rows of VALUES agree on a type. */
  | { readonly kind: 'expressions'; readonly all: readonly Placed[] };

/** A column; one without a name may bear any. */
export type Column = { readonly name: string | undefined; readonly source: TypeSource };

/** `*` or `alias.*` in the target list of the SELECT that `scope` is inside. */
export type Star = { readonly alias: string | undefined; readonly scope: Scope };

/** A table as written; its first columns bear other names where an alias has a list of `renamed` names. */
export type NamedTable = {
  readonly schema: string | undefined;
  readonly name: string;
  readonly renamed?: number;
};

/** Columns under one alias, as far as they are known. */
export type Columns = {
  readonly listed: readonly Column[];
  readonly stars: readonly Star[];
  /** Others whose columns are columns here too. */
  readonly parts: readonly Columns[];
  /** A table of the database. */
  readonly relation: NamedTable | undefined;
  /** Asked when it matters: false where there may be columns beyond these. */
  readonly isComplete: () => boolean;
  /** Asked when it matters: false where those listed may not be there. */
  readonly isFirm: () => boolean;
  /** False where the columns are named right, but may be of another type than `stars` and `parts` say. */
  readonly isTyped: boolean;
};

export const unknownType: TypeSource = { kind: 'types', types: undefined };

const yes = () => true;
const no = () => false;

/** Columns that are listed and no others. */
export function onlyListed(listed: readonly Column[]): Columns {
  return { listed, stars: [], parts: [], relation: undefined, isComplete: yes, isFirm: yes, isTyped: true };
}

/** Columns of which these are known and others may be there. */
export function atLeast(listed: readonly Column[]): Columns {
  return { ...onlyListed(listed), isComplete: no };
}

/** The columns under an alias with a list of names, `AS s (a, b)`, which rename from the left. */
export function renamed(columns: Columns, colnames: unknown): Columns {
  const given = nameParts(colnames);
  if (given.length === 0) return columns;
  const { stars, parts, relation, listed } = columns;
  if (relation !== undefined && listed.length + stars.length + parts.length === 0) {
    const named = given.map((name) => ({ name, source: unknownType }));
    return { ...columns, listed: named, relation: { ...relation, renamed: given.length } };
  }
  if (stars.length > 0 || parts.length > 0 || relation !== undefined || !columns.isComplete()) {
    return atLeast(given.map((name) => ({ name, source: unknownType })));
  }
  return onlyListed(listed.map((column, at) => ({ ...column, name: given[at] ?? column.name })));
}

/** The columns of a query that `scope` is inside. */
export function outputColumns(select: TreeNode, scope: Scope, scopes: Scopes): Columns {
  const arms = armsOf(select, scope, scopes).map(columnsOfArm);
  const [first = atLeast([])] = arms;
  if (arms.length <= 1) return first;
  const isPlain = arms.every((arm) => arm.stars.length === 0 && arm.isComplete());
  if (!isPlain) {
    const listed = first.listed.map(({ name }) => ({ name, source: unknownType }));
    return { ...first, listed, isTyped: false };
  }
  return onlyListed(
    first.listed.map(({ name }, at) => ({
      name,
      source: { kind: 'expressions', all: arms.flatMap((arm) => expressionsOf(arm.listed[at])) },
    })),
  );
}

function expressionsOf(column: Column | undefined): readonly Placed[] {
  return column?.source.kind === 'expressions' ? column.source.all : [nothing];
}

/** An expression of which nothing is known. */
const nothing: Placed = { expression: undefined, scope: undefined };

type Arm = { readonly select: TreeNode; readonly scope: Scope };

// The SELECTs that UNION and its kin join, from the left; without recursion, as there may be thousands.
function armsOf(select: TreeNode, scope: Scope, scopes: Scopes): readonly Arm[] {
  const arms: Arm[] = [];
  const waiting: Arm[] = [{ select, scope }];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { select: one, scope: here } = at;
    const [left, right] = [asNode(one['larg']), asNode(one['rarg'])];
    if (left === undefined || right === undefined) arms.push(at);
    else {
      waiting.push({ select: right, scope: scopes.inside(right, here) });
      waiting.push({ select: left, scope: scopes.inside(left, here) });
    }
  }
  return arms;
}

function columnsOfArm({ select, scope }: Arm): Columns {
  const rows = asList(select['valuesLists']);
  return rows.length > 0 ? columnsOfValues(rows, scope) : columnsOfTargets(select, scope);
}

function columnsOfValues(rows: readonly unknown[], scope: Scope): Columns {
  const items = rows.map((row) => asList(nodeOf(row, 'List')?.['items']));
  return onlyListed(
    (items[0] ?? []).map((_, at) => ({
      name: `column${at + 1}`,
      source: { kind: 'expressions', all: items.map((row) => ({ expression: row[at], scope })) },
    })),
  );
}

function columnsOfTargets(select: TreeNode, scope: Scope): Columns {
  const listed: Column[] = [];
  const stars: Star[] = [];
  let isComplete = true;
  for (const each of asList(select['targetList'])) {
    const target = nodeOf(each, 'ResTarget');
    const fields = asList(nodeOf(target?.['val'], 'ColumnRef')?.['fields']);
    const steps = asList(nodeOf(target?.['val'], 'A_Indirection')?.['indirection']);
    if (target === undefined || isStar(steps.at(-1))) isComplete = false;
    else if (isStar(fields.at(-1))) stars.push({ alias: nameParts(fields).at(-2), scope });
    else {
      const source = { kind: 'expressions', all: [{ expression: target['val'], scope }] } as const;
      listed.push({ name: columnName(target), source });
    }
  }
  return { ...onlyListed(listed), stars, isComplete: isComplete ? yes : no };
}

function isStar(field: unknown): boolean {
  return nodeOf(field, 'A_Star') !== undefined;
}
