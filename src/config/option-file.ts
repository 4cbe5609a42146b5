// Reads the optional YAML file into option texts; it judges names and shapes, not values.
import { parseDocument } from 'yaml';
import type { Problem } from '../base/problem.ts';
import { whyUnreadable } from '../base/unreadable-file.ts';
import { isOptionName, type OptionName } from './options.ts';
import { unknownOption } from './unknown-option.ts';

/** What the file says, option by option, as an operator would write it into a variable. */
export type OptionFile = {
  readonly path: string;
  readonly entries: ReadonlyMap<OptionName, string>;
  readonly problems: readonly Problem[];
};

/** Reads the file at `path`; whatever is wrong with it stands in `problems`. */
export function readOptionFile(path: string, readFile: (path: string) => string): OptionFile {
  const problems: Problem[] = [];
  const entries = new Map<OptionName, string>();
  for (const [name, value] of Object.entries(parsedMapping(path, readFile, problems))) {
    if (!isOptionName(name) || name === 'MCP_CONFIG') problems.push(unknownOption(name, path));
    else {
      const text = textOf(value);
      if (text === undefined)
        problems.push({
          name,
          reason: `in ${path} must be one value or a list of values`,
          example: 'name: value',
        });
      else entries.set(name, text);
    }
  }
  return { path, entries, problems };
}

function parsedMapping(
  path: string,
  readFile: (path: string) => string,
  problems: Problem[],
): Readonly<Record<string, unknown>> {
  const refuse = (reason: string, facts: Pick<Problem, 'example'> = { example: 'MCP_MAX_ROWS: 10000' }) => {
    problems.push({ name: 'MCP_CONFIG', value: path, reason, ...facts });
    return {};
  };
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return refuse(whyUnreadable(error), {});
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    // The parser's message quotes the line, which may hold a secret.
    return refuse(`not well-formed YAML${line === undefined ? '' : ` at line ${line}`} (${error.code})`);
  }
  const content: unknown = document.toJS({ maxAliasCount: 0 });
  if (content === null || content === undefined) return {};
  return isMapping(content) ? content : refuse('must be a mapping of option names to values');
}

function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const items = value.map(scalarText);
    return items.every((item) => item !== undefined && !item.includes(',')) ? items.join(',') : undefined;
  }
  return scalarText(value);
}

function scalarText(value: unknown): string | undefined {
  if (value === null) return '';
  const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return scalar ? String(value) : undefined;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
