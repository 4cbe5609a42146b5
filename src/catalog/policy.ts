// Reads from a real database what the guard judges by; it asks the catalogs only and judges nothing.
import type {
  CatalogCast,
  CatalogColumn,
  CatalogFunction,
  CatalogOperator,
  CatalogRelation,
  CatalogShadow,
  CatalogTypeFunction,
  PolicyCatalog,
} from '../guard/policy-catalog.ts';
import type { ReadRows } from '../pg/read-rows.ts';
import { createStatements, type Statements } from './statements.ts';

/** The limit in policy-columns.sql: a list that was cut would mislead, so none is kept. */
const maxColumns = 50_000;

type Row = readonly (string | null)[];

/** Reads the catalog as the role of the connection sees it; about 4,000 rows and 50 ms. Throws what `read` throws. */
export async function loadPolicyCatalog(
  read: ReadRows,
  signal?: AbortSignal,
  statements: Statements = createStatements(),
): Promise<PolicyCatalog> {
  const ask = async (name: string) => read(await statements(name), [], signal);
  const functions = await ask('policy-functions');
  const operators = await ask('policy-operators');
  const typeFunctions = await ask('policy-types');
  const casts = await ask('policy-casts');
  const relations = await ask('policy-relations');
  const shadows = await ask('policy-shadows');
  const columns = await ask('policy-columns');
  const schemas = await ask('policy-schemas');
  return {
    origin: 'live',
    functions: functions.map(functionOf),
    operators: operators.map(operatorOf),
    typeFunctions: typeFunctions.map(readTypeFunctionOf),
    casts: casts.map(castOf),
    relations: relations.map(relationOf),
    shadows: shadows.map(shadowOf),
    columns: columns.length < maxColumns ? columns.map(columnOf) : [],
    searchPath: schemas.filter(([, place]) => place !== '0').map(text(0)),
    usableSchemas: schemas.filter((row) => isTrue(row[2])).map(text(0)),
  };
}

const isTrue = (cell: string | null | undefined): boolean => cell === 't';

const text =
  (column: number) =>
  (row: Row): string =>
    row[column] ?? '';

function functionOf(row: Row): CatalogFunction {
  return {
    schema: row[0] ?? '',
    name: row[1] ?? '',
    extension: row[2] ?? undefined,
    builtIn: isTrue(row[3]),
    isVolatile: isTrue(row[4]),
    isSecurityDefiner: isTrue(row[5]),
    isProcedure: isTrue(row[6]),
    isInternal: isTrue(row[7]),
    takesOneArgument: isTrue(row[8]),
    results: row[9] ?? undefined,
    agrees: isTrue(row[10]),
  };
}

function operatorOf(row: Row): CatalogOperator {
  return { ...typeFunctionOf(row), onUserType: isTrue(row[4]) };
}

function typeFunctionOf(row: Row): CatalogTypeFunction {
  return {
    schema: row[0] ?? '',
    name: row[1] ?? '',
    functionSchema: row[2] ?? '',
    functionName: row[3] ?? '',
  };
}

function readTypeFunctionOf(row: Row): CatalogTypeFunction {
  const columns =
    row[4] === null || row[4] === undefined ? [] : (JSON.parse(row[4]) as [string, string, string][]);
  const named = columns.map(([schema, name, column]) => ({ schema, name, column }));
  return { ...typeFunctionOf(row), columns: named, isPlain: isTrue(row[5]) };
}

function castOf(row: Row): CatalogCast {
  return {
    source: row[0] ?? '',
    target: row[1] ?? '',
    isImplicit: isTrue(row[2]),
    functionSchema: row[3] ?? '',
    functionName: row[4] ?? '',
    signatures: JSON.parse(row[5] ?? '[]') as CatalogCast['signatures'],
  };
}

function relationOf(row: Row): CatalogRelation {
  return { schema: row[0] ?? '', name: row[1] ?? '' };
}

function columnOf(row: Row): CatalogColumn {
  const named = { ...relationOf(row), column: row[2] ?? '', type: row[3] ?? '?' };
  const column = { ...named, place: Number(row[5]) };
  return row[4] === null || row[4] === undefined ? column : { ...column, base: row[4] };
}

// As JSON: a type of a user may bear any name.
function namesIn(cell: string | null | undefined): readonly string[] | undefined {
  return cell === null || cell === undefined ? undefined : (JSON.parse(cell) as string[]);
}

function shadowOf(row: Row): CatalogShadow {
  return {
    ...relationOf(row),
    overload: row[2] ?? '',
    minArguments: Number(row[3]),
    maxArguments: Number(row[4]),
    acceptedTypes: namesIn(row[5]),
    takesText: isTrue(row[6]),
    hasTextRival: isTrue(row[7]),
  };
}
