// Tells which expressions of a statement may be of a type that runs a user's function: when it is read, or when it is cast.
// It follows names through the whole statement, whatever stands where: what it says is more than Postgres would see.
import type { CheckLevel } from './checked-columns.ts';
import { columnName } from './column-name.ts';
import type { FunctionPolicy } from './function-policy.ts';
import { extremes, sameAsFirstArgument, tellingOperators } from './result-lists.ts';
import { nodesByType } from './statement-nodes.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from './tree.ts';
import { argumentsOf, isStar, lastName } from './tree-parts.ts';
import type { MadeValues, ValueOrigins } from './value-origins.ts';

/** The values of one statement. */
export type CheckedValues = {
  readonly levelOf: (expression: unknown) => CheckLevel;
  /** Levels of the columns that a SELECT gives; undefined where a `*` hides how many there are. */
  readonly outputs: (select: TreeNode) => readonly CheckLevel[] | undefined;
  /** The level of one of them, counted from 0. */
  readonly outputAt: (select: TreeNode, place: number) => CheckLevel;
};

/** Rounds in which names are followed; beyond them every name may be anything. */
const maxRounds = 20;

/** Reads a statement; undefined where it holds no such value. */
export function readCheckedValues(
  root: TreeNode,
  origins: ValueOrigins,
  functions: FunctionPolicy,
): CheckedValues | undefined {
  const nodes = nodesByType(root, followed);
  const names = new Map<string, CheckLevel>();
  const rows = new Set<string>();
  const { made } = origins;
  for (const relation of nodes.get('RangeVar') ?? []) {
    const schema = relation['schemaname'];
    const name = String(relation['relname']);
    const levels = origins.of(typeof schema === 'string' ? schema : undefined, name);
    if (levels === undefined) continue;
    for (const [column, level] of levels) raise(names, column, level);
    if (made === undefined) rows.add(String(asNode(relation['alias'])?.['aliasname'] ?? name));
  }
  if (rows.size === 0 && made === undefined) return undefined;
  let reader = new ValueReader(names, rows, functions, made);
  for (let round = 0; reader.followNames(nodes); round++) {
    if (round >= maxRounds) names.set(anyName, 2);
    reader = new ValueReader(names, rows, functions, made);
  }
  const settled = reader;
  return {
    levelOf: (expression) => settled.levelOf(expression),
    outputs: (select) => settled.outputs(select),
    outputAt: (select, place) => settled.outputAt(select, place),
  };
}

/** Deepest expression that is followed. */
const maxDepth = 400;

/** Stands for every name; no identifier is empty. */
const anyName = '';

type Names = Map<string, CheckLevel>;

function raise(names: Names, name: string, level: CheckLevel): boolean {
  if ((names.get(name) ?? 0) >= level) return false;
  names.set(name, level);
  return true;
}

const followed: ReadonlySet<string> = new Set([
  ...['RangeVar', 'SelectStmt', 'CommonTableExpr', 'RangeSubselect', 'RangeFunction', 'JoinExpr'],
]);

const highest = (levels: readonly CheckLevel[]): CheckLevel =>
  levels.reduce((most: CheckLevel, level) => (level > most ? level : most), 0);

/** Functions that make no array or row of the one value they take. */
const keeping: ReadonlySet<string> = new Set([
  ...extremes,
  ...sameAsFirstArgument,
  ...['lower', 'upper', 'mode', 'percentile_disc'],
]);

/** Reads by one state of the names, and remembers what it has read. */
class ValueReader {
  readonly #names: Names;
  readonly #rows: ReadonlySet<string>;
  readonly #functions: FunctionPolicy;
  readonly #made: MadeValues | undefined;
  readonly #levels = new Map<object, CheckLevel>();
  readonly #outputs = new Map<TreeNode, readonly CheckLevel[] | undefined>();
  #depth = 0;

  constructor(
    names: Names,
    rows: ReadonlySet<string>,
    functions: FunctionPolicy,
    made: MadeValues | undefined,
  ) {
    this.#names = names;
    this.#made = made;
    this.#rows = rows;
    this.#functions = functions;
  }

  levelOf(expression: unknown): CheckLevel {
    const wrapper = asNode(expression);
    if (wrapper === undefined) return 0;
    const known = this.#levels.get(wrapper);
    if (known !== undefined) return known;
    const [type = ''] = Object.keys(wrapper);
    const node = asNode(wrapper[type]);
    if (this.#depth >= maxDepth) return 2;
    this.#depth++;
    const level = node === undefined ? 0 : this.#read(type, node);
    this.#depth--;
    this.#levels.set(wrapper, level);
    return level;
  }

  #read(type: string, node: TreeNode): CheckLevel {
    switch (type) {
      case 'ColumnRef':
        return this.#ofColumn(node);
      case 'CollateClause':
      case 'NamedArgExpr':
      case 'A_Indirection':
        return this.levelOf(node['arg']);
      // Any other type that is written has passed the rule on types.
      case 'TypeCast': {
        const typeName = asNode(node['typeName']);
        if (lastName(typeName?.['names']) === 'record') return this.levelOf(node['arg']);
        return this.#made?.byType(typeName) ?? 0;
      }
      case 'A_ArrayExpr':
        return this.#most(node['elements']) > 0 ? 2 : 0;
      case 'RowExpr':
      case 'CoalesceExpr':
      case 'MinMaxExpr':
        return this.#most(node['args']);
      case 'List':
        return this.#most(node['items']);
      case 'CaseExpr': {
        const results = asList(node['args']).map((when) => nodeOf(when, 'CaseWhen')?.['result']);
        return this.#most([...results, node['defresult']]);
      }
      case 'A_Expr':
        return this.#ofOperation(node);
      case 'FuncCall':
        return this.#ofCall(node);
      case 'SubLink':
        return this.#ofSubLink(node);
      case 'ParamRef':
        return this.#made?.byParameter(node) ?? 0;
      default:
        return this.#made?.bySyntax(type, node) ?? 0;
    }
  }

  #most(list: unknown): CheckLevel {
    return highest(asList(list).map((each) => this.levelOf(each)));
  }

  #named(name: string): CheckLevel {
    return highest([this.#names.get(name) ?? 0, this.#names.get(anyName) ?? 0]);
  }

  #ofColumn(column: TreeNode): CheckLevel {
    const fields = asList(column['fields']);
    const name = nodeOf(fields.at(-1), 'String')?.['sval'];
    if (typeof name !== 'string') return 2;
    return fields.length === 1 && this.#rows.has(name) ? 2 : this.#named(name);
  }

  #ofOperation(node: TreeNode): CheckLevel {
    if (node['kind'] === 'AEXPR_NULLIF') return this.levelOf(node['lexpr']);
    const name = lastName(node['name']) ?? '';
    const given = this.#made?.byOperator(name) ?? 0;
    if (given > 0 || node['kind'] !== 'AEXPR_OP' || tellingOperators.has(name)) return given;
    return this.#most([node['lexpr'], node['rexpr']]) === 2 ? 2 : 0;
  }

  #ofCall(call: TreeNode): CheckLevel {
    const parts = nameParts(call['funcname']);
    const sorted = asList(call['agg_order']).map((each) => nodeOf(each, 'SortBy')?.['node']);
    const level = this.#most([...argumentsOf(call), ...sorted]);
    const results = this.#functions.resultsOf(parts);
    const given = this.#made?.byResults(results) ?? 0;
    if (given > 0 || level === 0 || results?.includes('?') === false) return given;
    return level === 1 && keeping.has(parts.at(-1) ?? '') ? 1 : 2;
  }

  #ofSubLink(link: TreeNode): CheckLevel {
    const select = nodeOf(link['subselect'], 'SelectStmt');
    if (select === undefined || !/^(?:EXPR|ARRAY)_SUBLINK$/.test(String(link['subLinkType']))) return 0;
    const level = highest(this.outputs(select) ?? [2]);
    return link['subLinkType'] === 'ARRAY_SUBLINK' && level > 0 ? 2 : level;
  }

  outputs(select: TreeNode): readonly CheckLevel[] | undefined {
    if (this.#outputs.has(select)) return this.#outputs.get(select);
    const levels = this.#readOutputs(select);
    this.#outputs.set(select, levels);
    return levels;
  }

  outputAt(select: TreeNode, place: number): CheckLevel {
    const known = this.outputs(select);
    if (known !== undefined) return known[place] ?? 0;
    const arms = [asNode(select['larg']), asNode(select['rarg'])].filter((arm) => arm !== undefined);
    if (arms.length > 0) return highest(arms.map((arm) => this.outputAt(arm, place)));
    const before = asList(select['targetList'])
      .slice(0, place + 1)
      .map((target) => nodeOf(target, 'ResTarget')?.['val']);
    return before.some(isStar) ? 2 : this.levelOf(before[place]);
  }

  #readOutputs(select: TreeNode): readonly CheckLevel[] | undefined {
    const [left, right] = [asNode(select['larg']), asNode(select['rarg'])];
    if (left !== undefined && right !== undefined) {
      const [above, below] = [this.outputs(left), this.outputs(right)];
      return above?.map((level, at) => highest([level, below === undefined ? 2 : (below[at] ?? 0)]));
    }
    const rows = asList(select['valuesLists']).map((row) => asList(nodeOf(row, 'List')?.['items']));
    if (rows.length > 0) return (rows[0] ?? []).map((_, at) => this.#most(rows.map((row) => row[at])));
    const values = asList(select['targetList']).map((target) => nodeOf(target, 'ResTarget')?.['val']);
    return values.some(isStar) ? undefined : values.map((value) => this.levelOf(value));
  }

  /** Raises the names under which values of such types are known further on; false where nothing changed. */
  followNames(nodes: ReadonlyMap<string, readonly TreeNode[]>): boolean {
    const changes: boolean[] = [];
    const note = (name: string | undefined, level: CheckLevel): void => {
      if (level > 0) changes.push(raise(this.#names, name ?? anyName, level));
    };
    for (const select of nodes.get('SelectStmt') ?? []) this.#followSelect(select, note);
    for (const query of nodes.get('CommonTableExpr') ?? []) {
      this.#followList(query['aliascolnames'], nodeOf(query['ctequery'], 'SelectStmt'), note);
    }
    for (const query of nodes.get('RangeSubselect') ?? []) {
      this.#followList(asNode(query['alias'])?.['colnames'], nodeOf(query['subquery'], 'SelectStmt'), note);
    }
    for (const type of ['RangeVar', 'JoinExpr']) {
      for (const item of nodes.get(type) ?? [])
        this.#followList(asNode(item['alias'])?.['colnames'], undefined, note);
    }
    for (const item of nodes.get('RangeFunction') ?? []) {
      const calls = asList(item['functions']).flatMap((each) => asList(nodeOf(each, 'List')?.['items']));
      note(undefined, this.#most(calls));
    }
    return changes.includes(true);
  }

  #followSelect(select: TreeNode, note: (name: string | undefined, level: CheckLevel) => void): void {
    if (select['larg'] === undefined) {
      const levels = this.outputs(select);
      const targets = asList(select['targetList']).map((target) => nodeOf(target, 'ResTarget'));
      for (const [at, target] of targets.entries()) {
        // What `(row).*` gives bears names of its own; a plain `*` hands names on as they are.
        if (nodeOf(target?.['val'], 'A_Indirection') !== undefined && isStar(target?.['val'])) {
          note(undefined, this.levelOf(target?.['val']));
        } else if (target !== undefined && !isStar(target['val'])) {
          note(columnName(target), levels?.[at] ?? this.levelOf(target['val']));
        }
      }
      if (targets.length === 0)
        for (const [at, level] of (levels ?? []).entries()) note(`column${at + 1}`, level);
      return;
    }
    // The names of the first arm stand for all.
    let first = select;
    for (let left = asNode(first['larg']); left !== undefined; left = asNode(first['larg'])) first = left;
    const names = asList(first['targetList']).map((target) => nodeOf(target, 'ResTarget') ?? {});
    const levels = this.outputs(select);
    if (levels === undefined) {
      // Columns that a star gives have their types already; a NULL takes that of what stands below it.
      for (const target of names)
        if (nodeOf(target['val'], 'A_Const') !== undefined) note(columnName(target), 2);
      return;
    }
    for (const [at, level] of levels.entries()) {
      const target = names[at];
      note(target === undefined ? `column${at + 1}` : columnName(target), level);
    }
  }

  // Without the query that a list of names renames, any of them may be any column.
  #followList(
    colnames: unknown,
    select: TreeNode | undefined,
    note: (name: string | undefined, level: CheckLevel) => void,
  ): void {
    const given = nameParts(colnames);
    if (given.length === 0) return;
    const levels = select === undefined ? undefined : this.outputs(select);
    for (const [at, name] of given.entries()) note(name, levels === undefined ? 2 : (levels[at] ?? 0));
  }
}
