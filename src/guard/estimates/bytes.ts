// Estimates how many bytes an expression of constants grows to; a guess that errs low where columns decide.

import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { lastName, partsOf } from '../tree-parts.ts';
import type { Estimates, Source } from './estimates.ts';
import { arrayWords } from './expression-sources.ts';
import { bytesOfCall, times } from './growing-functions.ts';
import { bytesOfDigits, bytesOfNumberText, bytesOfPower, mayQuote } from './quoted-texts.ts';

/** Size taken for what cannot be known, such as a column. */
const unknownBytes = 64;
/** A number or a time, as aggregates keep it. */
const bytesOfNumber = 8;
/** Shortest text of a point among others, `1,2,`, and what a point takes. */
const bytesOfPointText = 4;
const bytesOfPoint = 16;

export function bytesOf(expression: unknown, scope: Scope | undefined, estimates: Estimates): number {
  if (Array.isArray(expression)) return bytesOfSources(expression as readonly Source[], estimates);
  const [type] = Object.keys(asNode(expression) ?? {});
  const node = type === undefined ? undefined : nodeOf(expression, type);
  if (node === undefined) return unknownBytes;
  switch (type) {
    case 'A_Const':
      return bytesOfConstant(node);
    case 'FuncCall':
      return bytesOfCall(node, scope, estimates);
    case 'TypeCast':
      return bytesOfCast(node, scope, estimates);
    case 'A_Expr':
      if (node['kind'] !== 'AEXPR_NULLIF') return bytesOfOperation(node, scope, estimates);
      break;
    case 'SubLink':
      if (node['subLinkType'] === 'ARRAY_SUBLINK') return bytesOfRows(node['subselect'], scope, estimates);
      break;
    case 'JsonArrayQueryConstructor':
      return bytesOfRows(node['query'], scope, estimates);
    case 'ParamRef':
      return unknownBytes;
    default:
  }
  const alternatives = estimates.alternatives(expression, scope);
  // What a name stands for is one list wherever the name stands, and is looked at once.
  if (alternatives !== undefined) {
    return type === 'ColumnRef'
      ? estimates.bytes(alternatives, undefined)
      : bytesOfSources(alternatives, estimates);
  }
  // Each level of rows doubles the quotes of the one below when it is turned to text.
  const quotes = type === 'RowExpr' || type === 'JsonArrayConstructor' || type === 'JsonObjectConstructor';
  return (quotes ? 2 : 1) * sum(partsOf(node), scope, estimates);
}

function bytesOfConstant(constant: TreeNode): number {
  const number = asNode(constant['fval'])?.['fval'];
  if (typeof number === 'string') return bytesOfNumberText(number);
  const text = asNode(constant['sval']) ?? asNode(constant['bsval']);
  return text === undefined ? bytesOfNumber : String(text['sval'] ?? text['bsval'] ?? '').length;
}

function bytesOfSources(sources: readonly Source[], estimates: Estimates): number {
  return sources.reduce((most, source) => Math.max(most, bytesOfSource(source, estimates)), 1);
}

function bytesOfSource(source: Source, estimates: Estimates): number {
  if (source.kind === 'data') return unknownBytes;
  if (source.kind === 'expression') return estimates.bytes(source.expression, source.scope);
  return estimates.elementBytes(source.expression, source.scope);
}

/** Bytes of a row that a function in FROM or in a list of columns gives. */
export function bytesOfElement(item: unknown, scope: Scope | undefined, estimates: Estimates): number {
  const call = nodeOf(item, 'FuncCall');
  const name = lastName(call?.['funcname']);
  const [first] = asList(call?.['args']);
  if (name === 'generate_series' || name === 'generate_subscripts') return bytesOfNumber;
  if (name !== 'unnest') return estimates.bytes(item, scope);
  const held = estimates.alternatives({ A_Indirection: { arg: first } }, scope) ?? [];
  return Math.max(
    bytesOfNumber,
    ...held.map((each) => (each.expression === first ? unknownBytes : bytesOfSource(each, estimates))),
  );
}

function sum(list: readonly unknown[], scope: Scope | undefined, estimates: Estimates): number {
  return list.reduce((total: number, item) => total + estimates.bytes(item, scope), 0);
}

/** Bytes of all rows of a subquery. */
export function bytesOfRows(subselect: unknown, scope: Scope | undefined, estimates: Estimates): number {
  const select = nodeOf(subselect, 'SelectStmt');
  if (select === undefined) return unknownBytes;
  const rows = estimates.rows(select, scope);
  const each = estimates.firstColumn(select, scope).map((source) => bytesOfSource(source, estimates));
  return times(rows, Math.max(bytesOfNumber, ...each));
}

/** Operators whose result is about as big as an operand; others give a boolean or a number. */
const keeping: ReadonlySet<string> = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '#-',
  '->',
  '->>',
  '#>',
  '#>>',
  '&',
  '|',
  '#',
]);

function bytesOfOperation(operation: TreeNode, scope: Scope | undefined, estimates: Estimates): number {
  const name = lastName(operation['name']) ?? '';
  if (name === '^') return bytesOfPower(operation['lexpr'], operation['rexpr'], scope, estimates);
  if (name !== '||' && !keeping.has(name)) return 1;
  const left = operation['lexpr'] === undefined ? 0 : estimates.bytes(operation['lexpr'], scope);
  const right = estimates.bytes(operation['rexpr'], scope);
  // A product has the digits of both.
  const isLongProduct = name === '*' && Math.max(left, right) > unknownBytes;
  return name === '||' || isLongProduct ? left + right : Math.max(left, right);
}

const textTypes: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar']);

// char(n) pads and bit(n) fills to the length that is written (manual, "Character Types", "Bit String Types").
function bytesOfCast(cast: TreeNode, scope: Scope | undefined, estimates: Estimates): number {
  const type = asNode(cast['typeName']);
  const name = lastName(type?.['names']);
  const bytes = estimates.bytes(cast['arg'], scope);
  const isArray = asList(type?.['arrayBounds']).length > 0;
  if (isArray) return Math.max(bytes, bytesOfNumber * (arrayWords(cast['arg'])?.length ?? 0));
  if (name === 'polygon' || name === 'path') {
    const isText = nodeOf(cast['arg'], 'FuncCall') === undefined;
    return isText ? (bytes / bytesOfPointText) * bytesOfPoint : bytes;
  }
  const [length] = asList(type?.['typmods']);
  if (name === 'numeric') {
    const text = estimates.text(cast['arg'], scope);
    const digits = text === undefined ? 0 : bytesOfNumberText(text);
    const written = length === undefined ? 0 : estimates.range(length, scope).high;
    return Math.max(bytes, digits, written > unknownBytes ? bytesOfDigits(written) : 0);
  }
  if (length !== undefined && (name === 'bpchar' || name === 'bit')) {
    const written = estimates.range(length, scope).high;
    return Math.max(name === 'bit' ? written / 8 : written, name === 'bit' ? 0 : bytes);
  }
  // Quotes and backslashes within the elements of an array are doubled when it is turned to text.
  if (nodeOf(cast['arg'], 'A_ArrayExpr') !== undefined) return 2 * bytes;
  return textTypes.has(name ?? '') && mayQuote(cast['arg'], scope, estimates) ? 2 * bytes : bytes;
}
