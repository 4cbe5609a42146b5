// Refuses constants that grow to a huge value, which no time limit of Postgres bounds in memory; columns are not known.
import { bytesOf, numberOf, type Sizes } from '../expansion-estimate.ts';
import { asList, nameParts, nodeOf, type TreeNode } from '../tree.ts';
import { type Rule, refusalFor } from './rule.ts';

/** Most bytes a constant expression may grow to. */
export const maxConstantBytes = 16 * 1024 * 1024;

export const expansion: Rule = {
  name: 'expansion',
  codes: ['GUARD_EXPANSION'],
  nodes: ['FuncCall', 'A_Expr', 'TypeCast', 'SelectStmt'],
  judge: (node, position, { policy, sizes }, type) => {
    const bytes = type === 'SelectStmt' ? bytesCollected(node, sizes) : bytesGrown(node, type, sizes);
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
  const rows = asList(select['fromClause']).reduce((total: number, item) => total * rowsOf(item, sizes), 1);
  if (rows <= 1) return 0;
  let bytes = 0;
  for (const target of asList(select['targetList'])) {
    const call = nodeOf(nodeOf(target, 'ResTarget')?.['val'], 'FuncCall');
    if (call === undefined || !collecting.test(nameParts(call['funcname']).at(-1) ?? '')) continue;
    bytes += rows * asList(call['args']).reduce((total: number, arg) => total + argumentBytes(arg, sizes), 0);
  }
  return bytes;
}

function argumentBytes(argument: unknown, sizes: Sizes): number {
  return nodeOf(argument, 'ColumnRef') === undefined ? bytesOf(argument, sizes) : 8;
}

function rowsOf(item: unknown, sizes: Sizes): number {
  const functions = asList(nodeOf(item, 'RangeFunction')?.['functions']);
  const call = nodeOf(asList(nodeOf(functions[0], 'List')?.['items'])[0], 'FuncCall');
  if (call === undefined || nameParts(call['funcname']).at(-1) !== 'generate_series') return 1;
  const [from, to, step] = asList(call['args']);
  const rows = (numberOf(to, sizes, 0) - numberOf(from, sizes, 0)) / numberOf(step, sizes, 1);
  return Math.max(1, Math.abs(rows));
}
