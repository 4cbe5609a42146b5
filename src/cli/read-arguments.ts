// Reads the words after a command with node:util; what it does not know it refuses, with the nearest known option.
import { parseArgs } from 'node:util';
import { CodedError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { Command, GivenArguments } from './command.ts';

/** The arguments; throws INPUT_INVALID. `--help` is known to every command. */
export function readArguments(command: Command, words: readonly string[]): GivenArguments {
  const options = Object.fromEntries([
    ['help', { type: 'boolean' as const, short: 'h' }],
    ...command.options.map(({ name, argument }) => [
      name,
      { type: argument === undefined ? ('boolean' as const) : ('string' as const), multiple: true },
    ]),
  ]);
  const { tokens } = parseArgs({
    args: [...words],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const switches = new Set<string>();
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') switches.add('help');
    else addOption(command, token, switches, values);
  }
  if (positionals.length > (command.positional === undefined ? 0 : 1))
    throw misused(command, `unexpected argument "${positionals.at(-1)}"`);
  return { switches, values, positionals };
}

/** The error of a command line that is not understood. */
export function misused(command: Pick<Command, 'name'>, message: string): CodedError {
  return new CodedError('INPUT_INVALID', message, {
    hint: `Run pg-analytics-mcp ${command.name} --help for what it takes.`,
  });
}

function addOption(
  command: Command,
  token: { readonly name: string; readonly rawName: string; readonly value: string | undefined },
  switches: Set<string>,
  values: Map<string, string[]>,
): void {
  const option = command.options.find(({ name }) => name === token.name);
  if (option === undefined) {
    const nearest = nearestName(token.name, ['help', ...command.options.map(({ name }) => name)]);
    throw misused(
      command,
      `unknown option ${token.rawName}${nearest === undefined ? '' : `; did you mean --${nearest}`}`,
    );
  }
  if (option.argument === undefined) {
    if (token.value !== undefined) throw misused(command, `${token.rawName} takes no value`);
    switches.add(option.name);
    return;
  }
  if (token.value === undefined) throw misused(command, `${token.rawName} needs ${option.argument}`);
  const before = values.get(option.name) ?? [];
  if (before.length > 0 && option.multiple !== true)
    throw misused(command, `${token.rawName} is given twice`);
  values.set(option.name, [...before, token.value]);
}
