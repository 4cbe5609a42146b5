// Judges a type named in a cast by the functions that naming it runs; it sees no SQL.
import { typeNames } from './builtin-names.ts';
import { wellKnownTypes } from './function-lists.ts';
import type { FunctionPolicy } from './function-policy.ts';
import type { PolicyCatalog } from './policy-catalog.ts';
import type { Objection } from './refusal.ts';

/** The types of one catalog, ready to be asked. */
export type TypePolicy = {
  /** Judges `type` or `schema.type` as written. */
  readonly ofType: (parts: readonly string[]) => Objection;
  /** True where the name is a type of initdb's. */
  readonly isBuiltIn: (name: string) => boolean;
  /** Judges `(x).name` or `name(x)`, which casts where a type bears the name; undefined where none is known to. */
  readonly ofAttribute: (name: string) => Objection;
};

export function createTypePolicy(catalog: PolicyCatalog, functions: FunctionPolicy): TypePolicy {
  const builtIn = new Set(typeNames.trim().split(/\s+/));
  const usable = new Set(catalog.usableSchemas);
  const objections = objectionsByType(catalog, functions);
  const inSchema = (schema: string, name: string): Objection => {
    const ofSchema = objections.get(schema);
    return ofSchema?.get(name) ?? ofSchema?.get(elementName(name));
  };
  const onPath = (name: string): Objection => {
    for (const schema of catalog.searchPath) {
      const objection = inSchema(schema, name);
      if (objection !== undefined) return objection;
    }
    return undefined;
  };
  const ofType = (parts: readonly string[]): Objection => {
    const [first = '', second] = parts;
    if (parts.length > 2) return otherDatabase(parts);
    if (second !== undefined) {
      const isSystem = first === 'pg_catalog' || first === 'information_schema';
      if (!isSystem && !usable.has(first)) return schemaNotUsable(parts, catalog.origin === 'builtin');
      return inSchema(first, second);
    }
    const objection = onPath(first);
    if (objection !== undefined || catalog.origin === 'live') return objection;
    const known = builtIn.has(elementName(first)) || wellKnownTypes.has(elementName(first));
    return known ? undefined : unknownType(first);
  };
  return { ofType, isBuiltIn: (name) => builtIn.has(name), ofAttribute: onPath };
}

/** By schema first: most have none, and then a type costs one look-up. */
function objectionsByType(
  catalog: PolicyCatalog,
  functions: FunctionPolicy,
): Map<string, Map<string, Objection>> {
  const objections = new Map<string, Map<string, Objection>>();
  for (const { schema, name, functionSchema, functionName } of catalog.typeFunctions) {
    if (functions.ofFunction(functionSchema, functionName) === undefined) continue;
    const ofSchema = objections.get(schema) ?? new Map<string, Objection>();
    objections.set(schema, ofSchema);
    ofSchema.set(name, {
      message: `type "${schema}.${name}" is not allowed: a cast to it runs "${functionSchema}.${functionName}"`,
      hint: `Compare as text instead, or ask the operator to allow MCP_ALLOW_FUNCTIONS=${functionSchema}.${functionName}.`,
    });
  }
  return objections;
}

// Postgres names the array type of t as _t (manual, "Array Types"); its input runs that of t.
function elementName(name: string): string {
  return name.startsWith('_') ? name.slice(1) : name;
}

function otherDatabase(parts: readonly string[]): Objection {
  return { message: `type "${parts.join('.')}" is not allowed`, hint: 'Write schema.type at most.' };
}

function schemaNotUsable(parts: readonly string[], isUnknown: boolean): Objection {
  return {
    message: `type "${parts.join('.')}" is in a schema that is not served`,
    hint: 'Cast to a built-in type such as text, numeric or timestamptz.',
    isUnknown,
  };
}

function unknownType(name: string): Objection {
  return {
    message: `type "${name}" is not known`,
    hint: 'Cast to a built-in type such as text, numeric or timestamptz.',
    isUnknown: true,
  };
}
