// The command that prints the script which makes the read-only role, filled in; it touches no database.
import { type Command, exitCodes, lastValue } from './command.ts';
import { misused } from './read-arguments.ts';

/** `pg-analytics-mcp role --schemas a,b` */
export const command: Command = {
  name: 'role',
  summary: 'print the SQL script that makes the read-only role',
  about:
    'Prints the SQL script that makes (or mends) the read-only role, ready for psql as the owner of the database:\n\n  pg-analytics-mcp role --schemas reporting,fuel | psql "$ADMIN_URL" -v ON_ERROR_STOP=1\n\nWithout a password in PGPASSWORD or PGPASSWORD_FILE the role keeps the one it has.',
  options: [
    {
      name: 'schemas',
      argument: 'NAMES',
      meaning: 'schemas that analysts may read, between commas (or MCP_SCHEMAS)',
    },
    { name: 'role', argument: 'NAME', meaning: 'name of the role (default analytics_ro)' },
    { name: 'database', argument: 'NAME', meaning: 'let the script refuse to run in any other database' },
    { name: 'connection-limit', argument: 'N', meaning: 'most connections of the role at once' },
    { name: 'keep-public', meaning: 'leave the rights that PUBLIC has as they are' },
  ],
  run: async (given, world) => {
    const { readOptions } = await import('../config/read-options.ts');
    const { renderRoleScript } = await import('../query/role-script.ts');
    const { values } = readOptions(world.surroundings);
    const named = lastValue(given, 'schemas')?.split(',') ?? values.MCP_SCHEMAS;
    const schemas = named.map((schema) => schema.trim()).filter((schema) => schema !== '');
    if (schemas.length === 0) throw misused(command, '--schemas is missing');
    const limit = lastValue(given, 'connection-limit');
    if (limit !== undefined && !/^\d{1,6}$/.test(limit))
      throw misused(command, '--connection-limit needs a number');
    world.out(
      renderRoleScript({
        schemas,
        role: lastValue(given, 'role'),
        database: lastValue(given, 'database'),
        password: values.PGPASSWORD,
        connectionLimit: limit === undefined ? undefined : Number(limit),
        publicRights: given.switches.has('keep-public') ? 'keep' : 'revoke',
      }),
    );
    return exitCodes.ok;
  },
};
