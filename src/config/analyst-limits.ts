// Reads MCP_ANALYST_LIMITS: items of the form who:limit=value.
import type { AnalystLimits, AnalystRule } from '../base/analyst-limits.ts';
import { duration, integer, size, type ValueKind } from './option-values.ts';

type Limit = { readonly kind: ValueKind<number>; readonly limits: (value: number) => AnalystLimits };

const limitsByName: Readonly<Record<string, Limit>> = {
  queries: { kind: integer(1, 1000), limits: (queries) => ({ queries }) },
  statement_timeout: {
    kind: duration('1ms', '1d'),
    limits: (statementTimeoutMs) => ({ statementTimeoutMs }),
  },
  max_rows: { kind: integer(1, 10_000_000), limits: (maxRows) => ({ maxRows }) },
  max_result_bytes: { kind: size('1kB', '1GB'), limits: (maxResultBytes) => ({ maxResultBytes }) },
};

/** Rules between commas; a reason names the item that is not one. */
export const analystLimits: ValueKind<readonly AnalystRule[]> = {
  name: 'list of who:limit=value',
  parse: (given) => {
    const value: AnalystRule[] = [];
    for (const item of given.split(',').map((part) => part.trim())) {
      if (item === '') continue;
      const rule = ruleOf(item);
      if (typeof rule === 'string') return { reason: `${rule} in "${item}"` };
      value.push(rule);
    }
    return { value };
  },
};

function ruleOf(item: string): AnalystRule | string {
  const [, who, name, text] = /^(\*|@?[^:=\s]+(?:[^:=]*[^:=\s])?)\s*:\s*(\w+)\s*=\s*(\S.*)$/.exec(item) ?? [];
  if (who === undefined || name === undefined || text === undefined) return 'who:limit=value is expected';
  const limit = Object.hasOwn(limitsByName, name) ? limitsByName[name] : undefined;
  if (limit === undefined) return `the limits are ${Object.keys(limitsByName).join(', ')}; no such limit`;
  const parsed = limit.kind.parse(text);
  return 'reason' in parsed ? `${name} ${parsed.reason}` : { who, limits: limit.limits(parsed.value) };
}
