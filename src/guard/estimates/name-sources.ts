// Follows the name of a column to what it stands for: targets of subqueries and CTEs, VALUES, functions in FROM, tables.

import { columnName } from '../column-name.ts';
import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { armsOf, findAll } from '../tree-parts.ts';
import { byName, functionItem, merged, type Output, type Outputs, renamed } from './column-outputs.ts';
import { type Allowance, type Source, scopeOf } from './estimates.ts';

/** The FROM clause of one SELECT, by alias and by name of column. */
type Level = {
  readonly items: readonly Outputs[];
  readonly byAlias: ReadonlyMap<string, Outputs>;
  readonly byName: ReadonlyMap<string, readonly Source[]>;
  readonly rest: readonly Source[];
};

/** The queries of one WITH. */
type WithList = { readonly byName: ReadonlyMap<string, TreeNode>; readonly queries: ReadonlySet<TreeNode> };

/** Most subqueries and CTEs that are read one through another by a star. */
const maxNested = 400;
/** Most columns without a name that are followed. */
const maxUnnamed = 200;

const data: readonly Source[] = [{ kind: 'data' }];
const nothing: Outputs = { list: [], rest: [] };
const table: Outputs = { list: [], rest: data };

/** What names mean within one statement. */
export type Names = {
  readonly sourcesOf: (column: TreeNode, scope: Scope | undefined) => readonly Source[];
  readonly firstColumn: (select: TreeNode, outer: Scope | undefined) => readonly Source[];
  readonly columns: (select: TreeNode, outer: Scope | undefined) => readonly (readonly Source[])[];
  readonly cteOf: (relation: TreeNode, scope: Scope | undefined) => Cte | undefined;
};

/** A WITH query, and the scope that it stands in. */
export type Cte = { readonly select: TreeNode; readonly columns: unknown; readonly scope: Scope };

export function createNames(allowance: Allowance): Names {
  const reader = new NameReader(allowance);
  return {
    sourcesOf: (column, scope) => reader.sourcesOf(column, scope),
    firstColumn: (select, outer) => {
      const { list, rest } = reader.outputsOf(select, outer);
      return list[0]?.sources ?? rest;
    },
    columns: (select, outer) => reader.outputsOf(select, outer).list.map(({ sources }) => sources),
    cteOf: (relation, scope) => reader.cteOf(relation, scope),
  };
}

/** Lives as long as the judging of one statement, and remembers each FROM clause that it has read. */
class NameReader {
  readonly #allowance: Allowance;
  readonly #levels = new Map<TreeNode, Level>();
  readonly #outputs = new Map<TreeNode, Outputs>();
  readonly #ctes = new Map<TreeNode, WithList>();

  #depth = 0;

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  sourcesOf(column: TreeNode, scope: Scope | undefined): readonly Source[] {
    const fields = asList(column['fields']).map((field) => nodeOf(field, 'String')?.['sval']);
    const name = fields.at(-1);
    const alias = fields.at(-2);
    if (typeof name !== 'string') return this.#wholeRow(alias, scope);
    let rest: readonly Source[] | undefined;
    // A table further in might have the column too; the expression that surely has it is the worse of both.
    let within: TreeNode | undefined;
    for (let at = scope; at !== undefined; within = at.select, at = at.parent) {
      this.#allowance.steps--;
      // A WITH query does not see the FROM clause beside it.
      if (within !== undefined && this.#ctesOf(at.select).queries.has(within)) continue;
      const level = this.#levelOf(at);
      if (typeof alias === 'string') {
        const item = level.byAlias.get(alias);
        if (item !== undefined) return item.list.find((each) => each.name === name)?.sources ?? item.rest;
        continue;
      }
      const exact = level.byName.get(name) ?? level.byAlias.get(name)?.list.flatMap(({ sources }) => sources);
      if (exact !== undefined && exact.length > 0) return exact;
      if (rest === undefined && level.rest.length > 0) rest = level.rest;
    }
    return rest ?? data;
  }

  #wholeRow(alias: unknown, scope: Scope | undefined): readonly Source[] {
    for (let at = scope; at !== undefined; at = at.parent) {
      const item = this.#levelOf(at).byAlias.get(String(alias));
      if (item !== undefined) return [...item.list.flatMap(({ sources }) => sources), ...item.rest];
    }
    return data;
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

  cteOf(relation: TreeNode, scope: Scope | undefined): Cte | undefined {
    if (relation['schemaname'] !== undefined) return undefined;
    const name = String(relation['relname']);
    for (let at = scope; at !== undefined; at = at.parent) {
      const query = this.#ctesOf(at.select).byName.get(name);
      const select = nodeOf(query?.['ctequery'], 'SelectStmt');
      if (select !== undefined) return { select, columns: query?.['aliascolnames'], scope: at };
    }
    return undefined;
  }

  // How often a recursion over tables turns is for the tables to say, and so are the values that it counts up.
  #outputsOfCte(cte: Cte): Outputs {
    const outputs = this.outputsOf(cte.select, cte.scope);
    const isRecursive = asNode(cte.scope.select['withClause'])?.['recursive'] === true;
    if (!isRecursive || asNode(cte.select['larg']) === undefined) return outputs;
    const relations = armsOf(cte.select).flatMap((arm) =>
      findAll(arm['fromClause'], (value) => nodeOf(value, 'RangeVar')),
    );
    if (relations.every((relation) => this.cteOf(relation, cte.scope) !== undefined)) return outputs;
    const list = outputs.list.map(({ name, sources }) => ({ name, sources: [...sources, ...data] }));
    return { list, rest: outputs.rest };
  }

  #ctesOf(select: TreeNode): WithList {
    const known = this.#ctes.get(select);
    if (known !== undefined) return known;
    const byName = new Map<string, TreeNode>();
    const queries = new Set<TreeNode>();
    for (const item of asList(asNode(select['withClause'])?.['ctes'])) {
      const query = nodeOf(item, 'CommonTableExpr');
      const inner = nodeOf(query?.['ctequery'], 'SelectStmt');
      if (query !== undefined) byName.set(String(query['ctename']), query);
      if (inner !== undefined) queries.add(inner);
    }
    const found = { byName, queries };
    this.#ctes.set(select, found);
    return found;
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
      const output: Output = {
        name: target === undefined ? undefined : columnName(target),
        sources: [{ kind: 'expression', expression: target?.['val'], scope }],
      };
      list.push(output);
      if (output.name === undefined) for (const source of output.sources) rest.push(source);
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
      const cte = this.cteOf(node, scope);
      const outputs = cte === undefined ? table : renamed(this.#outputsOfCte(cte), cte.columns);
      return { alias: named ?? String(node['relname']), outputs: renamed(outputs, written?.['colnames']) };
    }
    const subquery = nodeOf(node['subquery'], 'SelectStmt');
    if (subquery !== undefined) {
      return { alias: named, outputs: renamed(this.outputsOf(subquery, scope), written?.['colnames']) };
    }
    return functionItem(sampled, node, named, scope);
  }
}
