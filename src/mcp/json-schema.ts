// Turns a Zod schema into the JSON Schema that a model reads, without the parts that cost tokens and say nothing.
import { z } from 'zod';

/** A JSON Schema (draft 2020-12) as plain data. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The root of a tool's schema: MCP asks for an object. */
export type ObjectSchema = JsonSchema & {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
};

const namedSchemas = new Set(['properties', '$defs', 'patternProperties']);
const listedSchemas = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems']);
const nestedSchemas = new Set(['items', 'not', 'contains', 'propertyNames']);

/**
 * The slim JSON Schema of an object type, as a caller writes it (`input`) or as we answer (`output`). Left out are
 * `$schema`, `additionalProperties` (unknown arguments are refused by the call itself, with a hint) and the bounds of
 * a safe integer, which say no more than `integer` does.
 */
export function objectSchema(type: z.ZodType, direction: 'input' | 'output'): ObjectSchema {
  const schema = slim(z.toJSONSchema(type, { io: direction, unrepresentable: 'any' }));
  return {
    ...schema,
    type: 'object',
    properties: isRecord(schema['properties']) ? schema['properties'] : {},
  };
}

function slim(schema: JsonSchema): Record<string, unknown> & { properties?: Record<string, JsonSchema> } {
  const kept: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (!isNoise(keyword, value)) kept[keyword] = slimValue(keyword, value);
  }
  return kept;
}

function isNoise(keyword: string, value: unknown): boolean {
  if (keyword === '$schema' || keyword === 'additionalProperties') return true;
  if (keyword === 'minimum') return value === Number.MIN_SAFE_INTEGER;
  return keyword === 'maximum' && value === Number.MAX_SAFE_INTEGER;
}

function slimValue(keyword: string, value: unknown): unknown {
  if (listedSchemas.has(keyword) && Array.isArray(value)) return value.map((item: JsonSchema) => slim(item));
  if (!isRecord(value)) return value;
  if (nestedSchemas.has(keyword)) return slim(value);
  if (!namedSchemas.has(keyword)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, slim(item)]));
}

function isRecord(value: unknown): value is Record<string, JsonSchema> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
