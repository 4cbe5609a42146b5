// Follows the name of a column to what it stands for: targets of subqueries and CTEs, VALUES, functions in FROM, tables.

import { columnName } from '../column-name.ts';
import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { armsOf, findAll } from '../tree-parts.ts';
import { byName, functionItem, merged, type Output, type Outputs, renamed } from './column-outputs.ts';
import { type Allowance, type Source, scopeOf } from './estimates.ts';
import { VisibleItems } from './visible-items.ts';
import { type Cte, WithQueries } from './with-queries.ts';

/** The FROM clause of one SELECT, by alias and by name of column. */
type Level = {
  readonly items: readonly Outputs[];
  readonly byAlias: ReadonlyMap<string, Outputs>;
  readonly byName: ReadonlyMap<string, readonly Source[]>;
  readonly rest: readonly Source[];
};

/** Most subqueries and CTEs that are read one through another by a star. */
const maxNested = 400;
/** Most columns without a name that are followed. */
const maxUnnamed = 200;

/** Columns that are put in a list in a step. */
const columnsOfStep = 8;

const data: readonly Source[] = [{ kind: 'data' }];
const nothing: Outputs = { list: [], rest: [] };
const table: Outputs = { list: [], rest: data };

/** What names mean within one statement. */
export type Names = {
  readonly sourcesOf: (column: TreeNode, scope: Scope | undefined) => readonly Source[];
  readonly firstColumn: (select: TreeNode, outer: Scope | undefined) => readonly Source[];
  readonly columns: (select: TreeNode, outer: Scope | undefined) => readonly (readonly Source[])[];
  readonly cteOf: (relation: TreeNode, scope: Scope | undefined) => Cte | undefined;
  /** The scope of the arguments of a function in FROM. */
  readonly ofArguments: (item: TreeNode, scope: Scope) => Scope;
};

export function createNames(allowance: Allowance): Names {
  const queries = new WithQueries();
  const visible = new VisibleItems(allowance);
  const reader = new NameReader(allowance, queries, visible);
  return {
    sourcesOf: (column, scope) => reader.sourcesOf(column, scope),
    firstColumn: (select, outer) => {
      const { list, rest } = reader.outputsOf(select, outer);
      return list[0]?.sources ?? rest;
    },
    columns: (select, outer) => reader.outputsOf(select, outer).list.map(({ sources }) => sources),
    cteOf: (relation, scope) => queries.cteOf(relation, scope),
    ofArguments: (item, scope) => visible.ofArguments(item, scope),
  };
}

/** Lives as long as the judging of one statement, and remembers each FROM clause that it has read. */
class NameReader {
  readonly #allowance: Allowance;
  readonly #levels = new Map<TreeNode, Level>();
  readonly #outputs = new Map<TreeNode, Outputs>();
  readonly #queries: WithQueries;
  readonly #visible: VisibleItems;
  readonly #columns = new Map<Outputs, ReadonlyMap<string, readonly Source[]>>();
  readonly #rows = new Map<Outputs, readonly Source[]>();

  #depth = 0;

  constructor(allowance: Allowance, queries: WithQueries, visible: VisibleItems) {
    this.#allowance = allowance;
    this.#queries = queries;
    this.#visible = visible;
  }

  sourcesOf(column: TreeNode, scope: Scope | undefined): readonly Source[] {
    const fields = asList(column['fields']).map((field) => nodeOf(field, 'String')?.['sval']);
    const name = fields.at(-1);
    const alias = fields.at(-2);
    if (typeof name !== 'string') return this.#wholeRow(alias, scope);
    let rest: readonly Source[] | undefined;
    // A table further in might have the column too; the expression that surely has it is the worse of both.
    for (const at of this.#visible.outwards(scope)) {
      const level = this.#levelOf(at);
      if (typeof alias === 'string') {
        const item = level.byAlias.get(alias);
        if (item !== undefined) return this.#columnsOf(item).get(name) ?? item.rest;
        continue;
      }
      const exact = level.byName.get(name) ?? this.#rowOf(level.byAlias.get(name));
      if (exact.length > 0) return exact;
      if (rest === undefined && level.rest.length > 0) rest = level.rest;
    }
    return rest ?? data;
  }

  #wholeRow(alias: unknown, scope: Scope | undefined): readonly Source[] {
    for (const at of this.#visible.outwards(scope)) {
      const item = this.#levelOf(at).byAlias.get(String(alias));
      if (item !== undefined)
        return item.rest.length > 0 ? [...this.#rowOf(item), ...item.rest] : this.#rowOf(item);
    }
    return data;
  }

  /** The first column of each name. */
  #columnsOf(item: Outputs): ReadonlyMap<string, readonly Source[]> {
    const known = this.#columns.get(item);
    if (known !== undefined) return known;
    const columns = new Map<string, readonly Source[]>();
    for (const { name, sources } of item.list) {
      if (name !== undefined && !columns.has(name)) columns.set(name, sources);
    }
    this.#allowance.steps -= item.list.length / columnsOfStep;
    this.#columns.set(item, columns);
    return columns;
  }

  /** What all columns of an item stand for: the name of a row means any of them. */
  #rowOf(item: Outputs | undefined): readonly Source[] {
    if (item === undefined) return [];
    const known = this.#rows.get(item);
    if (known !== undefined) return known;
    const row = item.list.flatMap(({ sources }) => sources);
    this.#allowance.steps -= row.length / columnsOfStep;
    this.#rows.set(item, row);
    return row;
  }

  /** The columns of a SELECT, position by position over all arms of a UNION. */
  outputsOf(select: TreeNode, outer: Scope | undefined): Outputs {
    const known = this.#outputs.get(select);
    if (known !== undefined) return known;
    if (this.#depth >= maxNested) this.#allowance.steps = -1;
    if (this.#allowance.steps < 0) return nothing;
    this.#depth++;
    this.#outputs.set(select, nothing);
    // WITH of the whole UNION is seen by each of its arms.
    const around = asNode(select['larg']) === undefined ? outer : scopeOf(select, outer);
    const arms = armsOf(select).map((arm) => this.#outputsOfArm(arm, scopeOf(arm, around)));
    const both = arms.length === 1 ? (arms[0] ?? nothing) : merged(arms);
    const outputs = { list: both.list, rest: this.#short(both.rest) };
    this.#allowance.steps -= outputs.list.reduce((total, { sources }) => total + sources.length, 1);
    this.#outputs.set(select, outputs);
    this.#depth--;
    return outputs;
  }

  // How often a recursion over tables turns is for the tables to say, and so are the values that it counts up.
  #outputsOfCte(cte: Cte): Outputs {
    const outputs = this.outputsOf(cte.select, cte.scope);
    const isRecursive = asNode(cte.scope.select['withClause'])?.['recursive'] === true;
    if (!isRecursive || asNode(cte.select['larg']) === undefined) return outputs;
    const relations = armsOf(cte.select).flatMap((arm) =>
      findAll(arm['fromClause'], (value) => nodeOf(value, 'RangeVar')),
    );
    if (relations.every((relation) => this.#queries.cteOf(relation, cte.scope) !== undefined)) return outputs;
    const list = outputs.list.map(({ name, sources }) => ({ name, sources: [...sources, ...data] }));
    return { list, rest: outputs.rest };
  }

  #outputsOfArm(arm: TreeNode, scope: Scope): Outputs {
    const rows = asList(arm['valuesLists']).map((row) => asList(nodeOf(row, 'List')?.['items']));
    if (rows.length > 0) {
      const list = (rows[0] ?? []).map((_, column) => ({
        name: `column${column + 1}`,
        sources: rows.map((row): Source => ({ kind: 'expression', expression: row[column], scope })),
      }));
      return { list, rest: [] };
    }
    const list: Output[] = [];
    const rest: Source[] = [];
    const behindRow: Source[] = [];
    for (const item of asList(arm['targetList'])) {
      const target = nodeOf(item, 'ResTarget');
      const column = asList(nodeOf(target?.['val'], 'ColumnRef')?.['fields']);
      if (nodeOf(column.at(-1), 'A_Star') !== undefined) {
        for (const outputs of this.#starred(column, scope)) {
          this.#allowance.steps -= outputs.list.length;
          if (this.#allowance.steps < 0) return nothing;
          for (const output of outputs.list) list.push(output);
          for (const source of outputs.rest) rest.push(source);
        }
        continue;
      }
      const isRow = isWholeRow(target?.['val']);
      const own: Source = { kind: 'expression', expression: target?.['val'], scope };
      // The columns of a row move those behind it on, nobody knows how far: they are taken for one another.
      if (isRow || behindRow.length > 0) behindRow.push(own);
      const name = target === undefined || isRow ? undefined : columnName(target);
      list.push({ name, sources: behindRow.length > 0 ? behindRow : [own] });
      if (name === undefined || behindRow.length > 0) rest.push(own);
    }
    return { list, rest: this.#short(rest) };
  }

  // One table tells as much as many; what else has no name is seldom much.
  #short(rest: readonly Source[]): readonly Source[] {
    const named = rest.filter(({ kind }) => kind !== 'data');
    if (named.length > maxUnnamed) this.#allowance.steps = -1;
    return named.length < rest.length ? [...data, ...named.slice(0, maxUnnamed)] : named.slice(0, maxUnnamed);
  }

  #starred(column: readonly unknown[], scope: Scope): readonly Outputs[] {
    const level = this.#levelOf(scope);
    if (column.length === 1) return level.items;
    const alias = nodeOf(column.at(-2), 'String')?.['sval'];
    return [level.byAlias.get(String(alias)) ?? table];
  }

  #levelOf(scope: Scope): Level {
    const known = this.#levels.get(scope.select);
    if (known !== undefined) return known;
    const empty: Level = { items: [], byAlias: new Map(), byName: new Map(), rest: [] };
    this.#levels.set(scope.select, empty);
    const items: Outputs[] = [];
    const byAlias = new Map<string, Outputs>();
    const waiting = [...asList(scope.select['fromClause'])].reverse();
    while (waiting.length > 0) {
      const item = waiting.pop();
      const join = nodeOf(item, 'JoinExpr');
      if (join === undefined) {
        const { alias, outputs } = this.#itemOf(item, scope);
        this.#allowance.steps -= outputs.list.reduce((total, { sources }) => total + sources.length, 1);
        items.push(outputs);
        if (alias !== undefined) byAlias.set(alias, outputs);
        continue;
      }
      // The alias of a join hides those within it.
      const alias = asNode(join['alias'])?.['aliasname'];
      if (typeof alias !== 'string') {
        waiting.push(join['rarg'], join['larg']);
        continue;
      }
      const outputs = this.#joined(join, scope);
      items.push(outputs);
      byAlias.set(alias, outputs);
    }
    const isWithin = this.#allowance.steps >= 0;
    const level = {
      items,
      byAlias,
      byName: isWithin ? byName(items) : empty.byName,
      rest: this.#short(items.flatMap(({ rest }) => rest)),
    };
    this.#levels.set(scope.select, level);
    return level;
  }

  #joined(join: TreeNode, scope: Scope): Outputs {
    const sides = this.#levelOf(scopeOf({ fromClause: [join['larg'], join['rarg']] }, scope)).items;
    this.#allowance.steps -= sides.reduce((total, side) => total + side.list.length, 0);
    if (this.#allowance.steps < 0) return nothing;
    const list = sides.flatMap((side) => side.list);
    return renamed({ list, rest: sides.flatMap(({ rest }) => rest) }, asNode(join['alias'])?.['colnames']);
  }

  #itemOf(item: unknown, scope: Scope): { alias: string | undefined; outputs: Outputs } {
    const sampled = nodeOf(item, 'RangeTableSample')?.['relation'] ?? item;
    const [fields] = Object.values(asNode(sampled) ?? {});
    const node = asNode(fields) ?? {};
    const written = asNode(node['alias']);
    const alias = written?.['aliasname'];
    const named = typeof alias === 'string' ? alias : undefined;
    if (nodeOf(sampled, 'RangeVar') !== undefined) {
      const cte = this.#queries.cteOf(node, scope);
      const outputs = cte === undefined ? table : renamed(this.#outputsOfCte(cte), cte.columns);
      return { alias: named ?? String(node['relname']), outputs: renamed(outputs, written?.['colnames']) };
    }
    const subquery = nodeOf(node['subquery'], 'SelectStmt');
    if (subquery !== undefined) {
      return { alias: named, outputs: renamed(this.outputsOf(subquery, scope), written?.['colnames']) };
    }
    return functionItem(sampled, node, named, this.#visible.ofArguments(node, scope));
  }
}

/** True for (expression).*, which gives the columns of a row. */
function isWholeRow(expression: unknown): boolean {
  const steps = asList(nodeOf(expression, 'A_Indirection')?.['indirection']);
  return nodeOf(steps.at(-1), 'A_Star') !== undefined;
}
