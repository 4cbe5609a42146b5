// Refuses constants that grow to a huge value, which no time limit of Postgres bounds in memory; columns are not known.
import { bytesOf, type Sizes } from '../expansion-estimate.ts';
import { rowsOfSelect } from '../row-estimate.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from '../tree.ts';
import { type Rule, refusalFor } from './rule.ts';

/** Most bytes a constant expression may grow to. */
export const maxConstantBytes = 16 * 1024 * 1024;

export const expansion: Rule = {
  name: 'expansion',
  codes: ['GUARD_EXPANSION'],
  nodes: ['FuncCall', 'A_Expr', 'TypeCast', 'SelectStmt', 'SubLink'],
  judge: (node, position, { policy, sizes }, type) => {
    const bytes =
      type === 'SelectStmt'
        ? bytesCollected(node, sizes)
        : type === 'SubLink'
          ? bytesOfArray(node, sizes)
          : bytesGrown(node, type, sizes);
    if (bytes <= maxConstantBytes) return undefined;
    const message = `a constant expression would grow to about ${Math.round(bytes / 1_048_576)} MB`;
    const hint = `Ask for less: at most ${maxConstantBytes / 1_048_576} MB may come from constants alone.`;
    return refusalFor('GUARD_EXPANSION', { message, hint }, position, policy);
  },
};

const growing: ReadonlySet<string> = new Set([
  ...[
    'repeat',
    'lpad',
    'rpad',
    'array_fill',
    'format',
    'replace',
    'regexp_replace',
    'concat',
    'concat_ws',
    'encode',
  ],
  ...[
    'to_char',
    'string_to_array',
    'regexp_split_to_array',
    'quote_literal',
    'gen_random_bytes',
    'array_cat',
    'polygon',
    'string_to_table',
    'regexp_split_to_table',
    'regexp_matches',
    'regexp_count',
    'normalize',
  ],
]);

function bytesGrown(node: TreeNode, type: string, sizes: Sizes): number {
  if (type === 'A_Expr') {
    if (nameParts(node['name']).at(-1) !== '||') return 0;
  } else if (type === 'FuncCall') {
    if (!growing.has(nameParts(node['funcname']).at(-1) ?? '')) return 0;
  } else if (node['typeName'] === undefined) {
    return 0;
  }
  return bytesOf({ [type]: node }, sizes);
}

const collecting =
  /^(?:array_agg|string_agg|jsonb?_agg|jsonb?_object_agg|jsonb?_agg_strict|xmlagg|range_agg|mode|percentile_(?:cont|disc))$/;

// An aggregate that keeps every row, over rows that generate_series alone makes: bytes are rows times argument.
function bytesCollected(select: TreeNode, sizes: Sizes): number {
  const rows = rowsOfSelect(select, sizes);
  if (rows <= 1) return 0;
  let bytes = 0;
  for (const call of callsIn(select['targetList'])) {
    if (!collecting.test(nameParts(call['funcname']).at(-1) ?? '')) continue;
    bytes += rows * asList(call['args']).reduce((total: number, arg) => total + argumentBytes(arg, sizes), 0);
  }
  return bytes;
}

// ARRAY(SELECT …) keeps every row too.
function bytesOfArray(subLink: TreeNode, sizes: Sizes): number {
  const select = nodeOf(subLink['subselect'], 'SelectStmt');
  if (subLink['subLinkType'] !== 'ARRAY_SUBLINK' || select === undefined) return 0;
  const rows = rowsOfSelect(select, sizes);
  const [target] = asList(select['targetList']);
  return rows <= 1 ? 0 : rows * argumentBytes(nodeOf(target, 'ResTarget')?.['val'], sizes);
}

// Without recursion, and not into subqueries, which are judged by themselves.
function callsIn(list: unknown): TreeNode[] {
  const calls: TreeNode[] = [];
  const waiting: unknown[] = [list];
  while (waiting.length > 0) {
    const value = waiting.pop();
    const call = nodeOf(value, 'FuncCall');
    if (call !== undefined) calls.push(call);
    if (nodeOf(value, 'SubLink') !== undefined) continue;
    for (const part of Array.isArray(value) ? value : Object.values(asNode(value) ?? {})) {
      if (typeof part === 'object') waiting.push(part);
    }
  }
  return calls;
}

function argumentBytes(argument: unknown, sizes: Sizes): number {
  const call = nodeOf(argument, 'FuncCall');
  const isNumber = call !== undefined && nameParts(call['funcname']).at(-1) === 'generate_series';
  return isNumber || nodeOf(argument, 'ColumnRef') !== undefined ? 8 : bytesOf(argument, sizes);
}
