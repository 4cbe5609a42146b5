// Slim JSON Schemas: nothing that costs tokens and says nothing, and nothing lost that says something.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { objectSchema } from '../../../src/mcp/json-schema.ts';

describe('objectSchema', () => {
  it('keeps types, ranges, descriptions and what is required', () => {
    const type = z.strictObject({
      sql: z.string().min(1).describe('one statement'),
      rows: z.int().min(1).max(10).optional(),
      params: z.array(z.union([z.string(), z.number(), z.null()])).optional(),
    });
    expect(objectSchema(type, 'input')).toEqual({
      type: 'object',
      properties: {
        sql: { type: 'string', minLength: 1, description: 'one statement' },
        rows: { type: 'integer', minimum: 1, maximum: 10 },
        params: {
          type: 'array',
          items: { type: ['string', 'number', 'null'] },
        },
      },
      required: ['sql'],
    });
  });

  it('leaves out the bounds that only say that an integer is safe', () => {
    const schema = objectSchema(z.object({ count: z.int(), positive: z.int().min(0) }), 'output');
    expect(schema.properties).toEqual({
      count: { type: 'integer' },
      positive: { type: 'integer', minimum: 0 },
    });
  });

  it('does not take a property for a keyword of the same name', () => {
    const schema = objectSchema(
      z.object({ additionalProperties: z.string(), $schema: z.object({ a: z.int() }) }),
      'output',
    );
    expect(schema.properties).toEqual({
      additionalProperties: { type: 'string' },
      $schema: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
    });
  });

  it('makes an argument with a default optional for the caller and sure in the answer', () => {
    const type = z.object({ limit: z.int().default(5) });
    expect(objectSchema(type, 'input').required).toBeUndefined();
    expect(objectSchema(type, 'output').required).toEqual(['limit']);
  });
});
