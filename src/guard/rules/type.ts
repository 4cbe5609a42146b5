// Judges every type named in a cast, a column definition or a RETURNING clause.
import { nameParts } from '../tree.ts';
import { type Rule, refusalFor } from './rule.ts';

export const type: Rule = {
  name: 'type',
  codes: ['GUARD_TYPE'],
  nodes: ['TypeName'],
  judge: (node, position, { policy }) =>
    refusalFor('GUARD_TYPE', policy.types.ofType(nameParts(node['names'])), position, policy),
};
