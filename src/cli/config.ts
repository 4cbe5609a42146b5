// The command that prints what configuration holds and where each value came from; secrets never show.
import { type Command, configurationOptions, exitCodes, lastValue } from './command.ts';
import { overridesOf, problemText } from './configured.ts';

/** `pg-analytics-mcp config` */
export const command: Command = {
  name: 'config',
  summary: 'print the effective configuration and where each value came from',
  about:
    'Prints every option that has a value, with secrets hidden and the origin of the value behind it. Problems go to\nstandard error, and the exit code is then 3.',
  options: [...configurationOptions, { name: 'example', meaning: 'print a commented .env file instead' }],
  configured: true,
  run: async (given, world) => {
    const { effectiveOptions, environmentExample } = await import('../config/print-options.ts');
    if (given.switches.has('example')) {
      world.out(environmentExample().trimEnd());
      return exitCodes.ok;
    }
    const { openOptionFile, readers } = await import('../app/configure.ts');
    const { invalidConfiguration, judgeOptions, nobodyMayCall } = await import(
      '../config/load-configuration.ts'
    );
    const { surroundings } = world;
    const file = await openOptionFile({ surroundings, filePath: lastValue(given, 'config') });
    const overrides = overridesOf(command, given);
    const judged = judgeOptions({ ...surroundings, purpose: 'check', file, overrides, readers });
    const { read, database, problems } = judged;
    world.out(effectiveOptions(read));
    if (database.value !== undefined) {
      const { user, host, port, database: name, tls } = database.value;
      world.out(`\n# logs in as ${user} at ${host}:${port}, database ${name}, sslmode ${tls.mode}`);
    }
    const { signInOf } = await import('../config/sign-in-options.ts');
    if (read.values.MCP_STATE_URL === undefined && signInOf(read.values) !== undefined) {
      const { stateOf } = await import('../config/state-options.ts');
      world.out(`# keeps who has signed in at ${stateOf(surroundings, read.values).url} (MCP_STATE_URL)`);
    }
    if (nobodyMayCall(read.values)) world.out('# no analyst may call over HTTP, so only stdio can be served');
    if (problems.length === 0) return exitCodes.ok;
    world.err(problemText(invalidConfiguration(problems)));
    return exitCodes.configuration;
  },
};
