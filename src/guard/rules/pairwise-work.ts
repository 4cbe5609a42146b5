// Refuses operators and functions that hold each part of one constant against each part of another where both are long:
// Postgres does not look at the time limit, nor at a request to end, before they are done. Columns of tables are not known.
import type { Sizes } from '../estimates/constants.ts';
import type { Estimates } from '../estimates/estimates.ts';
import { costOfJsonPath, pathUsesOf } from '../json-path.ts';
import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { argumentsOf, lastName } from '../tree-parts.ts';
import { type Rule, refusalFor } from './rule.ts';

/** Most work: bytes of one side times bytes of the other. */
const maxPairwiseWork = 2e8;
/** Comparisons of paths that a text has room for. */
const maxComparisons = 10_000;
/** Longest literal that is short whatever it is held against: no value that passes the rule on expansion makes it slow. */
const shortLiteral = 100;

export const pairwiseWork: Rule = {
  name: 'pairwise-work',
  codes: ['GUARD_EXPANSION'],
  nodes: ['FuncCall', 'A_Expr', 'SubLink', 'JsonFuncExpr', 'JsonTable'],
  judge: (node, position, { policy, sizes }, type) => {
    const sides = sidesOf(node, type);
    if (sides === undefined) {
      return comparesPaths(node, type, position.scope, sizes)
        ? refusalFor('GUARD_EXPANSION', tooMuchInPath, position, policy)
        : undefined;
    }
    if (sides.filter((side) => !isShort(side)).length < 2) return undefined;
    const estimates = sizes.estimates();
    const work = sides.reduce(
      (total: number, side) => total * bytesOfSide(side, position.scope, estimates),
      1,
    );
    if (work <= maxPairwiseWork && !sizes.isSpent()) return undefined;
    return refusalFor('GUARD_EXPANSION', tooMuch, position, policy);
  },
};

const tooMuch = {
  message: 'two long constants would be held against each other part by part, which no time limit ends',
  hint: 'Use shorter constants on one side at least.',
};

const tooMuchInPath = {
  message: 'a path would hold the parts of a long constant against each other, which no time limit ends',
  hint: 'Compare with a value instead of a second path, or ask a document of a table.',
};

/** Shortest text of an item of an array, and the parts of a document that its two halves make. */
const bytesOfItem = 2;
const halves = 2;

function comparesPaths(node: TreeNode, type: string, scope: Scope | undefined, sizes: Sizes): boolean {
  const uses = pathUsesOf(node, type);
  if (uses.length === 0) return false;
  return uses.some(({ document, path }) => {
    const estimates = sizes.estimates();
    const items = estimates.bytes(document, scope) / bytesOfItem / halves;
    if (items ** 2 * maxComparisons <= maxPairwiseWork) return false;
    const { comparisons } = costOfJsonPath(path, scope, estimates);
    return comparisons * items ** 2 > maxPairwiseWork || (comparisons > 0 && sizes.isSpent());
  });
}

const operators: ReadonlySet<string> = new Set([
  ...['~~', '~~*', '!~~', '!~~*', '@>', '<@', '&&', '?|', '?&', '<->', '?#', '~=', '-'],
]);

/** Functions that take both sides as their first two arguments: those behind the operators, and searches. */
const functions: ReadonlySet<string> = new Set([
  ...['translate', 'btrim', 'ltrim', 'rtrim', 'position', 'strpos', 'replace', 'split_part'],
  ...[
    'string_to_array',
    'string_to_table',
    'like',
    'notlike',
    'textlike',
    'textnlike',
    'texticlike',
    'texticnlike',
  ],
  ...[
    'bpcharlike',
    'bpcharnlike',
    'bpchariclike',
    'bpcharicnlike',
    'namelike',
    'namenlike',
    'nameiclike',
    'nameicnlike',
  ],
  ...[
    'bytealike',
    'byteanlike',
    'arraycontains',
    'arraycontained',
    'arrayoverlap',
    'jsonb_contains',
    'jsonb_contained',
  ],
  ...['jsonb_exists_any', 'jsonb_exists_all', 'jsonb_delete', 'path_distance', 'path_inter', 'poly_distance'],
  ...['poly_overlap', 'poly_contain', 'poly_contained', 'poly_same'],
]);

function sidesOf(node: TreeNode, type: string): readonly unknown[] | undefined {
  if (type === 'FuncCall') {
    const name = lastName(node['funcname']) ?? '';
    if (functions.has(name)) {
      const args = argumentsOf(node);
      return args.length < 2 ? undefined : args.slice(0, 2);
    }
    // ts_rank([weights,] vector, query [, normalization]); ts_rewrite(query, target, substitute).
    if (name === 'ts_rank' || name === 'ts_rank_cd') return argumentsOf(node);
    if (name === 'ts_rewrite') return [argumentsOf(node)[0], argumentsOf(node)[2]];
    // Marks that follow a letter are put in order one by one.
    return name === 'normalize' || name === 'is_normalized'
      ? [argumentsOf(node)[0], argumentsOf(node)[0]]
      : undefined;
  }
  const isSubLink = type === 'SubLink';
  const name = lastName(node[isSubLink ? 'operName' : 'name']);
  if (name === undefined || !operators.has(name)) return undefined;
  if (isSubLink) return [node['testexpr'], { SubLink: { ...node, subLinkType: 'EXPR_SUBLINK' } }];
  const sides = [node['lexpr'], node['rexpr']];
  return name === '-' && sides.some(isNumeric) ? undefined : sides;
}

function isShort(side: unknown): boolean {
  const cast = nodeOf(side, 'TypeCast');
  const constant = nodeOf(cast?.['arg'] ?? side, 'A_Const');
  if (constant === undefined) return false;
  const text = asNode(constant['sval'])?.['sval'] ?? asNode(constant['bsval'])?.['bsval'];
  return (
    (typeof text !== 'string' || text.length <= shortLiteral) &&
    asList(asNode(cast?.['typeName'])?.['typmods']).length === 0
  );
}

// The minus of numbers and times, which stands everywhere, is none of those that delete from documents.
function isNumeric(side: unknown): boolean {
  if (side === undefined) return true;
  const constant = nodeOf(side, 'A_Const');
  if (constant !== undefined) return constant['sval'] === undefined;
  const name = lastName(nodeOf(side, 'A_Expr')?.['name']);
  return name === '+' || name === '*' || name === '/' || name === '%';
}

// What columns give counts for nothing: nobody knows its size, and it is small.
function bytesOfSide(side: unknown, scope: Scope | undefined, estimates: Estimates): number {
  const bytes = estimates.bytes(side, scope);
  return bytes <= 64 ? 1 : bytes;
}
