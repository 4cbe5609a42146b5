// Refuses FOR UPDATE, FOR SHARE and their kin, which write to rows and make others wait.
import { asList, asNode, nodeOf } from '../tree.ts';
import type { Rule } from './rule.ts';

export const rowLock: Rule = {
  name: 'row-lock',
  codes: ['GUARD_ROW_LOCK'],
  nodes: ['SelectStmt'],
  judge: (node, position) => {
    const [clause] = asList(node['lockingClause']);
    if (clause === undefined) return undefined;
    const strength = String(nodeOf(clause, 'LockingClause')?.['strength'] ?? '');
    const [relation] = asList(nodeOf(clause, 'LockingClause')?.['lockedRels']);
    return {
      code: 'GUARD_ROW_LOCK',
      message: `the statement would lock rows (${words[strength] ?? 'FOR UPDATE or FOR SHARE'})`,
      hint: 'Leave the locking clause out; a read needs no lock.',
      byteOffset:
        (asNode(nodeOf(relation, 'RangeVar'))?.['location'] as number | undefined) ?? position.byteOffset,
    };
  },
};

const words: Readonly<Record<string, string>> = {
  LCS_FORKEYSHARE: 'FOR KEY SHARE',
  LCS_FORSHARE: 'FOR SHARE',
  LCS_FORNOKEYUPDATE: 'FOR NO KEY UPDATE',
  LCS_FORUPDATE: 'FOR UPDATE',
};
