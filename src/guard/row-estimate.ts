// Estimates how many rows a FROM clause makes out of constants alone; a guess that errs low where data decide.
import { numberOf, type Sizes } from './expansion-estimate.ts';
import { asList, nameParts, nodeOf, type TreeNode } from './tree.ts';

/** Rows that generate_series gives a SELECT, in FROM or in its list of columns. */
export function rowsOfSelect(select: TreeNode, sizes: Sizes): number {
  const sources = asList(select['fromClause']).map((item) => rowsOfItem(item, sizes));
  const targets = asList(select['targetList']).map((target) =>
    rowsOfCall(nodeOf(nodeOf(target, 'ResTarget')?.['val'], 'FuncCall'), sizes),
  );
  const rows = Math.max(1, ...targets) * sources.reduce((total, each) => total * each, 1);
  const limit = select['limitCount'] === undefined ? rows : numberOf(select['limitCount'], sizes, rows);
  return Math.min(rows, limit);
}

function rowsOfItem(item: unknown, sizes: Sizes): number {
  const subquery = nodeOf(nodeOf(item, 'RangeSubselect')?.['subquery'], 'SelectStmt');
  if (subquery !== undefined) return isPlain(subquery) ? rowsOfSelect(subquery, sizes) : 1;
  const join = nodeOf(item, 'JoinExpr');
  if (join !== undefined) {
    const isCross =
      join['quals'] === undefined && join['usingClause'] === undefined && join['isNatural'] !== true;
    return isCross ? rowsOfItem(join['larg'], sizes) * rowsOfItem(join['rarg'], sizes) : 1;
  }
  const functions = asList(nodeOf(item, 'RangeFunction')?.['functions']);
  return rowsOfCall(nodeOf(asList(nodeOf(functions[0], 'List')?.['items'])[0], 'FuncCall'), sizes);
}

// What filters or folds rows gives nobody knows how many.
function isPlain(select: TreeNode): boolean {
  const isFolded = ['whereClause', 'groupClause', 'havingClause', 'distinctClause', 'larg'].some(
    (key) => key in select,
  );
  return !isFolded && asList(select['targetList']).every((target) => !isAggregate(target));
}

const aggregates =
  /^(?:count|sum|avg|min|max|array_agg|string_agg|jsonb?_agg|jsonb?_object_agg|bool_and|bool_or|every)$/;

function isAggregate(target: unknown): boolean {
  const call = nodeOf(nodeOf(target, 'ResTarget')?.['val'], 'FuncCall');
  return (
    call !== undefined &&
    call['over'] === undefined &&
    aggregates.test(nameParts(call['funcname']).at(-1) ?? '')
  );
}

function rowsOfCall(call: TreeNode | undefined, sizes: Sizes): number {
  if (call === undefined || nameParts(call['funcname']).at(-1) !== 'generate_series') return 1;
  const [from, to, step] = asList(call['args']);
  const rows = (numberOf(to, sizes, 0) - numberOf(from, sizes, 0)) / numberOf(step, sizes, 1);
  return Number.isFinite(rows) ? Math.max(1, Math.abs(rows)) : 1;
}
