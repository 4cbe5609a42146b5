// Prints the table of options in its four forms: help, .env example, reference page, effective values.
import {
  type Option,
  type OptionName,
  type OptionSection,
  optionNames,
  optionSections,
  options,
} from './options.ts';
import { type ReadOptions, shownText } from './read-options.ts';

/** One line per option: name, default, first sentence. */
export function optionHelp(): string {
  const width = Math.max(...optionNames.map((name) => name.length));
  return sections((name, option) => {
    const fallback =
      option.fallback === undefined ? '' : ` (default ${option.fallback === '' ? 'empty' : option.fallback})`;
    return `  ${name.padEnd(width)}  ${firstSentence(option.meaning)}${fallback}`;
  })
    .map(({ title, entries }) => `${title}:\n${entries.join('\n')}`)
    .join('\n\n');
}

/** The text of .env.example: every option, commented out, with its meaning above it. */
export function environmentExample(): string {
  const parts = sections((name, option) => {
    const about = wrapped(option.meaning, 110).map((line) => `# ${line}`);
    return [...about, `#${name}=${option.fallback || option.example}`].join('\n');
  });
  const head =
    '# Options of pg-analytics-mcp, printed by: pg-analytics-mcp config --example\n# Take away the # before an option to set it. Secrets may come from files: NAME_FILE=/run/secrets/name.';
  return `${[head, ...parts.map(({ title, entries }) => `## ${title}\n\n${entries.join('\n\n')}`)].join('\n\n')}\n`;
}

/** The reference page, Markdown: one small table per option. */
export function configurationPage(): string {
  const parts = sections((name, option) => `### ${name}\n\n${option.meaning}\n\n${factTable(option)}`);
  return `${[pageHead, ...parts.map(({ title, entries }) => `## ${title}\n\n${entries.join('\n\n')}`)].join('\n\n')}\n`;
}

/** One line per option that has a value: name, value (secrets hidden), where it came from. */
export function effectiveOptions(read: ReadOptions): string {
  const lines: [string, string][] = [];
  for (const [name, { text, origin }] of read.given) lines.push([`${name}=${shownText(name, text)}`, origin]);
  const width = Math.min(60, Math.max(...lines.map(([line]) => line.length)));
  return lines.map(([line, origin]) => `${line.padEnd(width)}  # ${origin}`).join('\n');
}

const pageHead = `# Configuration

This page is printed from \`src/config/options.ts\`.

Options come from the environment. A secret may also come from a file: \`NAME_FILE=/run/secrets/name\`. A YAML file
(\`--config FILE\` or \`MCP_CONFIG\`) takes the same names; lists may be sequences there. What stands first wins: the
command line (\`--set NAME=VALUE\`), the environment, the file, the default. An empty value counts as not given.

Durations carry a unit: \`ms\`, \`s\`, \`min\`, \`h\`, \`d\`. Sizes take \`B\`, \`kB\`, \`MB\`, \`GB\`, each 1024 of the one before, as in
Postgres. At start every problem is reported at once, with the nearest known name where an option is misspelt; unknown
\`MCP_\` variables are problems too (warnings for \`stdio\`, whose environment belongs to the client).
\`pg-analytics-mcp config\` prints what holds and where each value came from.`;

function factTable(option: Option<unknown>): string {
  const rows: [string, string][] = [
    ['Type', option.kind.name],
    [
      'Default',
      option.fallback === undefined ? 'none' : option.fallback === '' ? 'empty' : `\`${option.fallback}\``,
    ],
    ['Example', `\`${option.example}\``],
    ['Secret', option.secret === true ? 'yes: never printed, may come from `NAME_FILE`' : 'no'],
    ['Reloadable', option.reloadable === true ? 'yes, by SIGHUP' : 'no'],
    ['Since', option.since ?? '0.1.0'],
  ];
  return ['| | |', '| --- | --- |', ...rows.map(([label, value]) => `| ${label} | ${value} |`)].join('\n');
}

function sections(
  print: (name: OptionName, option: Option<unknown>) => string,
): { readonly title: string; readonly entries: readonly string[] }[] {
  return (Object.keys(optionSections) as OptionSection[]).map((section) => ({
    title: optionSections[section],
    entries: optionNames
      .filter((name) => options[name].section === section)
      .map((name) => print(name, options[name])),
  }));
}

/** What stands in brackets is one piece, whatever marks it holds. */
function firstSentence(meaning: string): string {
  return /^(?:\([^)]*\)|[.:;](?! )|[^.:;(])*/.exec(meaning)?.[0].replace(/[.:;]$/, '') ?? meaning;
}

function wrapped(meaning: string, width: number): string[] {
  return meaning.match(new RegExp(`.{1,${width}}(?: |$)`, 'g'))?.map((line) => line.trimEnd()) ?? [];
}
