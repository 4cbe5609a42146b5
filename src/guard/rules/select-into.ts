// Refuses SELECT INTO, which makes a table.
import { asNode } from '../tree.ts';
import type { Rule } from './rule.ts';

export const selectInto: Rule = {
  name: 'select-into',
  codes: ['GUARD_SELECT_INTO'],
  nodes: ['SelectStmt'],
  judge: (node, position) => {
    const target = asNode(node['intoClause']);
    if (target === undefined) return undefined;
    const relation = asNode(target['rel']);
    return {
      code: 'GUARD_SELECT_INTO',
      message: `SELECT INTO would create the table "${String(relation?.['relname'])}"`,
      hint: 'Leave INTO out and read the rows directly; WITH names an intermediate result.',
      byteOffset: (relation?.['location'] as number | undefined) ?? position.byteOffset,
    };
  },
};
