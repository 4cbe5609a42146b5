// Refuses constants that grow to a huge value, which no time limit of Postgres bounds in memory; columns are not known.
import { bytesOfRows } from '../estimates/bytes.ts';
import type { Sizes } from '../estimates/constants.ts';
import type { Estimates } from '../estimates/estimates.ts';
import { bytesCollected, collectingFunctions, growingFunctions } from '../estimates/growing-functions.ts';
import type { Objection } from '../refusal.ts';
import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { lastName } from '../tree-parts.ts';
import { type Rule, refusalFor } from './rule.ts';

/** Most bytes a constant expression may grow to. */
export const maxConstantBytes = 16 * 1024 * 1024;
/** Most bytes that all of them together may grow to, since one row may hold them all. */
const maxGrownBytes = 4 * maxConstantBytes;
/** What is smaller does not count towards the sum. */
const smallBytes = 64 * 1024;
/** Counted for a point of a polygon or path: 10,000 of them are enough for any figure. */
const weightOfPoint = 100;

export const expansion: Rule = {
  name: 'expansion',
  codes: ['GUARD_EXPANSION'],
  nodes: [
    ...['FuncCall', 'A_Expr', 'TypeCast', 'SubLink', 'RowExpr'],
    ...['JsonArrayAgg', 'JsonObjectAgg', 'JsonArrayQueryConstructor'],
  ],
  judge: (node, position, { policy, sizes }, type) => {
    if (!mayGrow(node, type)) return undefined;
    const bytes = bytesGrown(node, type, position.scope, sizes.estimates());
    const objection = sizes.isSpent() ? notTold : objectionTo(bytes, sizes);
    return objection && refusalFor('GUARD_EXPANSION', objection, position, policy);
  },
};

function objectionTo(bytes: number, sizes: Sizes): Objection {
  if (bytes === Number.POSITIVE_INFINITY) return notTold;
  if (bytes > smallBytes) sizes.grown += bytes;
  if (bytes > maxConstantBytes) return tooBig('a constant expression', bytes);
  return sizes.grown > maxGrownBytes ? tooBig('all constant expressions together', sizes.grown) : undefined;
}

function tooBig(what: string, bytes: number): Objection {
  const most = maxConstantBytes / 1_048_576;
  return {
    message: `${what} would grow to about ${Math.round(bytes / 1_048_576)} MB`,
    hint: `Ask for less: at most ${most} MB may come from a constant alone, and ${4 * most} MB from all.`,
  };
}

const notTold: Objection = {
  message: 'the size of a constant expression cannot be told',
  hint: 'Write counts, lengths and widths as plain numbers or take them from columns of tables, and templates as literals.',
};

// A first look that costs next to nothing: most nodes of most statements end here.
function mayGrow(node: TreeNode, type: string): boolean {
  switch (type) {
    case 'FuncCall': {
      const name = lastName(node['funcname']) ?? '';
      return growingFunctions.has(name) || collectingFunctions.has(name);
    }
    case 'A_Expr':
      return lastName(node['name']) === '||';
    case 'TypeCast': {
      const typeName = asNode(node['typeName']);
      if (typeName?.['typmods'] !== undefined || typeName?.['arrayBounds'] !== undefined) return true;
      return isFigure(typeName) || nodeOf(node['arg'], 'A_ArrayExpr') !== undefined;
    }
    case 'SubLink':
      return node['subLinkType'] === 'ARRAY_SUBLINK';
    default:
      return true;
  }
}

const isFigure = (typeName: TreeNode | undefined): boolean =>
  /^(?:polygon|path)$/.test(lastName(typeName?.['names']) ?? '');

function bytesGrown(node: TreeNode, type: string, scope: Scope | undefined, estimates: Estimates): number {
  switch (type) {
    case 'JsonArrayAgg':
    case 'JsonObjectAgg': {
      const pair = asNode(node['arg']);
      const args = [pair?.['raw_expr'] ?? pair?.['key'], asNode(pair?.['value'])?.['raw_expr']];
      const filter = asNode(node['constructor'])?.['agg_filter'];
      return bytesCollected(
        {},
        args.filter((arg) => arg !== undefined),
        filter,
        scope,
        estimates,
      );
    }
    case 'JsonArrayQueryConstructor':
      return bytesOfRows(node['query'], scope, estimates);
    default: {
      const bytes = estimates.bytes({ [type]: node }, scope);
      const isPolygon =
        type === 'FuncCall'
          ? lastName(node['funcname']) === 'polygon' && asList(node['args']).length === 2
          : type === 'TypeCast' && isFigure(asNode(node['typeName']));
      return isPolygon ? weightOfPoint * bytes : bytes;
    }
  }
}
