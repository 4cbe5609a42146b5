// Lists the columns of functions in FROM, of XMLTABLE and of JSON_TABLE; what a call gives it is told.
import { atLeast, type Column, type Columns, onlyListed, renamed, unknownType } from './output-columns.ts';
import { rowFunctions } from './result-lists.ts';
import type { Scope } from './scope.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from './tree.ts';

/** What is asked about calls. */
export type CallFacts = {
  /** True where a call by this name can only run functions of initdb. */
  readonly isBuiltIn: (parts: readonly string[]) => boolean;
  /** True where a call by this name gives values of plain types, which are one column. */
  readonly givesOneColumn: (parts: readonly string[]) => boolean;
  /** True where a call of unnest takes one array of plain values. */
  readonly unnestsPlain: (call: TreeNode, scope: Scope) => boolean;
};

/** Columns of one function among those of an item. */
type Piece = {
  readonly columns: readonly Column[];
  /** True for the one column of a function that names none: it bears the alias. */
  readonly isScalar: boolean;
  /** True where the columns are known without a look at what the arguments are. */
  readonly isFixed: boolean;
  readonly isComplete: () => boolean;
};

/** Columns of `f(…)`, `ROWS FROM (…)` and `f(…) AS x (a int, b text)`; the arguments see what stands left of the item. */
export function columnsOfFunctions(node: TreeNode, scopeOfArguments: () => Scope, facts: CallFacts): Columns {
  const functions = asList(node['functions']).map((each) => asList(nodeOf(each, 'List')?.['items']));
  const alias = asNode(node['alias']);
  const pieces = functions.map(([call, definitions]) =>
    pieceOf(call, listOf(definitions) ?? asList(node['coldeflist']), scopeOfArguments, facts),
  );
  const [first] = pieces;
  if (first === undefined) return atLeast([]);
  // One column of one function bears the alias (Postgres, parse_relation.c, chooseScalarFunctionAlias).
  const name = pieces.length === 1 && first.isScalar ? alias?.['aliasname'] : undefined;
  const bearing = typeof name === 'string' ? { name } : {};
  const listed = pieces.flatMap((piece) => piece.columns.map((column) => ({ ...column, ...bearing })));
  if (node['ordinality'] === true) listed.push({ name: 'ordinality', source: typed('int8') });
  if (pieces.every((piece) => piece.isFixed)) return renamed(onlyListed(listed), alias?.['colnames']);
  const isComplete = () => pieces.every((piece) => piece.isComplete());
  const given = nameParts(alias?.['colnames']);
  const source = (at: number) => (at === 0 && first.isScalar ? listed[0]?.source : undefined) ?? unknownType;
  const named = given.map((each, at) => ({ name: each, source: source(at) }));
  // An array of rows gives their columns; only names that are given are sure to be there then.
  const isFirm = given.length >= listed.length ? () => true : isComplete;
  return { ...onlyListed([...named, ...listed.slice(given.length)]), isComplete, isFirm };
}

function pieceOf(
  expression: unknown,
  definitions: readonly unknown[],
  scopeOfArguments: () => Scope,
  facts: CallFacts,
): Piece {
  if (definitions.length > 0) {
    return fixed(definitions.map((each) => declaredColumn(nodeOf(each, 'ColumnDef'))));
  }
  const call = nodeOf(expression, 'FuncCall');
  if (call === undefined) return { columns: [], isScalar: false, isFixed: false, isComplete: () => false };
  const parts = nameParts(call['funcname']);
  const name = parts.at(-1) ?? '';
  const row = rowFunctions.get(name);
  if (row !== undefined && facts.isBuiltIn(parts)) {
    return fixed(Object.entries(row).map(([column, type]) => ({ name: column, source: typed(type) })));
  }
  const source = { kind: 'placed', expression, scope: scopeOfArguments } as const;
  const scalar = { columns: [{ name, source }], isScalar: true } as const;
  if (facts.givesOneColumn(parts)) return { ...scalar, isFixed: true, isComplete: () => true };
  if (name === 'unnest' && facts.isBuiltIn(parts) && asList(call['args']).length === 1) {
    const isComplete = () => facts.unnestsPlain(call, scopeOfArguments());
    return { ...scalar, isFixed: false, isComplete };
  }
  return { columns: [], isScalar: false, isFixed: false, isComplete: () => false };
}

// The definitions in ROWS FROM (f() AS (a int)); elsewhere their place is an empty node.
function listOf(definitions: unknown): readonly unknown[] | undefined {
  const items = nodeOf(definitions, 'List')?.['items'];
  return items === undefined ? undefined : asList(items);
}

function fixed(columns: readonly Column[]): Piece {
  return { columns, isScalar: false, isFixed: true, isComplete: () => true };
}

/** Columns of XMLTABLE. */
export function columnsOfXmlTable(node: TreeNode): Columns {
  const columns = asList(node['columns']).map((each) => tableColumn(nodeOf(each, 'RangeTableFuncCol')));
  // Without COLUMNS it gives one of type xml (manual, 9.15.3.5).
  const listed = columns.length > 0 ? columns : [{ name: undefined, source: unknownType }];
  return renamed(onlyListed(listed), asNode(node['alias'])?.['colnames']);
}

/** Columns of JSON_TABLE, those of NESTED PATH in their place. */
export function columnsOfJsonTable(node: TreeNode): Columns {
  return renamed(onlyListed(jsonColumns(node['columns'])), asNode(node['alias'])?.['colnames']);
}

function jsonColumns(list: unknown): Column[] {
  return asList(list).flatMap((each) => {
    const column = nodeOf(each, 'JsonTableColumn');
    if (column?.['coltype'] === 'JTC_NESTED') return jsonColumns(column['columns']);
    return [tableColumn(column)];
  });
}

// A column FOR ORDINALITY has no type of its own.
function tableColumn(column: TreeNode | undefined): Column {
  const declared = declaredColumn(column);
  return column?.['typeName'] === undefined ? { ...declared, source: typed('int4') } : declared;
}

function declaredColumn(column: TreeNode | undefined): Column {
  const name = column?.['colname'] ?? column?.['name'];
  const source = { kind: 'declared', typeName: asNode(column?.['typeName']) } as const;
  return { name: typeof name === 'string' ? name : undefined, source };
}

function typed(type: string): Column['source'] {
  return { kind: 'types', types: [type] };
}
