// Judges the options of EXPLAIN; what it explains must be a read, which the statement rule has seen.
import { asList, nodeOf } from '../tree.ts';
import { type Rule, refusalFor } from './rule.ts';

const options: ReadonlySet<string> = new Set([
  ...['analyze', 'verbose', 'costs', 'settings', 'buffers', 'wal', 'timing', 'summary', 'format'],
  ...['generic_plan', 'memory', 'serialize'],
]);

export const explainOption: Rule = {
  name: 'explain-option',
  codes: ['GUARD_EXPLAIN_OPTION'],
  nodes: ['ExplainStmt'],
  judge: (node, position, { policy }) => {
    for (const option of asList(node['options'])) {
      const name = String(nodeOf(option, 'DefElem')?.['defname'] ?? '');
      if (options.has(name)) continue;
      const message = `EXPLAIN option "${name}" is not allowed`;
      const hint = `Use ANALYZE, BUFFERS, VERBOSE, FORMAT and the like, or the explain tool.`;
      return refusalFor('GUARD_EXPLAIN_OPTION', { message, hint }, position, policy);
    }
    return undefined;
  },
};
