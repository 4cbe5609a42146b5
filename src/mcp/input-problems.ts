// Says what is wrong with the arguments of a call, all of it at once; it never runs anything.
import type { z } from 'zod';
import { CodedError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import { clipped } from '../base/printable.ts';
import type { JsonSchema, ObjectSchema } from './json-schema.ts';

const longestValue = 40;

/**
 * Reads the arguments of a call with the tool's own schema. Gives the parsed input, or `INPUT_INVALID` naming every
 * argument that cannot stand, what was expected and, for an unknown one, the nearest that exists.
 */
export function readInput(
  type: z.ZodType,
  schema: ObjectSchema,
  given: Readonly<Record<string, unknown>>,
): { readonly input: unknown } | CodedError {
  const known = Object.keys(schema.properties);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(schema.properties, name));
  const parsed = type.safeParse(given);
  if (parsed.success && unknown.length === 0) return { input: parsed.data };
  const problems = unknown.map((name) => unknownArgument(name, known));
  if (!parsed.success) problems.push(...describeIssues(parsed.error.issues, schema, given));
  return inputInvalid(problems, schema);
}

/** `INPUT_INVALID` for the problems, with the list of the arguments that the caller may use. */
function inputInvalid(problems: readonly string[], schema: ObjectSchema): CodedError {
  const names = Object.keys(schema.properties).map((name) =>
    schema.required?.includes(name) ? `${name} (required)` : name,
  );
  const hint = names.length === 0 ? 'Send no arguments.' : `The arguments are: ${names.join(', ')}.`;
  return new CodedError('INPUT_INVALID', problems.join('; '), { hint });
}

function unknownArgument(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return `unknown argument ${quote(name)}${near === undefined ? '' : `, did you mean ${quote(near)}?`}`;
}

function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  schema: ObjectSchema,
  given: Readonly<Record<string, unknown>>,
): string[] {
  const described = issues
    .filter((issue) => issue.path.length > 0)
    .map((issue) => describe(issue, schema, given));
  const whole = issues.filter((issue) => issue.path.length === 0 && issue.code !== 'unrecognized_keys');
  return [...new Set([...described, ...whole.map((issue) => lowerFirst(issue.message))])];
}

function describe(
  issue: z.core.$ZodIssue,
  schema: ObjectSchema,
  given: Readonly<Record<string, unknown>>,
): string {
  const [name] = issue.path;
  const argument = quote(issue.path.map(String).join('.'));
  const property = schema.properties[String(name)] ?? {};
  const expected = issue.path.length === 1 ? expectation(property) : undefined;
  if (!Object.hasOwn(given, String(name)))
    return `argument ${argument} is required${expected && `: ${expected}`}`;
  if (expected === undefined || issue.code === 'custom')
    return `argument ${argument}: ${lowerFirst(issue.message)}`;
  return `argument ${argument} must be ${expected}, got ${shorten(given[String(name)])}`;
}

/** What a property accepts, in words: type, range, length, or the list of allowed values. */
function expectation(schema: JsonSchema): string {
  const { enum: allowed, anyOf, type } = schema;
  if (Array.isArray(allowed)) return `one of ${allowed.map((value) => JSON.stringify(value)).join(', ')}`;
  if (Array.isArray(anyOf)) return anyOf.map((choice: JsonSchema) => expectation(choice)).join(' or ');
  if (Array.isArray(type)) return type.map((choice) => expectation({ ...schema, type: choice })).join(' or ');
  if (type === 'integer' || type === 'number')
    return `${typeName(type)}${range(schema['minimum'], schema['maximum'])}`;
  if (type === 'string') return `text${range(schema['minLength'], schema['maxLength'], ' characters')}`;
  if (type === 'array') return `a list${range(schema['minItems'], schema['maxItems'], ' items')}`;
  return typeName(type);
}

function typeName(type: unknown): string {
  if (type === 'integer') return 'an integer';
  if (type === 'object') return 'an object';
  if (type === 'null') return 'null';
  return typeof type === 'string' ? `a ${type}` : 'another value';
}

function range(least: unknown, most: unknown, unit = ''): string {
  const of = unit === '' ? '' : ' of';
  if (typeof least === 'number' && typeof most === 'number') {
    return unit === '' ? ` from ${least} to ${most}` : ` of ${least} to ${most}${unit}`;
  }
  if (typeof least === 'number') return `${of} at least ${least}${unit}`;
  return typeof most === 'number' ? `${of} at most ${most}${unit}` : '';
}

function shorten(value: unknown): string {
  return clipped(JSON.stringify(value) ?? String(value), longestValue);
}

function quote(name: string): string {
  return `"${clipped(name, longestValue)}"`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
