// Judges an operator by the functions that its name may be bound to on the search path; it sees no SQL.
import { operatorNames } from './builtin-names.ts';
import { wellKnownOperators } from './function-lists.ts';
import type { FunctionPolicy } from './function-policy.ts';
import type { CatalogOperator, PolicyCatalog } from './policy-catalog.ts';
import type { Objection } from './refusal.ts';

/** Judges `+` or `schema.+` as written; names are cached, so a query full of `=` asks once. */
export type OperatorPolicy = (parts: readonly string[]) => Objection;

export function createOperatorPolicy(catalog: PolicyCatalog, functions: FunctionPolicy): OperatorPolicy {
  const builtIn = new Set(operatorNames.trim().split(/\s+/));
  const objections = objectionsByOperator(catalog, functions, builtIn);
  const userOperators = new Set(catalog.operators.map(({ schema, name }) => `${schema}.${name}`));
  const onPath = new Map<string, Objection>();
  for (const { schema, name } of catalog.operators) {
    if (!catalog.searchPath.includes(schema)) continue;
    onPath.set(name, onPath.get(name) ?? objections.get(`${schema}.${name}`));
  }
  return (parts) => {
    const [schema = '', name] = parts;
    if (name === undefined) {
      if (onPath.has(schema)) return onPath.get(schema);
      return builtIn.has(schema) || wellKnownOperators.has(schema) ? undefined : unknownOperator(schema);
    }
    const written = parts.join('.');
    if (parts.length === 2 && userOperators.has(written)) return objections.get(written);
    return parts.length === 2 && schema === 'pg_catalog' && builtIn.has(name)
      ? undefined
      : unknownOperator(written);
  };
}

function objectionsByOperator(
  catalog: PolicyCatalog,
  functions: FunctionPolicy,
  builtIn: ReadonlySet<string>,
): Map<string, Objection> {
  const objections = new Map<string, Objection>();
  for (const operator of catalog.operators) {
    const { schema, name, functionSchema, functionName } = operator;
    if (functions.ofFunction(functionSchema, functionName) === undefined) continue;
    if (builtIn.has(name) && isTolerable(operator, functions)) continue;
    objections.set(`${schema}.${name}`, {
      message: `operator "${name}" is not allowed: it runs "${functionSchema}.${functionName}"`,
      hint: `Use built-in operators, or ask the operator of the server to allow MCP_ALLOW_FUNCTIONS=${functionSchema}.${functionName}.`,
    });
  }
  return objections;
}

// An operator such as = for a type that users made is chosen only where a value of that type stands; refusing the name
// would refuse every = in the database. It still must neither be VOLATILE nor run with its owner's rights.
function isTolerable(operator: CatalogOperator, functions: FunctionPolicy): boolean {
  if (!operator.onUserType) return false;
  const entries = functions.find([operator.functionSchema, operator.functionName]);
  return entries.length > 0 && entries.every((entry) => !entry.isVolatile && !entry.isSecurityDefiner);
}

function unknownOperator(name: string): Objection {
  return {
    message: `operator "${name}" is not known`,
    hint: 'Use a built-in operator, written without a schema.',
    isUnknown: true,
  };
}
