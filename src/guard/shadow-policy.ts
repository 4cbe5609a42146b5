// Tells whether a call may mean a user's overload of a built-in name; where it cannot tell, it says that it may.
import type { CatalogShadow, PolicyCatalog } from './policy-catalog.ts';

/** Types an argument may have: `unknown` for an untyped literal, undefined where nothing is known. */
export type ArgumentTypes = readonly string[] | undefined;

/** True unless every overload of the user's function is out of reach of arguments of these types. */
export type ShadowPolicy = (schema: string, name: string, types: readonly ArgumentTypes[]) => boolean;

export function createShadowPolicy(catalog: PolicyCatalog): ShadowPolicy {
  const byFunction = new Map<string, Map<string, CatalogShadow[]>>();
  for (const shadow of catalog.shadows) {
    const key = `${shadow.schema}.${shadow.name}`;
    const overloads = byFunction.get(key) ?? new Map<string, CatalogShadow[]>();
    overloads.set(shadow.overload, [...(overloads.get(shadow.overload) ?? []), shadow]);
    byFunction.set(key, overloads);
  }
  return (schema, name, types) => {
    const overloads = byFunction.get(`${schema}.${name}`);
    return overloads === undefined || [...overloads.values()].some((overload) => mayMean(overload, types));
  };
}

// An overload is out of reach where the count differs, or where one argument cannot become what it takes.
function mayMean(overload: readonly CatalogShadow[], types: readonly ArgumentTypes[]): boolean {
  const [first] = overload;
  if (first === undefined) return true;
  if (types.length < first.minArguments || types.length > first.maxArguments) return false;
  return types.every((type, index) => mayTake(overload[index], type, types.length));
}

function mayTake(parameter: CatalogShadow | undefined, types: ArgumentTypes, count: number): boolean {
  const accepted = parameter?.acceptedTypes;
  if (parameter === undefined || accepted === undefined || types === undefined) return true;
  return types.some((type) => {
    // A single untyped literal goes to the overload that takes text (manual, "Functions", step 4.e).
    if (type === 'unknown') return count > 1 || !parameter.hasTextRival || parameter.takesText;
    return type === '?' || accepted.includes(type);
  });
}
