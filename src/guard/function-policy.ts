// Judges a function by what its name resolves to on the search path, all overloads of all schemas; it sees no SQL.
import { nearestName } from '../base/nearest-name.ts';
import { stableFunctionNames } from './builtin-names.ts';
import { foreignFunctions } from './foreign-functions.ts';
import {
  actingExtensionFunctions,
  builtInSqlFunctions,
  dangerousExtensionFunctions,
  deniedExtensionFunctions,
  deniedFunctions,
  neededVolatileFunctions,
  trustedExtensions,
  wellKnownFunctions,
} from './function-lists.ts';
import type { CatalogFunction, PolicyCatalog } from './policy-catalog.ts';
import type { Objection } from './refusal.ts';

/** The functions of one catalog, ready to be asked. */
export type FunctionPolicy = {
  /**
   * Judges a call by the name as written: `f` along the search path, or `schema.f`. `isReachable` may rule out users'
   * overloads of a built-in name that the arguments cannot mean.
   */
  readonly ofCall: (parts: readonly string[], isReachable: Reachable) => Objection;
  /** Judges one function of the catalog, for an operator, a cast or a check that runs it. */
  readonly ofFunction: (schema: string, name: string) => Objection;
  /** Judges `(x).name`, which calls a function of one argument where x has no such column. */
  readonly ofAttribute: (name: string) => Objection;
  /** What the catalog says of a name on the search path or in the schema given. */
  readonly find: (parts: readonly string[]) => readonly CatalogFunction[];
  /** True where a call by this name can only run functions of initdb, as all others are refused. */
  readonly isBuiltIn: (parts: readonly string[]) => boolean;
  /** Types that a call by this name may give, "?" for one that is not plain; undefined where they are not known. */
  readonly resultsOf: (parts: readonly string[]) => readonly string[] | undefined;
  /** True where arguments of a function of that name agree on a type, so that a literal is read as what stands beside it. */
  readonly agrees: (parts: readonly string[]) => boolean;
};

/** False where a call surely means another overload than one of these. */
export type Reachable = (entry: CatalogFunction) => boolean;

/** Prepares the functions of a catalog; `allowed` holds `schema.name` or `name`, case as in the catalog. */
export function createFunctionPolicy(catalog: PolicyCatalog, allowed: readonly string[]): FunctionPolicy {
  const allowedNames = new Set(allowed);
  const byName = groupByName(catalog.functions);
  const nearestOf = createNearest(byName);
  const attributes = new Map<string, Objection>();
  const find = (parts: readonly string[]): readonly CatalogFunction[] => {
    const found = byName.get(parts.at(-1) ?? '') ?? [];
    if (parts.length === 2) return found.filter((entry) => entry.schema === parts[0]);
    return found.filter((entry) => catalog.searchPath.includes(entry.schema));
  };
  const judge = (entry: CatalogFunction): Objection =>
    isAllowedByName(entry, allowedNames, catalog.searchPath) ? undefined : objectionTo(entry);
  const firstObjection = (entries: readonly CatalogFunction[]): Objection => {
    for (const entry of entries) {
      const objection = judge(entry);
      if (objection !== undefined) return objection;
    }
    return undefined;
  };
  const ofCall = (parts: readonly string[], isReachable: Reachable): Objection => {
    if (parts.length > 2) return crossDatabase(parts);
    const entries = find(parts);
    if (entries.length > 1 && parts.length === 1) {
      const refusable = entries.filter((entry) => judge(entry) !== undefined);
      const [shadow] = refusable.filter(isReachable);
      if (shadow === undefined) return undefined;
      const isBuiltInAllowed = entries.some((entry) => entry.builtIn && judge(entry) === undefined);
      return isBuiltInAllowed ? shadowedBuiltIn(shadow) : judge(shadow);
    }
    if (entries.length > 0) return firstObjection(entries);
    return objectionToUnknown(parts, allowedNames, nearestOf);
  };
  const ofFunction = (schema: string, name: string): Objection => {
    const entries = find([schema, name]);
    return entries.length > 0 ? firstObjection(entries) : unknownFunction([schema, name], undefined);
  };
  const ofAttribute = (name: string): Objection => {
    const known = attributes.get(name);
    if (known !== undefined || attributes.has(name)) return known;
    // An extension's function counts wherever it is: what the search path hides today may be in sight tomorrow.
    const callable = (byName.get(name) ?? []).filter(
      ({ schema, extension, takesOneArgument, isInternal }) =>
        takesOneArgument && !isInternal && (extension !== undefined || catalog.searchPath.includes(schema)),
    );
    const objection = firstObjection(callable) ?? unknownAttribute(catalog, name, callable.length);
    if (callable.length > 0 || objection !== undefined) attributes.set(name, objection);
    return objection;
  };
  const runnable = (parts: readonly string[]) => find(parts).filter((entry) => judge(entry) === undefined);
  const isBuiltIn = (parts: readonly string[]): boolean => {
    const entries = runnable(parts);
    return entries.length > 0 && entries.every((entry) => entry.builtIn);
  };
  const resultsOf = (parts: readonly string[]): readonly string[] | undefined => {
    const entries = runnable(parts);
    if (entries.length === 0 || entries.some((entry) => entry.results === undefined)) return undefined;
    return entries.flatMap((entry) => entry.results?.split(' ') ?? []);
  };
  const agrees = (parts: readonly string[]) => find(parts).some((entry) => entry.agrees === true);
  return { ofCall, ofFunction, ofAttribute, find, isBuiltIn, resultsOf, agrees };
}

function groupByName(functions: readonly CatalogFunction[]): Map<string, CatalogFunction[]> {
  const byName = new Map<string, CatalogFunction[]>();
  for (const entry of functions) {
    const known = byName.get(entry.name);
    if (known === undefined) byName.set(entry.name, [entry]);
    else known.push(entry);
  }
  return byName;
}

// The operator's list opens users' functions only: what initdb made stays under the lists above.
function isAllowedByName(
  entry: CatalogFunction,
  allowed: ReadonlySet<string>,
  path: readonly string[],
): boolean {
  if (entry.builtIn) return false;
  if (allowed.has(`${entry.schema}.${entry.name}`)) return true;
  return allowed.has(entry.name) && path.includes(entry.schema);
}

function objectionTo(entry: CatalogFunction): Objection {
  const name = entry.schema === 'pg_catalog' ? entry.name : `${entry.schema}.${entry.name}`;
  if (entry.isProcedure) return refused(name, 'it is a procedure', 'Leave it out; procedures are never run.');
  if (entry.builtIn) return objectionToBuiltIn(entry, name);
  const volatileNames = trustedExtensions.get(entry.extension ?? '');
  if (volatileNames === undefined) {
    if (entry.extension === undefined) return userFunction(name);
    return dangerousExtensionFunctions.test(entry.name)
      ? actsOnServer(name)
      : extensionFunction(name, entry.extension);
  }
  if (entry.isInternal) return internalFunction(name);
  if (entry.isSecurityDefiner || entry.schema.startsWith('_timescaledb')) return userFunction(name);
  const denied = deniedExtensionFunctions.has(entry.name) || actingExtensionFunctions.test(entry.name);
  if (denied || (entry.isVolatile && !volatileNames.has(entry.name))) return actsOnServer(name);
  return undefined;
}

function objectionToBuiltIn(entry: CatalogFunction, name: string): Objection {
  if (deniedFunctions.has(entry.name)) {
    return refused(name, 'it shows or runs more than its arguments say', hintFor(entry.name));
  }
  if (entry.isInternal) return internalFunction(name);
  if (entry.isVolatile && !neededVolatileFunctions.has(entry.name)) return actsOnServer(name);
  return undefined;
}

function objectionToUnknown(
  parts: readonly string[],
  allowed: ReadonlySet<string>,
  nearestOf: (name: string) => string | undefined,
): Objection {
  const name = parts.at(-1) ?? '';
  const isPlain = parts.length === 1 || parts[0] === 'pg_catalog';
  if (isPlain && isKnownElsewhere(name)) return undefined;
  if (allowed.has(parts.join('.')) || (parts.length === 1 && allowed.has(name))) return undefined;
  if (dangerousExtensionFunctions.test(name)) return actsOnServer(parts.join('.'));
  const schema = parts.length === 2 ? parts[0] : 'public';
  if (isWellKnownRead(name) && schema !== 'pg_catalog') return undefined;
  return unknownFunction(parts, nearestOf(name));
}

// While no database was asked, (x).dblink_connect may be a call; in a live catalog it is known or Postgres refuses it.
function unknownAttribute(catalog: PolicyCatalog, name: string, known: number): Objection {
  if (catalog.origin !== 'builtin' || known > 0) return undefined;
  const acts =
    dangerousExtensionFunctions.test(name) || (wellKnownFunctions.test(name) && !isWellKnownRead(name));
  return acts ? unknownFunction([name], undefined) : undefined;
}

function isWellKnownRead(name: string): boolean {
  return wellKnownFunctions.test(name) && !actingExtensionFunctions.test(name);
}

// A function that another version of Postgres has: the server says that it lacks it (42883), which teaches more.
function isKnownElsewhere(name: string): boolean {
  if (deniedFunctions.has(name)) return false;
  if (neededVolatileFunctions.has(name)) return true;
  const names = stableFunctionNames.split(/\s+/);
  return names.includes(name) || names.includes(`${name}*`);
}

/** Names measured against an unknown one: a refusal must stay cheap however many functions there are. */
const maxMeasured = 400;

// Only names with the same first letter and about the same length, those of the same length first.
function createNearest(byName: ReadonlyMap<string, unknown>): (name: string) => string | undefined {
  let byShape: ReadonlyMap<string, readonly string[]> | undefined;
  const shapeOf = (letter: string | undefined, length: number) => `${letter ?? ''}${length}`;
  return (name) => {
    byShape ??= Map.groupBy(byName.keys(), (each) => shapeOf(each[0], each.length));
    const candidates = [0, 1, -1, 2, -2, 3, -3]
      .flatMap((more) => byShape?.get(shapeOf(name[0], name.length + more))?.slice(0, maxMeasured) ?? [])
      .filter((candidate) => !deniedFunctions.has(candidate));
    return nearestName(name, candidates.slice(0, maxMeasured));
  };
}

function unknownFunction(parts: readonly string[], nearest: string | undefined): Objection {
  const message = `function "${parts.join('.')}" is not known`;
  const instead = foreignFunctions.get(parts.join('.').toLowerCase());
  if (instead !== undefined)
    return { message, hint: `PostgreSQL has no such function. ${instead}`, isUnknown: true };
  const hint =
    nearest === undefined
      ? 'Use a built-in function instead, or ask the operator to allow it with MCP_ALLOW_FUNCTIONS.'
      : `Did you mean ${nearest}? Otherwise use a built-in function.`;
  return { message, hint, isUnknown: true };
}

function crossDatabase(parts: readonly string[]): Objection {
  return refused(
    parts.join('.'),
    'names of other databases are not served',
    'Write schema.function at most.',
  );
}

function userFunction(name: string): Objection {
  const hint = `Use a built-in function, or ask the operator to allow it: MCP_ALLOW_FUNCTIONS=${name}.`;
  return refused(name, 'it was defined by a user', hint);
}

function extensionFunction(name: string, extension: string): Objection {
  const hint = `Use a built-in function, or ask the operator to allow it: MCP_ALLOW_FUNCTIONS=${name}.`;
  return refused(name, `it belongs to the extension "${extension}", not known to only read`, hint);
}

function shadowedBuiltIn({ schema, name }: CatalogFunction): Objection {
  const hint = `Write pg_catalog.${name}(…) to mean the built-in function.`;
  return refused(`${schema}.${name}`, 'it was defined by a user and may be what the call means', hint);
}

function internalFunction(name: string): Objection {
  return refused(name, 'only Postgres itself calls it', 'Leave it out.');
}

function actsOnServer(name: string): Objection {
  return refused(
    name,
    'it may change, hold or reveal something on the server',
    'Leave it out; no read needs it.',
  );
}

function refused(name: string, reason: string, hint: string): Objection {
  return { message: `function "${name}" is not allowed: ${reason}`, hint };
}

function hintFor(name: string): string {
  if (name === 'current_setting')
    return "Name a harmless setting as a literal, for example current_setting('TimeZone').";
  if (name.endsWith('_to_xml') || name.includes('xmlschema'))
    return 'Select the rows directly; xmlelement and xmlforest build XML.';
  if (name === 'pg_get_viewdef') return 'Use describe_table to see the columns of a view.';
  if (name === 'txid_current' || name === 'pg_current_xact_id')
    return 'Use pg_current_xact_id_if_assigned().';
  if (builtInSqlFunctions.has(name)) return 'Give the inner SQL as a literal.';
  return 'Leave it out; use list_tables, search_schema or describe_table for what the schema holds.';
}
