// Refuses what gives each level of a nested document again, or indents it: constants of some bytes become gigabytes, and no
// time limit bounds them in memory. How deep documents of tables are is not known.
import type { Sizes } from '../estimates/constants.ts';
import type { Estimates } from '../estimates/estimates.ts';
import { costOfJsonPath, pathUsesOf } from '../json-path.ts';
import { nestingOf } from '../nesting.ts';
import type { Scope } from '../scope.ts';
import type { TreeNode } from '../tree.ts';
import { argumentsOf, lastName } from '../tree-parts.ts';
import { maxConstantBytes } from './expansion.ts';
import { type Rule, refusalFor } from './rule.ts';

/** Most bytes, as much as all constants together may come to. */
const maxBytes = 4 * maxConstantBytes;
/** What is smaller does not count towards the sum. */
const smallBytes = 64 * 1024;
/** What the documents of a statement came to so far. */
const totals = new WeakMap<Sizes, number>();

export const nestedGrowth: Rule = {
  name: 'nested-growth',
  codes: ['GUARD_EXPANSION'],
  nodes: ['FuncCall', 'A_Expr', 'JsonFuncExpr', 'JsonTable', 'RangeTableFunc', 'XmlSerialize'],
  judge: (node, position, { policy, sizes }, type) => {
    const growths = growthsOf(node, type, position.scope, sizes);
    for (const { document, kind, growth } of growths) {
      const estimates = sizes.estimates();
      const bytes = estimates.bytes(document, position.scope);
      // Most documents are too short for any of this.
      if (bytes * growth(bytes) <= smallBytes) continue;
      const grown = bytes * growth(nestingOf(document, position.scope, kind, estimates));
      if (grown <= smallBytes) continue;
      const total = (totals.get(sizes) ?? 0) + grown;
      totals.set(sizes, total);
      if (total > maxBytes || sizes.isSpent()) return refusalFor('GUARD_EXPANSION', tooBig, position, policy);
    }
    return undefined;
  },
};

const tooBig = {
  message: 'a nested document would be given again for each of its levels, or indented, beyond 64 MB',
  hint: 'Ask a document of a table, or a constant that is shorter or nested less deep.',
};

/** How many times its bytes a document comes to, by its levels. */
type Growth = {
  readonly document: unknown;
  readonly kind: 'json' | 'xml';
  readonly growth: (levels: number) => number;
};

const none: readonly Growth[] = [];

function growthsOf(node: TreeNode, type: string, scope: Scope | undefined, sizes: Sizes): readonly Growth[] {
  if (type === 'FuncCall') {
    const growths = growthsOfCall(node, scope, sizes);
    if (growths !== undefined) return growths;
  }
  if (type === 'XmlSerialize') return node['indent'] === true ? [subtrees(node['expr'])] : none;
  if (type === 'RangeTableFunc') {
    return repeatsLevels(node['rowexpr'], scope, sizes.estimates()) ? [subtrees(node['docexpr'])] : none;
  }
  const uses = pathUsesOf(node, type);
  if (uses.length === 0) return none;
  return uses.flatMap(({ document, path }): readonly Growth[] => {
    const { descents } = costOfJsonPath(path, scope, sizes.estimates());
    return descents === 0 ? none : [{ document, kind: 'json', growth: (levels) => levels ** descents }];
  });
}

function growthsOfCall(
  call: TreeNode,
  scope: Scope | undefined,
  sizes: Sizes,
): readonly Growth[] | undefined {
  switch (lastName(call['funcname'])) {
    // Each value on a line of its own, four blanks for each level.
    case 'jsonb_pretty':
      return [{ document: argumentsOf(call)[0], kind: 'json', growth: (levels) => 2 * levels }];
    case 'xpath':
    case 'xpath_exists':
    case 'xmlexists': {
      const [path, document] = argumentsOf(call);
      return repeatsLevels(path, scope, sizes.estimates()) ? [subtrees(document)] : none;
    }
    default:
      return undefined;
  }
}

function subtrees(document: unknown): Growth {
  return { document, kind: 'xml', growth: (levels) => levels };
}

// What child steps alone select lies side by side.
function repeatsLevels(path: unknown, scope: Scope | undefined, estimates: Estimates): boolean {
  const text = estimates.text(path, scope);
  return text === undefined || /\/\/|::/.test(text);
}
