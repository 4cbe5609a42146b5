// Lists the items in the FROM of a SELECT, each with the columns it gives; it looks no column up.
import {
  type CallFacts,
  columnsOfFunctions,
  columnsOfJsonTable,
  columnsOfXmlTable,
} from './function-columns.ts';
import { atLeast, type Columns, onlyListed, outputColumns, renamed, unknownType } from './output-columns.ts';
import type { Cte, Scope, Scopes } from './scope.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from './tree.ts';

/** A name in FROM. */
export type Item = {
  /** Undefined where this file cannot tell the name it bears, so that any may mean it. */
  readonly name: string | undefined;
  readonly columns: Columns;
  /** Behind the alias of a join, and so seen within that join only. */
  readonly isHidden: boolean;
  /** Named by USING (…) AS alias: its columns are those of the join. */
  readonly isOnlyName: boolean;
};

/** The items of a SELECT. */
export type ItemReader = (scope: Scope) => readonly Item[];

export function createItemReader(scopes: Scopes, facts: CallFacts): ItemReader {
  const columnsOfCtes = new WeakMap<TreeNode, Columns>();
  const columnsOfCte = (cte: Cte): Columns => {
    const known = columnsOfCtes.get(cte.definition) ?? readCte(cte, scopes);
    columnsOfCtes.set(cte.definition, known);
    return known;
  };
  return (scope) => {
    const reading = { scope, scopes, facts, columnsOfCte, items: [], depth: 0 };
    for (const node of asList(scope.select['fromClause'])) read(node, reading);
    return reading.items;
  };
}

type Reading = {
  readonly scope: Scope;
  readonly scopes: Scopes;
  readonly facts: CallFacts;
  readonly columnsOfCte: (cte: Cte) => Columns;
  readonly items: Item[];
  /** Joins around the item. */
  readonly depth: number;
};

/** Joins within each other that are read. */
const maxJoins = 500;

function read(node: unknown, reading: Reading): void {
  const { scope, scopes, facts } = reading;
  const push = (name: unknown, columns: Columns) => add(name, columns, reading.items);
  const join = nodeOf(node, 'JoinExpr');
  if (join !== undefined && reading.depth < maxJoins) {
    readJoin(join, reading);
    return;
  }
  const relation = nodeOf(nodeOf(node, 'RangeTableSample')?.['relation'] ?? node, 'RangeVar');
  if (relation !== undefined) {
    push(aliasOf(relation) ?? relation['relname'], columnsOfRelation(relation, reading));
    return;
  }
  const subquery = nodeOf(node, 'RangeSubselect');
  const select = nodeOf(subquery?.['subquery'], 'SelectStmt');
  if (subquery !== undefined && select !== undefined) {
    const columns = outputColumns(select, scopes.inside(select, scope), scopes);
    push(aliasOf(subquery), renamed(columns, asNode(subquery['alias'])?.['colnames']));
    return;
  }
  const call = nodeOf(node, 'RangeFunction');
  if (call !== undefined) {
    const scopeOfArguments = () => scopes.ofArguments(call, scope);
    push(aliasOf(call) ?? nameOfFunction(call), columnsOfFunctions(call, scopeOfArguments, facts));
    return;
  }
  const [xml, json] = [nodeOf(node, 'RangeTableFunc'), nodeOf(node, 'JsonTable')];
  if (xml !== undefined) push(aliasOf(xml) ?? 'xmltable', columnsOfXmlTable(xml));
  else if (json !== undefined) push(aliasOf(json) ?? 'json_table', columnsOfJsonTable(json));
  else push(undefined, atLeast([]));
}

function aliasOf(node: TreeNode): unknown {
  return asNode(node['alias'])?.['aliasname'];
}

// ROWS FROM bears the name of its first function (Postgres, addRangeTableEntryForFunction).
function nameOfFunction(node: TreeNode): string | undefined {
  const [first] = asList(nodeOf(asList(node['functions'])[0], 'List')?.['items']);
  return nameParts(nodeOf(first, 'FuncCall')?.['funcname']).at(-1);
}

// The alias of a join hides what it joins, outside of it; its own columns are those of both sides.
function readJoin(join: TreeNode, reading: Reading): void {
  const alias = aliasOf(join);
  const inner: Item[] = typeof alias === 'string' ? [] : reading.items;
  const within = { ...reading, items: inner, depth: reading.depth + 1 };
  read(join['larg'], within);
  read(join['rarg'], within);
  const common = asNode(join['join_using_alias'])?.['aliasname'];
  if (typeof common === 'string') {
    const listed = nameParts(join['usingClause']).map((name) => ({ name, source: unknownType }));
    inner.push({ name: common, columns: onlyListed(listed), isHidden: false, isOnlyName: true });
  }
  if (typeof alias !== 'string') return;
  const parts = inner.filter((item) => !item.isHidden && !item.isOnlyName).map((item) => item.columns);
  for (const item of inner) reading.items.push({ ...item, isHidden: true });
  const columns = renamed({ ...onlyListed([]), parts }, asNode(join['alias'])?.['colnames']);
  add(alias, columns, reading.items);
}

function add(name: unknown, columns: Columns, items: Item[]): void {
  const known = typeof name === 'string' ? name : undefined;
  items.push({ name: known, columns, isHidden: false, isOnlyName: false });
}

function columnsOfRelation(relation: TreeNode, { scope, scopes, columnsOfCte }: Reading): Columns {
  const name = String(relation['relname']);
  const schema = relation['schemaname'] === undefined ? undefined : String(relation['schemaname']);
  const colnames = asNode(relation['alias'])?.['colnames'];
  const cte = schema === undefined ? scopes.cte(scope, name) : undefined;
  if (cte !== undefined) return renamed(columnsOfCte(cte), colnames);
  return renamed({ ...onlyListed([]), relation: { schema, name } }, colnames);
}

function readCte({ definition, isRecursive, scope }: Cte, scopes: Scopes): Columns {
  const select = nodeOf(definition['ctequery'], 'SelectStmt');
  if (select === undefined) return atLeast([]);
  const right = asNode(select['rarg']);
  const name = String(definition['ctename']);
  const seen = isRecursive && right !== undefined ? mentions(right, name) : 'nothing';
  // The left side alone decides the types of a query that reads itself (manual, 7.8.2); the right one must agree.
  const left = seen === 'itself' ? asNode(select['larg']) : undefined;
  const of = left ?? select;
  const inside = scopes.inside(select, scope);
  const columns = outputColumns(of, of === select ? inside : scopes.inside(of, inside), scopes);
  const isTyped = columns.isTyped && seen !== 'unclear';
  const hasMore = definition['search_clause'] !== undefined || definition['cycle_clause'] !== undefined;
  const isComplete = hasMore ? () => false : columns.isComplete;
  const listed = isTyped
    ? columns.listed
    : columns.listed.map((column) => ({ ...column, source: unknownType }));
  return renamed({ ...columns, listed, isTyped, isComplete }, definition['aliascolnames']);
}

// Whether a query reads the CTE that it is part of; one with a WITH of its own may hide that name.
function mentions(select: TreeNode, name: string): 'nothing' | 'itself' | 'unclear' {
  let found: 'nothing' | 'itself' = 'nothing';
  const waiting: unknown[] = [select];
  while (waiting.length > 0) {
    const value = waiting.pop();
    const relation = nodeOf(value, 'RangeVar');
    if (relation?.['relname'] === name && relation['schemaname'] === undefined) found = 'itself';
    for (const [key, part] of Object.entries(asNode(value) ?? {})) {
      if (key === 'withClause') return 'unclear';
      if (typeof part === 'object') waiting.push(part);
    }
    if (Array.isArray(value)) for (const part of value) waiting.push(part);
  }
  return found;
}
