// Prints src/guard/builtin-names.ts from real servers; it only reads catalogs and is run by hand for a new major version.
//
// node test/support/print-builtin-names.ts postgres://…15 postgres://…16 postgres://…17 postgres://…18 > src/guard/builtin-names.ts
import { readFile } from 'node:fs/promises';
import pg from 'pg';

type Functions = Map<string, { isVolatile: boolean; isInternal: boolean; takesOneArgument: boolean }>;

async function readServer(
  dsn: string,
  functions: Functions,
  operators: Set<string>,
  types: Set<string>,
): Promise<string> {
  const client = new pg.Client({ connectionString: dsn });
  await client.connect();
  const ask = async (text: string) =>
    (await client.query({ text, rowMode: 'array' })).rows as (string | boolean)[][];
  const functionsText = await readFile(
    new URL('../../sql/catalog/policy-functions.sql', import.meta.url),
    'utf8',
  );
  for (const [schema, name, , builtIn, isVolatile, , , isInternal, takesOneArgument] of await ask(
    functionsText,
  )) {
    if (schema !== 'pg_catalog' || builtIn !== true) continue;
    const known = functions.get(String(name));
    functions.set(String(name), {
      isVolatile: isVolatile === true || known?.isVolatile === true,
      isInternal: isInternal === true || known?.isInternal === true,
      takesOneArgument: takesOneArgument === true || known?.takesOneArgument === true,
    });
  }
  for (const [name] of await ask('select distinct oprname from pg_operator where oid < 16384'))
    operators.add(String(name));
  const typesText = `select typname from pg_type where oid < 16384 and typnamespace = 'pg_catalog'::regnamespace and typname !~ '^_'`;
  for (const [name] of await ask(typesText)) types.add(String(name));
  const [[version] = []] = await ask('show server_version');
  await client.end();
  return String(version).split(' ')[0] ?? '';
}

function wrapped(names: Iterable<string>): string {
  const lines: string[] = [];
  let line = '';
  for (const name of [...names].sort()) {
    if (line.length + name.length > 108) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? name : ` ${name}`;
  }
  return [...lines, line].join('\n');
}

const functions: Functions = new Map();
const operators = new Set<string>();
const types = new Set<string>();
const versions: string[] = [];
for (const dsn of process.argv.slice(2)) versions.push(await readServer(dsn, functions, operators, types));
const pick = (wanted: (f: { isVolatile: boolean; isInternal: boolean }) => boolean) =>
  [...functions].filter(([, f]) => wanted(f)).map(([name, f]) => (f.takesOneArgument ? `${name}*` : name));

process.stdout.write(`// The names of pg_catalog in PostgreSQL ${versions.join(', ')}; printed by test/support/print-builtin-names.ts, not edited by hand.

/** Functions without a VOLATILE overload in any of these versions; \`*\` marks those that take one argument. */
export const stableFunctionNames = \`
${wrapped(pick((f) => !f.isVolatile && !f.isInternal))}
\`;

/** Functions with a VOLATILE overload in at least one of these versions; \`*\` marks those that take one argument. */
export const volatileFunctionNames = \`
${wrapped(pick((f) => f.isVolatile && !f.isInternal))}
\`;

/** Functions that SQL cannot call in earnest: an argument or the result is of type internal. */
export const internalFunctionNames = \`
${wrapped(pick((f) => f.isInternal))}
\`;

/** Operators. */
export const operatorNames = \`
${wrapped(operators)}
\`;

/** Types, without the array types (whose names begin with an underscore). */
export const typeNames = \`
${wrapped(types)}
\`;
`);
