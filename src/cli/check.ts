// The command that finds out whether everything is in order: one line per finding, and what to do about it.
import type { Finding } from '../app/finding.ts';
import { CodedError } from '../base/errors.ts';
import { type Command, configurationOptions, exitCodes, type GivenArguments, type World } from './command.ts';
import { configurationFor } from './configured.ts';

/** `pg-analytics-mcp check` */
export const command: Command = {
  name: 'check',
  summary: 'find out whether everything is in order',
  about:
    'Looks at the configuration, tokens, guard, state, connection, TLS, server and role, and proves that nothing can be\nwritten: it really tries to, inside transactions that are rolled back. One line per finding; the exit code is 4 where one failed.',
  options: [...configurationOptions, { name: 'json', meaning: 'print the findings as JSON' }],
  configured: true,
  run: async (given, world) => {
    const json = given.switches.has('json');
    const findings: Finding[] = [];
    for await (const finding of allFindings(given, world)) {
      findings.push(finding);
      if (!json) world.out(findingText(finding));
    }
    if (json) world.out(JSON.stringify(findings, null, 2));
    else world.out(`\n${summary(findings)}`);
    return findings.some(({ state }) => state === 'failed') ? exitCodes.checkFailed : exitCodes.ok;
  },
};

async function* allFindings(given: GivenArguments, world: World): AsyncGenerator<Finding> {
  const check = 'configuration';
  try {
    const { configuration, warnings } = await configurationFor('check', command, given, world);
    if (warnings.length === 0) yield { check, state: 'ok', found: 'no problem' };
    for (const found of warnings) yield { check, state: 'warning', found };
    const { runChecks } = await import('../app/checks.ts');
    yield* runChecks(configuration);
  } catch (error) {
    if (!(error instanceof CodedError) || error.facts.problems === undefined) throw error;
    for (const { name, value, reason, example } of error.facts.problems) {
      const found = `${name}${value === undefined ? '' : `=${value}`} ${reason}`;
      yield {
        check,
        state: 'failed',
        found,
        todo: example === undefined ? undefined : `Example: ${example}`,
      };
    }
  }
}

function findingText({ check, state, found, todo }: Finding): string {
  const line = `${state.padEnd(7)}  ${check.padEnd(13)}  ${found}`;
  return todo === undefined ? line : `${line}\n${' '.repeat(24)}${todo}`;
}

function summary(findings: readonly Finding[]): string {
  const count = (wanted: Finding['state']) => findings.filter(({ state }) => state === wanted).length;
  return `${count('ok')} ok, ${count('warning')} ${count('warning') === 1 ? 'warning' : 'warnings'}, ${count('failed')} failed`;
}
