// Judges the setting that SHOW or current_setting tells; a setting is harmless or it is not shown.
import { isHarmlessSetting } from '../setting-lists.ts';
import { asList, literalText, nameParts, type TreeNode } from '../tree.ts';
import { type Rule, refusalFor } from './rule.ts';

export const setting: Rule = {
  name: 'setting',
  codes: ['GUARD_SETTING'],
  nodes: ['VariableShowStmt', 'FuncCall'],
  judge: (node, position, { policy }, type) => {
    const name = type === 'FuncCall' ? settingOfCall(node) : String(node['name']);
    if (name === undefined || isHarmlessSetting(name)) return undefined;
    const message = name === 'all' ? 'SHOW ALL is not allowed' : `setting "${name}" is not public`;
    const hint = 'Leave it out; settings such as TimeZone, DateStyle and server_version are public.';
    return refusalFor('GUARD_SETTING', { message, hint }, position, policy);
  },
};

function settingOfCall(node: TreeNode): string | undefined {
  if (nameParts(node['funcname']).at(-1) !== 'current_setting') return undefined;
  return literalText(asList(node['args'])[0]);
}
