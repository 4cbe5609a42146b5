// Refuses many calls, casts and operators over long constants in one statement: what they give lies in memory until the row
// is done, and Postgres looks at no time limit before. Columns of tables are not known.
import type { Sizes } from '../estimates/constants.ts';
import { type Estimates, scopeOf } from '../estimates/estimates.ts';
import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { argumentsOf, lastName, partsOf } from '../tree-parts.ts';
import { maxConstantBytes } from './expansion.ts';
import { type Rule, refusalFor } from './rule.ts';

/** Most bytes that all of them take as operands. */
const maxOperandBytes = 16 * maxConstantBytes;
/** Operands that are shorter do not count. */
const smallBytes = 64 * 1024;
/** Most products and quotients of numbers whose length nobody knows: each may take a second. */
const maxLongProducts = 20;

export const bigOperands: Rule = {
  name: 'big-operands',
  codes: ['GUARD_EXPANSION'],
  nodes: [
    ...['FuncCall', 'A_Expr', 'TypeCast', 'SubLink', 'RowExpr'],
    ...['JsonArrayAgg', 'JsonObjectAgg', 'JsonArrayQueryConstructor'],
  ],
  judge: (node, { scope, byteOffset }, { policy, sizes }, type) => {
    // Most statements hold nothing long: the rule on expansion has seen the node before, and what grows in it.
    const isTooMuch =
      (sizes.grown > 0 && scope !== undefined && worksTooMuch(scope, sizes)) ||
      (type === 'A_Expr' && isProduct(node) && multipliesTooMuch({ node, scope }, sizes));
    return isTooMuch ? refusalFor('GUARD_EXPANSION', tooMuch, { scope, byteOffset }, policy) : undefined;
  },
};

const tooMuch = {
  message: 'calls and operators would work through long constants again and again, past 256 MB in one row',
  hint: 'Use shorter constants, or fewer calls of them; take what is long from tables.',
};

const measured = new WeakSet<Sizes>();

/** Once for all of a statement. */
function worksTooMuch(scope: Scope, sizes: Sizes): boolean {
  if (measured.has(sizes)) return false;
  measured.add(sizes);
  let root = scope;
  while (root.parent !== undefined) root = root.parent;
  const estimates = sizes.estimates();
  let operandBytes = 0;
  const waiting: { value: unknown; scope: Scope }[] = [{ value: root.select, scope: root }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const at = next;
    for (const [key, part] of Object.entries(at.value as object) as [string, unknown][]) {
      if (typeof part !== 'object' || part === null) continue;
      const node = asNode(part);
      const isSelect = key === 'SelectStmt' || key === 'larg' || key === 'rarg';
      if (node !== undefined && working.has(key))
        operandBytes += bytesOfOperands(node, key, at.scope, estimates);
      waiting.push({
        value: part,
        scope: node !== undefined && isSelect ? scopeOf(node, at.scope) : at.scope,
      });
    }
  }
  return operandBytes > maxOperandBytes || sizes.isSpent();
}

const working: ReadonlySet<string> = new Set([
  ...['FuncCall', 'A_Expr', 'TypeCast', 'SubLink', 'A_ArrayExpr', 'JsonArrayAgg', 'JsonObjectAgg'],
  ...['JsonObjectConstructor', 'JsonArrayConstructor', 'XmlExpr', 'XmlSerialize'],
]);

function bytesOfOperands(node: TreeNode, type: string, scope: Scope, estimates: Estimates): number {
  let total = 0;
  for (const operand of operandsOf(node, type)) {
    const bytes = estimates.bytes(operand, scope);
    if (bytes > smallBytes) total += bytes;
  }
  return total;
}

function operandsOf(node: TreeNode, type: string): readonly unknown[] {
  switch (type) {
    case 'FuncCall':
      return argumentsOf(node);
    case 'A_Expr':
      return [node['lexpr'], node['rexpr']].flatMap((side) => nodeOf(side, 'List')?.['items'] ?? [side]);
    case 'TypeCast':
      return [node['arg']];
    case 'SubLink':
      return node['testexpr'] === undefined ? [] : [node['testexpr']];
    case 'A_ArrayExpr':
      return asList(node['elements']);
    default:
      return partsOf(node);
  }
}

const dividing: ReadonlySet<string> = new Set(['*', '/', '%']);

function isProduct(node: TreeNode): boolean {
  const isConstant = (side: unknown) => nodeOf(side, 'A_Const') !== undefined;
  return (
    dividing.has(lastName(node['name']) ?? '') && !isConstant(node['lexpr']) && !isConstant(node['rexpr'])
  );
}

type Product = { readonly node: TreeNode; readonly scope: Scope | undefined };

/** Products of a statement: looked at only once there are too many to do harm, and how many of those were long. */
const products = new WeakMap<Sizes, { waiting: Product[]; long: number }>();

function multipliesTooMuch(product: Product, sizes: Sizes): boolean {
  const seen = products.get(sizes) ?? { waiting: [], long: 0 };
  products.set(sizes, seen);
  seen.waiting.push(product);
  if (seen.waiting.length + seen.long <= maxLongProducts) return false;
  for (const each of seen.waiting) if (isLong(each, sizes.estimates())) seen.long++;
  seen.waiting = [];
  return seen.long > maxLongProducts || sizes.isSpent();
}

// 16,383 digits behind the point and eight times as many before it are the most that a number has.
function isLong({ node, scope }: Product, estimates: Estimates): boolean {
  return [node['lexpr'], node['rexpr']].every((side) => {
    const { low, high } = estimates.range(side, scope);
    return !Number.isFinite(high - low) && !estimates.origin(side, scope).data;
  });
}
