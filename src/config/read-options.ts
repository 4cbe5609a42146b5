// Gathers every option from its sources and parses it, with the origin of each value; it stops at no problem.
import type { Problem } from '../base/problem.ts';
import { whyUnreadable } from '../base/unreadable-file.ts';
import type { Purpose } from './configuration.ts';
import type { Surroundings } from './environment.ts';
import type { OptionFile } from './option-file.ts';
import { type Option, type OptionName, type OptionValues, optionNames, options } from './options.ts';
import { unknownOption, unknownVariables } from './unknown-option.ts';

/** Where options come from; what stands first wins: overrides, environment, file, default. */
export type OptionSource = Surroundings & {
  readonly purpose?: Purpose;
  readonly file?: OptionFile | undefined;
  /** From the command line, or from a command that knows better, such as the demo. */
  readonly overrides?: Readonly<Partial<Record<OptionName, string>>>;
};

/** The text of one option and where it came from. */
export type GivenOption = { readonly text: string; readonly origin: string };

/** What all sources say together. */
export type ReadOptions = {
  /** Complete only where `problems` is empty: an option with a problem is absent or holds its default. */
  readonly values: OptionValues;
  /** The texts behind the values, defaults included; an option without any is absent. */
  readonly given: ReadonlyMap<OptionName, GivenOption>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
};

/** Placeholder wherever a secret would stand. */
const hidden = '(hidden)';

/** Reads all options; an empty text counts as not given. */
export function readOptions(source: OptionSource): ReadOptions {
  const problems: Problem[] = [...(source.file?.problems ?? [])];
  const warnings: string[] = [];
  for (const name of unknownVariables(source.env)) {
    const problem = unknownOption(name, 'environment');
    // A stdio server inherits the environment of its client, which may hold anything.
    if (source.purpose === 'stdio') warnings.push(`${name} is ignored because there is ${problem.reason}.`);
    else problems.push(problem);
  }
  const given = new Map<OptionName, GivenOption>();
  const values: Partial<Record<OptionName, unknown>> = {};
  for (const name of optionNames) {
    const text = givenText(name, source, problems);
    if (text === undefined) continue;
    given.set(name, text);
    values[name] = parsedValue(name, text.text, problems);
  }
  return { values: values as OptionValues, given, problems, warnings };
}

/** The text of an option as it may be shown. */
export function shownText(name: OptionName, text: string): string {
  return options[name].secret === true && text !== '' ? hidden : text;
}

function givenText(name: OptionName, source: OptionSource, problems: Problem[]): GivenOption | undefined {
  const option: Option<unknown> = options[name];
  const override = source.overrides?.[name];
  if (isGiven(override)) return { text: override, origin: 'command line' };
  const variable = source.env[name];
  const fromFile = option.secret === true ? secretFromFile(name, source, problems) : undefined;
  if (isGiven(variable) && fromFile !== undefined)
    problems.push({ name, value: hidden, reason: `${name} and ${name}_FILE are both set; keep one` });
  if (isGiven(variable)) return { text: variable.trim(), origin: 'environment' };
  if (fromFile !== undefined) return fromFile;
  const entry = source.file?.entries.get(name);
  if (isGiven(entry)) return { text: entry.trim(), origin: `file ${source.file?.path}` };
  return option.fallback === undefined ? undefined : { text: option.fallback, origin: 'default' };
}

function secretFromFile(
  name: OptionName,
  source: OptionSource,
  problems: Problem[],
): GivenOption | undefined {
  const variable = `${name}_FILE`;
  const path = source.env[variable];
  // MCP_TOKENS_FILE is an option of its own, with lines instead of pairs.
  if (!isGiven(path) || Object.hasOwn(options, variable)) return undefined;
  try {
    const text = source.readFile(path).trim();
    if (text !== '') return { text, origin: `file ${path} (${variable})` };
    problems.push({ name: variable, value: path, reason: 'the file is empty' });
  } catch (error) {
    problems.push({ name: variable, value: path, reason: whyUnreadable(error) });
  }
  return undefined;
}

function parsedValue(name: OptionName, text: string, problems: Problem[]): unknown {
  const option: Option<unknown> = options[name];
  const parsed = option.kind.parse(text);
  if ('value' in parsed) return parsed.value;
  problems.push({ name, value: shownText(name, text), reason: parsed.reason, example: option.example });
  return undefined;
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}
