// Prints the help of the program and of its commands; it loads no command that is not asked for.
import { type Command, type CommandOption, exitMeanings } from './command.ts';

/** Help of the whole program. */
export function programHelp(
  commands: readonly { readonly name: string; readonly summary: string }[],
): string {
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`);
  const codes = Object.entries(exitMeanings).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return [
    'Read-only Postgres analytics over MCP: exact answers, and nothing else can happen.',
    '',
    'Usage: pg-analytics-mcp <command> [options]',
    '',
    'Commands:',
    ...lines,
    '',
    'Options:',
    '  --help     show this, or the help of a command',
    '  --version  show the version',
    '',
    'Exit codes:',
    ...codes,
  ].join('\n');
}

/** Help of one command. `optionList` is the list of options of the configuration. */
export function commandHelp(command: Command, optionList: string): string {
  const positional = command.positional === undefined ? '' : ` [${command.positional}]`;
  const options = [...command.options, { name: 'help', meaning: 'show this' }];
  const width = Math.max(...options.map((option) => optionForm(option).length));
  const lines = options.map((option) => `  ${optionForm(option).padEnd(width)}  ${option.meaning}`);
  const parts = [
    `${command.about}\n\nUsage: pg-analytics-mcp ${command.name}${positional} [options]`,
    `Options:\n${lines.join('\n')}`,
  ];
  if (command.configured === true)
    parts.push(
      `Options of the configuration, as environment variables or in the YAML file:\n\n${optionList}`,
    );
  return parts.join('\n\n');
}

function optionForm({ name, argument }: CommandOption): string {
  return `--${name}${argument === undefined ? '' : ` ${argument}`}`;
}
