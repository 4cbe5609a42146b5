// What a caller is told about arguments that cannot stand.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CodedError } from '../../../src/base/errors.ts';
import { readInput } from '../../../src/mcp/input-problems.ts';
import { objectSchema } from '../../../src/mcp/json-schema.ts';

const type = z.strictObject({
  sql: z.string().min(1).max(20),
  max_rows: z.int().min(1).max(10_000).default(200),
  limit: z.union([z.int(), z.null()]).optional(),
  params: z
    .array(z.union([z.string(), z.number(), z.null()]))
    .max(2)
    .optional(),
  format: z.enum(['csv', 'markdown']).optional(),
  filter: z.object({ schema: z.string() }).optional(),
});
const schema = objectSchema(type, 'input');
const read = (given: Record<string, unknown>) => readInput(type, schema, given);

function refusal(given: Record<string, unknown>): string {
  const outcome = read(given);
  if (!(outcome instanceof CodedError)) throw new Error('the input was taken');
  expect(outcome.code).toBe('INPUT_INVALID');
  return outcome.message;
}

describe('readInput', () => {
  it('cuts long names and values between characters', () => {
    for (const before of ['', 'a']) {
      const long = before + '😀'.repeat(40);
      expect(refusal({ sql: 'x', format: long, [long]: 1 }).isWellFormed()).toBe(true);
    }
  });

  it('gives the parsed input with its defaults', () => {
    expect(read({ sql: 'select 1' })).toEqual({ input: { sql: 'select 1', max_rows: 200 } });
  });

  it.each([
    [{}, 'argument "sql" is required: text of 1 to 20 characters'],
    [{ sql: 7 }, 'argument "sql" must be text of 1 to 20 characters, got 7'],
    [{ sql: 'x', max_rows: 0 }, 'argument "max_rows" must be an integer from 1 to 10000, got 0'],
    [{ sql: 'x', max_rows: 10_001 }, 'argument "max_rows" must be an integer from 1 to 10000, got 10001'],
    [{ sql: 'x', max_rows: '5' }, 'argument "max_rows" must be an integer from 1 to 10000, got "5"'],
    [{ sql: 'x', format: 'xml' }, 'argument "format" must be one of "csv", "markdown", got "xml"'],
    [{ sql: 'x', params: [1, 2, 3] }, 'argument "params" must be a list of at most 2 items, got [1,2,3]'],
    [{ sql: 'x', limit: 'all' }, 'argument "limit" must be an integer or null, got "all"'],
    [{ sql: 'x', max_row: 5 }, 'unknown argument "max_row", did you mean "max_rows"?'],
    [{ sql: 'x', zzz: 5 }, 'unknown argument "zzz"'],
    [
      { sql: 'x', filter: { schema: 1 } },
      'argument "filter.schema": invalid input: expected string, received number',
    ],
  ])('of %j says: %s', (given, said) => expect(refusal(given)).toBe(said));

  it('takes the values at both ends of a range', () => {
    for (const max_rows of [1, 10_000]) expect(read({ sql: 'x', max_rows })).not.toBeInstanceOf(CodedError);
  });

  it('says all problems at once, with the list of arguments as the hint', () => {
    const outcome = read({ query: 'select 1', max_rows: -1, format: 'xml' }) as CodedError;
    expect(outcome.message.split('; ')).toHaveLength(4);
    expect(outcome.facts.hint).toBe(
      'The arguments are: sql (required), max_rows, limit, params, format, filter.',
    );
  });

  it('shortens a long value instead of sending it back', () => {
    expect(refusal({ sql: 'y'.repeat(5_000) }).length).toBeLessThan(150);
    expect(refusal({ sql: 'x', ['k'.repeat(5_000)]: 1 }).length).toBeLessThan(150);
  });
});
