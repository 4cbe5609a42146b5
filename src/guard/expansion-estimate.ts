// Estimates how many bytes an expression of constants grows to; a guess that errs low where columns decide.
import { asList, asNode, literalText, nameParts, nodeOf, type TreeNode } from './tree.ts';

/** Size taken for what cannot be known, such as a column. */
const unknownBytes = 64;

/** Counted for a point of a polygon or path: 10,000 of them are enough for any figure. */
const bytesOfPoint = 1_600;
/** Shortest text of a point among others: `1,2,`. */
const bytesOfPointText = 4;

/** Estimates so far, by node, so that nested expressions cost one visit each; and how deep the current one is. */
export type Sizes = { readonly known: Map<unknown, number>; depth: number };

/** Deepest expression that is estimated; the walk refuses trees that are deeper. */
const maxDepth = 1_500;

export function createSizes(): Sizes {
  return { known: new Map(), depth: 0 };
}

/** Bytes the value of an expression may take. */
export function bytesOf(expression: unknown, sizes: Sizes): number {
  const known = sizes.known.get(expression);
  if (known !== undefined) return known;
  if (sizes.depth >= maxDepth) return unknownBytes;
  sizes.depth++;
  const bytes = estimate(expression, sizes);
  sizes.depth--;
  sizes.known.set(expression, bytes);
  return bytes;
}

function estimate(expression: unknown, sizes: Sizes): number {
  const text = nodeOf(expression, 'A_Const') === undefined ? undefined : literalText(expression);
  if (text !== undefined) return text.length;
  const call = nodeOf(expression, 'FuncCall');
  if (call !== undefined) return bytesOfCall(call, sizes);
  const cast = nodeOf(expression, 'TypeCast');
  if (cast !== undefined) {
    const bytes = bytesOf(cast['arg'], sizes);
    return Math.max(bytes, bytesOfType(asNode(cast['typeName']), bytes));
  }
  const operation = nodeOf(expression, 'A_Expr');
  if (operation !== undefined) {
    const sides = bytesOf(operation['lexpr'], sizes) + bytesOf(operation['rexpr'], sizes);
    return nameParts(operation['name']).at(-1) === '||' ? sides : Math.min(sides, unknownBytes);
  }
  const array =
    nodeOf(expression, 'A_ArrayExpr') ?? nodeOf(expression, 'RowExpr') ?? nodeOf(expression, 'List');
  if (array !== undefined) return sum(array['elements'] ?? array['args'] ?? array['items'], sizes);
  return bytesOfSelect(nodeOf(expression, 'SubLink')?.['subselect'], sizes);
}

// char(n) pads and bit(n) fills to the length that is written (manual, "Character Types", "Bit String Types").
function bytesOfType(type: TreeNode | undefined, argumentBytes: number): number {
  const name = nameParts(type?.['names']).at(-1);
  if (name === 'polygon' || name === 'path') return (argumentBytes / bytesOfPointText) * bytesOfPoint;
  const [length] = asList(type?.['typmods']);
  if (length === undefined || asList(type?.['arrayBounds']).length > 0) return 0;
  if (name === 'bpchar') return numberOf(length, createSizes(), 0);
  return name === 'bit' ? numberOf(length, createSizes(), 0) / 8 : 0;
}

function bytesOfSelect(subselect: unknown, sizes: Sizes): number {
  const [target] = asList(nodeOf(subselect, 'SelectStmt')?.['targetList']);
  return target === undefined ? unknownBytes : bytesOf(nodeOf(target, 'ResTarget')?.['val'], sizes);
}

function sum(list: unknown, sizes: Sizes): number {
  return asList(list).reduce((total: number, item) => total + bytesOf(item, sizes), 0);
}

function bytesOfCall(call: TreeNode, sizes: Sizes): number {
  const args = asList(call['args']).map((arg) => nodeOf(arg, 'NamedArgExpr')?.['arg'] ?? arg);
  const [first, second, third] = args;
  const bytes = (arg: unknown) => bytesOf(arg, sizes);
  const number = (arg: unknown, otherwise = 1) => Math.max(0, numberOf(arg, sizes, otherwise));
  switch (nameParts(call['funcname']).at(-1)) {
    case 'repeat':
      return bytes(first) * number(second);
    case 'lpad':
    case 'rpad':
      return Math.max(number(second, unknownBytes), 1);
    case 'array_fill':
      return Math.max(8, bytes(first)) * product(second, sizes);
    case 'format':
      return sum(args, sizes) + widthsOf(first, args, sizes);
    case 'replace':
    case 'regexp_replace':
      return Math.max(bytes(first), (bytes(first) / Math.max(1, patternLength(second))) * bytes(third));
    case 'array_to_string':
      return bytes(first) + (bytes(first) / 8) * bytes(second);
    case 'concat_ws':
      return sum(args, sizes) + elementsOf(call, args, sizes) * bytes(first);
    case 'string_agg':
      return bytes(first) + bytes(second);
    case 'quote_literal':
    case 'quote_ident':
    case 'quote_nullable':
    case 'encode':
    case 'to_json':
    case 'to_jsonb':
      return 4 * bytes(first);
    case 'regexp_split_to_array':
    case 'regexp_split_to_table':
    case 'regexp_count':
    case 'string_to_array':
    case 'string_to_table':
    case 'regexp_matches':
      return 24 * bytes(first);
    case 'normalize':
      return 6 * bytes(first);
    case 'polygon':
      // Overlaps of polygons are looked for side by side, and nothing can interrupt it.
      return args.length === 2 ? bytesOfPoint * number(first) : unknownBytes;
    case 'gen_random_bytes':
    case 'to_char':
      return Math.max(number(first, 0), 12 * bytes(second), unknownBytes);
    default:
      return Math.max(unknownBytes, sum(args, sizes));
  }
}

// concat_ws(',', VARIADIC array) puts the separator between elements, which take 8 bytes each at least.
function elementsOf(call: TreeNode, args: readonly unknown[], sizes: Sizes): number {
  return call['func_variadic'] === true ? bytesOf(args.at(-1), sizes) / 8 : args.length;
}

function patternLength(pattern: unknown): number {
  return literalText(pattern)?.length ?? 1;
}

// format('%1000000s') pads to the width written, '%*s' to an argument (manual, "format").
function widthsOf(template: unknown, args: readonly unknown[], sizes: Sizes): number {
  const text = literalText(template) ?? '';
  let widest: number | undefined;
  let total = 0;
  for (const [, width = ''] of text.matchAll(/%(?:\d+\$)?-?(\d+|\*)/g)) {
    if (width !== '*') total += Number(width);
    else total += widest ??= widestOf(args.slice(1), sizes);
  }
  return total;
}

function widestOf(args: readonly unknown[], sizes: Sizes): number {
  return args.reduce((widest: number, arg) => Math.max(widest, Math.abs(numberOf(arg, sizes, 0))), 0);
}

function product(dimensions: unknown, sizes: Sizes): number {
  const listed = nodeOf(dimensions, 'A_ArrayExpr');
  const written = literalText(dimensions)?.match(/\d+/g)?.map(Number) ?? [1];
  const lengths =
    listed === undefined ? written : asList(listed['elements']).map((item) => numberOf(item, sizes, 1));
  return lengths.reduce((total, length) => total * Math.max(0, length), 1);
}

/** The number a constant expression comes to; `otherwise` where it is none. */
export function numberOf(expression: unknown, sizes: Sizes, otherwise: number): number {
  const value = evaluate(expression, sizes);
  return Number.isFinite(value) ? value : otherwise;
}

function evaluate(expression: unknown, sizes: Sizes): number {
  if (sizes.depth >= maxDepth) return Number.NaN;
  sizes.depth++;
  const value = evaluateBelow(expression, sizes);
  sizes.depth--;
  return value;
}

function evaluateBelow(expression: unknown, sizes: Sizes): number {
  const constant = nodeOf(expression, 'A_Const');
  if (constant !== undefined) return constantNumber(constant);
  const cast = nodeOf(expression, 'TypeCast');
  if (cast !== undefined) return evaluate(cast['arg'], sizes);
  const call = nodeOf(expression, 'FuncCall');
  if (call !== undefined) return callNumber(call, sizes);
  const operation = nodeOf(expression, 'A_Expr');
  if (operation === undefined) return Number.NaN;
  const left = operation['lexpr'] === undefined ? 0 : evaluate(operation['lexpr'], sizes);
  const right = evaluate(operation['rexpr'], sizes);
  return calculate(nameParts(operation['name']).at(-1) ?? '', left, right);
}

function constantNumber(constant: TreeNode): number {
  const integer = asNode(constant['ival']);
  if (integer !== undefined) return Number(integer['ival'] ?? 0);
  const text = asNode(constant['fval'])?.['fval'] ?? asNode(constant['sval'])?.['sval'];
  return text === undefined ? Number.NaN : Number(text);
}

function callNumber(call: TreeNode, sizes: Sizes): number {
  const [first, second] = asList(call['args']);
  switch (nameParts(call['funcname']).at(-1)) {
    case 'length':
    case 'char_length':
    case 'octet_length':
      return bytesOf(first, sizes);
    case 'power':
    case 'pow':
      return evaluate(first, sizes) ** evaluate(second, sizes);
    case 'int4':
    case 'abs':
    case 'round':
    case 'floor':
    case 'ceil':
      return evaluate(first, sizes);
    default:
      return Number.NaN;
  }
}

function calculate(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '^':
      return left ** right;
    case '<<':
      return left * 2 ** right;
    default:
      return Number.NaN;
  }
}
