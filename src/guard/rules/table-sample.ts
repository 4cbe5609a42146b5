// Judges TABLESAMPLE methods, which are functions looked up by name.
import { nameParts } from '../tree.ts';
import { type Rule, refusalFor } from './rule.ts';

const methods: ReadonlySet<string> = new Set(['bernoulli', 'system', 'system_rows', 'system_time']);

export const tableSample: Rule = {
  name: 'table-sample',
  codes: ['GUARD_FUNCTION'],
  nodes: ['RangeTableSample'],
  judge: (node, position, { policy }) => {
    const parts = nameParts(node['method']);
    const found = policy.functions.find(parts);
    const isOwn = found.every(
      (entry) => entry.builtIn || /^tsm_system_(?:rows|time)$/.test(entry.extension ?? ''),
    );
    const isPlain = parts.length === 1 || found.length > 0;
    if (isPlain && methods.has(parts.at(-1) ?? '') && isOwn) return undefined;
    const message = `sampling method "${parts.join('.')}" is not allowed`;
    return refusalFor('GUARD_FUNCTION', { message, hint: 'Use BERNOULLI or SYSTEM.' }, position, policy);
  },
};
