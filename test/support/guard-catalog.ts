// A catalog like that of test/corpora/guard/fixture.sql, as data, for tests of the guard that start no Postgres.
import { builtInCatalog } from '../../src/guard/builtin-catalog.ts';
import type { CatalogFunction, PolicyCatalog } from '../../src/guard/policy-catalog.ts';

function userFunction(schema: string, name: string, facts: Partial<CatalogFunction> = {}): CatalogFunction {
  return {
    schema,
    name,
    extension: undefined,
    builtIn: false,
    isVolatile: true,
    isSecurityDefiner: false,
    isProcedure: false,
    isInternal: false,
    takesOneArgument: false,
    ...facts,
  };
}

const trgm = { extension: 'pg_trgm', isVolatile: false } as const;
const hstore = { extension: 'hstore', isVolatile: false } as const;
const text = { takesText: false, hasTextRival: true } as const;
const oneArgument = { takesOneArgument: true } as const;

const customerColumns = {
  id: 'int4',
  name: 'text',
  country: 'text',
  email: 'email',
  home: 'address',
  joined: 'date',
};
const orderColumns = {
  ...{ id: 'int8', customer_id: 'int4', placed_at: 'timestamptz', status: 'status', amount: 'numeric' },
  ...{ total: 'numeric', tags: '_text', attrs: 'jsonb', valid: 'tstzrange', note: 'text', doc: 'xml' },
  ...{ shape: 'point', search: 'tsvector', quantity: 'int4' },
};

/** Types below domains. */
const bases: Readonly<Record<string, string>> = { email: 'text', sql_identifier: 'name' };

const columnsOf = (schema: string, name: string, columns: Readonly<Record<string, string>>) =>
  Object.entries(columns).map(([column, type]) => ({ schema, name, column, type, base: bases[type] }));

const orderedTypes =
  '? bpchar bytea date float4 float8 inet int2 int4 int8 interval money numeric oid text timestamp timestamptz';

/** What functions of pg_catalog give, as policy-functions.sql tells it; some of them. */
const results: Readonly<Record<string, string>> = {
  ...{ btrim: 'bytea text', concat: 'text', current_database: 'name', generate_series: 'int4 int8 numeric' },
  ...{ initcap: 'text', jsonb_each: '?', length: 'float8 int4', lower: '? text', now: 'timestamptz' },
  ...{ max: orderedTypes, min: orderedTypes, md5: 'text', regexp_split_to_table: 'text', replace: 'text' },
  ...{ reverse: 'bytea text', string_agg: 'bytea text', substring: 'bit bytea text', lag: '?' },
  ...{ tstzrange: 'tstzrange', unnest: '?', upper: '? text', first_value: '?' },
};

/** As loadPolicyCatalog would read it; `changes` replace whole parts. */
export function fixtureCatalog(changes: Partial<PolicyCatalog> = {}): PolicyCatalog {
  const floor = builtInCatalog();
  return {
    ...floor,
    origin: 'live',
    usableSchemas: [...floor.usableSchemas, 'sales', 'ops'],
    functions: [
      ...floor.functions.map((entry) => ({ ...entry, results: results[entry.name] })),
      ...['touch', 'nap', 'both', 'run'].map((name) => userFunction('ops', name)),
      userFunction('ops', 'peek', { isVolatile: false, isSecurityDefiner: true }),
      userFunction('ops', 'is_fine', oneArgument),
      userFunction('ops', 'as_status', oneArgument),
      userFunction('public', 'local_now', { isVolatile: false }),
      userFunction('public', 'upper', { ...oneArgument, isSecurityDefiner: true }),
      userFunction('public', 'total', oneArgument),
      userFunction('public', 'order_age', oneArgument),
      userFunction('public', 'touch_all', oneArgument),
      userFunction('public', 'close_books', { isProcedure: true }),
      userFunction('public', 'json_scalar', oneArgument),
      userFunction('public', 'reverse', oneArgument),
      userFunction('public', 'md5', oneArgument),
      userFunction('public', 'initcap', oneArgument),
      userFunction('public', 'btrim', oneArgument),
      userFunction('ops', 'as_uuid', oneArgument),
      userFunction('sales', 'distance', { builtIn: true, isVolatile: false }),
      userFunction('public', 'gtrgm_union', { ...trgm, isInternal: true }),
      userFunction('public', 'dblink_connect', { extension: 'dblink', ...oneArgument }),
      userFunction('public', 'crosstab', { extension: 'tablefunc', isVolatile: false, ...oneArgument }),
      userFunction('public', 'similarity', trgm),
      userFunction('public', 'similarity_op', trgm),
      userFunction('public', 'hstore', { ...hstore, ...oneArgument }),
      userFunction('public', 'hstore_in', { ...hstore, ...oneArgument }),
    ],
    operators: [
      operator('ops', '<!>', 'ops', 'both', false),
      operator('public', '<!!>', 'ops', 'both', false),
      operator('public', '%', 'public', 'similarity_op', false),
    ],
    typeFunctions: [
      { schema: 'public', name: 'watched', functionSchema: 'ops', functionName: 'is_fine' },
      { schema: 'public', name: 'watched_twice', functionSchema: 'ops', functionName: 'is_fine' },
      { schema: 'public', name: '_hidden', functionSchema: 'ops', functionName: 'is_fine' },
      { schema: 'public', name: 'compared', functionSchema: 'ops', functionName: 'both' },
      { schema: 'pg_catalog', name: 'uuid', functionSchema: 'ops', functionName: 'as_uuid' },
      { schema: 'public', name: 'holder', functionSchema: 'ops', functionName: 'is_fine' },
      { schema: 'sales', name: 'watched_rows', functionSchema: 'ops', functionName: 'is_fine' },
      { schema: 'sales', name: 'status', functionSchema: 'ops', functionName: 'as_status' },
      { schema: 'public', name: 'hstore', functionSchema: 'public', functionName: 'hstore_in' },
    ],
    shadows: [
      {
        ...{ schema: 'public', name: 'upper', overload: '1', minArguments: 1, maxArguments: 1 },
        ...{ acceptedTypes: ['cardinal_number', 'int2', 'int4', 'small'], ...text },
      },
      {
        ...{ schema: 'public', name: 'reverse', overload: '2', minArguments: 1, maxArguments: 100 },
        ...{ acceptedTypes: ['_int4', 'int4', 'int2'], ...text },
      },
      {
        ...{ schema: 'public', name: 'md5', overload: '3', minArguments: 1, maxArguments: 1 },
        ...{ acceptedTypes: ['int8', 'int4', 'int2'], ...text },
      },
      {
        ...{ schema: 'public', name: 'initcap', overload: '4', minArguments: 1, maxArguments: 1 },
        ...{ acceptedTypes: ['cardinal_number', 'int2', 'int4', 'small'], ...text },
      },
      {
        ...{ schema: 'public', name: 'btrim', overload: '5', minArguments: 1, maxArguments: 1 },
        ...{ acceptedTypes: ['_bpchar', '_text', '_varchar'], ...text },
      },
    ],
    columns: [
      ...columnsOf('sales', 'customers', customerColumns),
      ...columnsOf('sales', 'orders', orderColumns),
      ...columnsOf('pg_catalog', 'pg_class', { relname: 'name', relpages: 'int4' }),
      ...columnsOf('information_schema', 'tables', {
        table_schema: 'sql_identifier',
        table_name: 'sql_identifier',
      }),
    ],
    ...changes,
  };
}

function operator(
  schema: string,
  name: string,
  functionSchema: string,
  functionName: string,
  onUserType: boolean,
) {
  return { schema, name, functionSchema, functionName, onUserType };
}
