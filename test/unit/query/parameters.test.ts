// Values that no statement can take: each is refused by its position, none reaches the database or fails unexpectedly.
import { describe, expect, it } from 'vitest';
import { boundParameters } from '../../../src/query/parameters.ts';

const nested = (depth: number, open: string, close: string): unknown =>
  JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`);

describe('boundParameters', () => {
  it('takes arrays of six dimensions, the most that Postgres has, and refuses seven', () => {
    expect(boundParameters([nested(6, '[', ']')], 1)).toEqual(['{{{{{{"1"}}}}}}']);
    for (const depth of [7, 200_000]) {
      expect(() => boundParameters([nested(depth, '[', ']')], 1)).toThrow(
        expect.objectContaining({
          code: 'INPUT_PARAMS',
          message: 'params[0] is nested deeper than the 6 dimensions of a Postgres array',
        }),
      );
    }
  });

  it('refuses an object too deep to be written', () => {
    expect(() => boundParameters([null, nested(200_000, '{"a":', '}')], 2)).toThrow(
      expect.objectContaining({ code: 'INPUT_PARAMS', message: 'params[1] is nested too deep' }),
    );
  });
});
