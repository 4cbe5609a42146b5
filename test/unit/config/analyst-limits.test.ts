// What MCP_ANALYST_LIMITS may say, and what is said of a wrong item.
import { describe, expect, it } from 'vitest';
import { analystLimits } from '../../../src/config/analyst-limits.ts';

describe('MCP_ANALYST_LIMITS', () => {
  it('holds names, groups and everybody, with units', () => {
    expect(
      analystLimits.parse(
        '*:queries=4, sonia:max_rows=10, @Data Analysts:statement_timeout=2min,, b@x.io : max_result_bytes = 64kB',
      ),
    ).toEqual({
      value: [
        { who: '*', limits: { queries: 4 } },
        { who: 'sonia', limits: { maxRows: 10 } },
        { who: '@Data Analysts', limits: { statementTimeoutMs: 120_000 } },
        { who: 'b@x.io', limits: { maxResultBytes: 65_536 } },
      ],
    });
  });

  it.each([
    ['sonia', 'who:limit=value is expected in "sonia"'],
    [
      'sonia:rows=5',
      'the limits are queries, statement_timeout, max_rows, max_result_bytes; no such limit in "sonia:rows=5"',
    ],
    ['sonia:queries=0', 'queries must be 1 to 1000 in "sonia:queries=0"'],
    [
      '*:statement_timeout=5',
      'statement_timeout needs a unit: ms, s, min, h or d in "*:statement_timeout=5"',
    ],
    [
      'sonia:constructor=5',
      'the limits are queries, statement_timeout, max_rows, max_result_bytes; no such limit in "sonia:constructor=5"',
    ],
  ])('refuses %s', (text, reason) => {
    expect(analystLimits.parse(text)).toEqual({ reason });
  });
});
