// What built-in functions give where their declared result does not say it; no code.

/** Functions in FROM with OUT parameters: their columns with types, by the names of the parameters. */
export const rowFunctions: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map(
  Object.entries({
    json_array_elements: { value: 'json' },
    json_array_elements_text: { value: 'text' },
    json_each: { key: 'text', value: 'json' },
    json_each_text: { key: 'text', value: 'text' },
    jsonb_array_elements: { value: 'jsonb' },
    jsonb_array_elements_text: { value: 'text' },
    jsonb_each: { key: 'text', value: 'jsonb' },
    jsonb_each_text: { key: 'text', value: 'text' },
    pg_input_error_info: { message: 'text', detail: 'text', hint: 'text', sql_error_code: 'text' },
  }),
);

/** Polymorphic functions that give a value of the type of their only, or first, argument. */
export const sameAsFirstArgument: ReadonlySet<string> = new Set([
  ...['any_value', 'first_value', 'last_value', 'nth_value'],
  // With three arguments lag and lead agree on a type for first and third.
  ...['lag', 'lead'],
]);

/** Functions with one overload for each type that can be ordered: what they give is what they take. */
export const extremes: ReadonlySet<string> = new Set(['max', 'min']);

/** Functions with an overload for text, and another that takes a range. */
export const ofTextOrRange: ReadonlySet<string> = new Set(['lower', 'upper']);

/** Types of the functions that are written without brackets (manual, 9.9.5 and 9.27.1). */
export const valueFunctionTypes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    SVFOP_CURRENT_DATE: 'date',
    SVFOP_CURRENT_TIME: 'timetz',
    SVFOP_CURRENT_TIME_N: 'timetz',
    SVFOP_CURRENT_TIMESTAMP: 'timestamptz',
    SVFOP_CURRENT_TIMESTAMP_N: 'timestamptz',
    SVFOP_LOCALTIME: 'time',
    SVFOP_LOCALTIME_N: 'time',
    SVFOP_LOCALTIMESTAMP: 'timestamp',
    SVFOP_LOCALTIMESTAMP_N: 'timestamp',
    SVFOP_CURRENT_ROLE: 'name',
    SVFOP_CURRENT_USER: 'name',
    SVFOP_USER: 'name',
    SVFOP_SESSION_USER: 'name',
    SVFOP_CURRENT_CATALOG: 'name',
    SVFOP_CURRENT_SCHEMA: 'name',
  }),
);

/** Types that prefer or become text (category S), and literals, whose type Postgres picks by their neighbours. */
export const stringTypes: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'name', 'unknown']);

/** Types that || turns to text beside a text: neither arrays nor types with a || of their own for text. */
export const plainTypes: ReadonlySet<string> = new Set([
  ...stringTypes,
  ...['bool', 'int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'money', 'oid', 'uuid', 'inet'],
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'json'],
]);

/** Operators that give a boolean or a text whatever they take. */
export const tellingOperators: ReadonlySet<string> = new Set([
  ...['=', '<>', '<', '>', '<=', '>=', '~~', '!~~', '~~*', '!~~*', '~', '~*', '!~', '!~*', '->>', '#>>'],
  ...['@>', '<@', '&&', '?', '?|', '?&', '@@', '@?', '<<', '>>', '&<', '&>', '-|-'],
]);
