// The catalog to judge by while no database can be reached: what initdb makes in Postgres 15 to 18, and nothing else.
import { internalFunctionNames, stableFunctionNames, volatileFunctionNames } from './builtin-names.ts';
import type { CatalogFunction, PolicyCatalog } from './policy-catalog.ts';

/** The floor. A name that only a real database could know is refused by it as unknown. */
export function builtInCatalog(): PolicyCatalog {
  return {
    origin: 'builtin',
    functions: [
      ...functionsOf(stableFunctionNames, { isVolatile: false, isInternal: false }),
      ...functionsOf(volatileFunctionNames, { isVolatile: true, isInternal: false }),
      ...functionsOf(internalFunctionNames, { isVolatile: true, isInternal: true }),
    ],
    operators: [],
    typeFunctions: [],
    relations: [],
    shadows: [],
    columns: [],
    searchPath: ['pg_catalog', 'public'],
    usableSchemas: ['pg_catalog', 'information_schema', 'public'],
  };
}

function functionsOf(
  names: string,
  flags: Pick<CatalogFunction, 'isVolatile' | 'isInternal'>,
): CatalogFunction[] {
  return names
    .trim()
    .split(/\s+/)
    .map((marked) => ({
      schema: 'pg_catalog',
      name: marked.replace('*', ''),
      extension: undefined,
      builtIn: true,
      isSecurityDefiner: false,
      isProcedure: false,
      takesOneArgument: marked.endsWith('*'),
      ...flags,
    }));
}
