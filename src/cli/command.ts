// What a command of the command line is; every command file gives one.
import type { Surroundings } from '../config/environment.ts';

/** Exit codes, as the reference page lists them. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  configuration: 3,
  checkFailed: 4,
  startFailed: 5,
} as const;

/** What each exit code means. */
export const exitMeanings: Readonly<Record<number, string>> = {
  0: 'done; a server stopped as it was asked to',
  1: 'failed',
  2: 'the command line was not understood',
  3: 'the configuration has problems',
  4: 'a check failed',
  5: 'a server could not start, for another reason than its configuration',
};

/** An option of a command: a switch where it takes no argument. */
export type CommandOption = {
  readonly name: string;
  /** What stands for the value in the help; absent for a switch. */
  readonly argument?: string;
  readonly multiple?: boolean;
  readonly meaning: string;
};

/** What was given on the command line. */
export type GivenArguments = {
  readonly switches: ReadonlySet<string>;
  /** Values by option, in the order given. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
};

/** The world outside of a command. */
export type World = {
  readonly surroundings: Surroundings;
  /** Writes a text and a newline to standard output. */
  readonly out: (text: string) => void;
  /** Writes a text and a newline to standard error. */
  readonly err: (text: string) => void;
  /** Calls back on SIGTERM and SIGINT, and on SIGHUP. */
  readonly onSignal: (signals: readonly NodeJS.Signals[], react: (signal: string) => void) => void;
};

/** A command: data for help and parser, and what it does. Its file loads the rest of the program only when it runs. */
export type Command = {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Some lines for its own help. */
  readonly about: string;
  readonly options: readonly CommandOption[];
  /** Name of the one positional argument, where the command takes one. */
  readonly positional?: string;
  /** True where the help should list the options of the configuration. */
  readonly configured?: boolean;
  /** Resolves to the exit code. */
  readonly run: (given: GivenArguments, world: World) => Promise<number>;
};

/** Options of every command that reads the configuration. */
export const configurationOptions: readonly CommandOption[] = [
  { name: 'config', argument: 'FILE', meaning: 'read options from this YAML file too (MCP_CONFIG)' },
  {
    name: 'set',
    argument: 'NAME=VALUE',
    multiple: true,
    meaning: 'set one option, over environment and file',
  },
];

/** The last value of an option. */
export function lastValue(given: GivenArguments, name: string): string | undefined {
  return given.values.get(name)?.at(-1);
}
