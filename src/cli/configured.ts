// Gives a command its configuration, and prints problems and warnings for the operator at the terminal.
import type { CodedError } from '../base/errors.ts';
import type { Problem } from '../base/problem.ts';
import type { Purpose } from '../config/configuration.ts';
import type { LoadedConfiguration } from '../config/load-configuration.ts';
import { isOptionName, type OptionName, options } from '../config/options.ts';
import { unknownOption } from '../config/unknown-option.ts';
import { type GivenArguments, lastValue, type World } from './command.ts';
import { misused } from './read-arguments.ts';

/** The configuration for a purpose; throws CONFIG_INVALID, or INPUT_INVALID for a `--set` that is not one. */
export async function configurationFor(
  purpose: Purpose,
  command: { readonly name: string },
  given: GivenArguments,
  world: World,
): Promise<LoadedConfiguration> {
  const { configure } = await import('../app/configure.ts');
  return configure({
    surroundings: world.surroundings,
    purpose,
    filePath: lastValue(given, 'config'),
    overrides: overridesOf(command, given),
  });
}

/** The options of all `--set NAME=VALUE`; secrets are refused, as others on the machine can see a command line. */
export function overridesOf(
  command: { readonly name: string },
  given: GivenArguments,
): Partial<Record<OptionName, string>> {
  const overrides: Partial<Record<OptionName, string>> = {};
  for (const setting of given.values.get('set') ?? []) {
    const [name = '', ...value] = setting.split('=');
    if (value.length === 0) throw misused(command, '--set needs NAME=VALUE');
    if (!isOptionName(name)) throw misused(command, `${name}: ${unknownOption(name, 'command line').reason}`);
    if (options[name].secret === true)
      throw misused(
        command,
        `${name} is a secret and would show in the list of processes; use the environment`,
      );
    overrides[name] = value.join('=');
  }
  return overrides;
}

/** One paragraph per problem. */
export function problemText(error: CodedError): string {
  const problems = error.facts.problems ?? [];
  return [`${error.code}: ${error.message}`, ...problems.map(oneProblem)].join('\n\n');
}

function oneProblem({ name, value, reason, example }: Problem): string {
  const lines = [`  ${name}${value === undefined ? '' : `=${value}`}`, `    ${reason}`];
  if (example !== undefined) lines.push(`    example: ${example}`);
  return lines.join('\n');
}
