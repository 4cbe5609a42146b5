// Refuses WITH RECURSIVE … UNION over rows that constants make wide: it keeps every row that it has seen in memory, where
// UNION ALL keeps none and a table on disk takes the others. What columns of tables hold is not known.
import { scopeOf } from '../estimates/estimates.ts';
import { armsOf, recursiveQueries } from '../tree-parts.ts';
import { type Rule, refusalFor } from './rule.ts';

/** Most bytes of a row. */
const maxRowBytes = 10_000;

export const recursiveUnion: Rule = {
  name: 'recursive-union',
  codes: ['GUARD_EXPANSION'],
  nodes: ['SelectStmt'],
  judge: (node, position, { policy, sizes }) => {
    for (const query of recursiveQueries(node)) {
      if (query['op'] !== 'SETOP_UNION' || query['all'] === true) continue;
      const scope = scopeOf(query, scopeOf(node, position.scope));
      const estimates = sizes.estimates();
      for (const arm of armsOf(query)) {
        const columns = estimates.columns(arm, scope);
        const bytes = columns.reduce((total, sources) => total + estimates.bytes(sources, undefined), 0);
        if (bytes > maxRowBytes || sizes.isSpent())
          return refusalFor('GUARD_EXPANSION', tooWide, position, policy);
      }
    }
    return undefined;
  },
};

const tooWide = {
  message: 'a recursive UNION would keep every row in memory, each of them wide by a constant',
  hint: 'Write UNION ALL, or leave the long constant out of the recursion and join it behind.',
};
