// The SQL rules tell the limits in force.
import { describe, expect, it } from 'vitest';
import { sqlRulesText } from '../../../src/tools/resources/sql-rules.ts';

const limits = {
  statementTimeoutMs: 30_000,
  maxRows: 10_000,
  maxResultBytes: 1_048_576,
  schemas: [],
  allowFunctions: [],
};

describe('sqlRulesText', () => {
  it('is the page that a client reads', async () => {
    await expect(sqlRulesText(limits)).toMatchFileSnapshot('./__snapshots__/sql-rules.md');
  });

  it('names the schemas and the functions that the operator allows', () => {
    const text = sqlRulesText({
      ...limits,
      schemas: ['fuel', 'reporting'],
      allowFunctions: ['reporting.km(int)'],
    });
    expect(text).toContain('Tables of these schemas only: fuel, reporting.');
    expect(text).toContain('User-defined functions are refused but for reporting.km(int).');
  });

  it('writes a time limit below a second in milliseconds', () => {
    expect(sqlRulesText({ ...limits, statementTimeoutMs: 250 })).toContain('may run 250 ms');
  });
});
