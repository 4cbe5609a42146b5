// Judges every relation in FROM that is not a CTE in sight.
import { isCte } from '../scope.ts';
import { type Rule, refusalFor } from './rule.ts';

export const relation: Rule = {
  name: 'relation',
  codes: ['GUARD_RELATION'],
  nodes: ['RangeVar'],
  judge: (node, position, { policy }) => {
    const name = String(node['relname']);
    const schema = node['schemaname'] === undefined ? undefined : String(node['schemaname']);
    if (node['catalogname'] !== undefined) {
      const message = `relation "${String(node['catalogname'])}.${schema}.${name}" names a database`;
      return refusalFor(
        'GUARD_RELATION',
        { message, hint: 'Write schema.relation at most.' },
        position,
        policy,
      );
    }
    if (schema === undefined && isCte(position.scope, name)) return undefined;
    return refusalFor('GUARD_RELATION', policy.relations(schema, name), position, policy);
  },
};
