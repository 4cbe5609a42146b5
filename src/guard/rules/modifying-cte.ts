// Refuses WITH clauses that change data; a CTE must be a SELECT, VALUES or TABLE.
import { asNode, nodeOf } from '../tree.ts';
import type { Rule } from './rule.ts';

export const modifyingCte: Rule = {
  name: 'modifying-cte',
  codes: ['GUARD_MODIFYING_CTE'],
  nodes: ['CommonTableExpr'],
  judge: (node, position) => {
    const query = node['ctequery'];
    if (nodeOf(query, 'SelectStmt') !== undefined) return undefined;
    const [kind = 'statement'] = Object.keys(asNode(query) ?? {});
    const verb = kind.replace('Stmt', '').toUpperCase();
    return {
      code: 'GUARD_MODIFYING_CTE',
      message: `the WITH query "${String(node['ctename'])}" is ${verb}, not a read`,
      hint: `Leave ${verb} out of WITH; this server only reads.`,
      byteOffset: position.byteOffset,
    };
  },
};
