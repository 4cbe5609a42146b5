// Prints the reference pages of tools, resources, prompts and SQL rules from the lists that the server itself serves.
import { type JsonSchema, objectSchema } from '../src/mcp/json-schema.ts';
import { createTools, type ToolDependencies } from '../src/tools/index.ts';
import type { Prompt } from '../src/tools/prompt.ts';
import { createPrompts } from '../src/tools/prompts/index.ts';
import {
  createResources,
  createResourceTemplates,
  type ResourceDependencies,
} from '../src/tools/resources/index.ts';
import { type SqlLimits, sqlRulesText } from '../src/tools/resources/sql-rules.ts';
import type { Tool } from '../src/tools/tool.ts';

/** The limits that hold where the operator sets none (see configuration.md). */
const defaultLimits: SqlLimits = {
  statementTimeoutMs: 30_000,
  maxRows: 10_000,
  maxResultBytes: 1_048_576,
  schemas: [],
  allowFunctions: [],
};

// Lists are made without a database: what they stand on is used only by calls, and none is made here.
const nothing = {} as ToolDependencies & ResourceDependencies;

/** `docs/reference/tools.md`. */
export function toolsPage(tools: readonly Tool[] = createTools(nothing)): string {
  return `# Tools, resources and prompts

This page is printed from \`src/tools/\`.

Every tool only reads, and says so in its annotations. An answer has two parts: text for the model, and the same as data
(\`structuredContent\`) for programs. A call that fails answers \`isError: true\` with a code of [errors.md](errors.md).

${tools.map(toolPart).join('\n\n')}

## Resources

| URI | what it gives |
| --- | --- |
${resourceRows().join('\n')}

## Prompts

${createPrompts(nothing).map(promptPart).join('\n\n')}
`;
}

/** `docs/reference/sql-rules.md`: the text of \`guide://sql-rules\` with the default limits. */
export function sqlRulesPage(): string {
  const [title = '', ...rest] = sqlRulesText(defaultLimits).split('\n');
  const note = 'This page is printed from `src/tools/resources/sql-rules.ts`: it is what a client reads as ';
  return [
    title,
    '',
    `${note}\`guide://sql-rules\`, with the limits that hold where the operator sets none.`,
    ...rest,
  ].join('\n');
}

function toolPart(tool: Tool): string {
  const schema = objectSchema(tool.input, 'input');
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties).map(
    ([name, argument]) =>
      `| \`${name}\` | ${typeText(argument)} | ${defaultText(argument, required.has(name))} | ${cell(argument)} |`,
  );
  const answer = Object.entries(objectSchema(tool.output, 'output').properties).map(
    ([name, part]) => `\`${name}\` (${typeText(part)})`,
  );
  return `## ${tool.name}

${tool.description}

| argument | type | default | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}

Data: ${answer.join(', ')}.`;
}

function typeText(schema: JsonSchema): string {
  const { type, enum: values, items, minimum, maximum } = schema;
  if (Array.isArray(values)) return values.map((value) => `\`${value}\``).join(', ');
  if (type === 'array') return `list of ${isSchema(items) ? typeText(items) : 'anything'}`;
  const range = typeof minimum === 'number' && typeof maximum === 'number' ? ` ${minimum} to ${maximum}` : '';
  return `${typeof type === 'string' ? type : 'anything'}${range}`;
}

function defaultText(schema: JsonSchema, required: boolean): string {
  if (required) return 'required';
  return schema['default'] === undefined ? '' : `\`${schema['default']}\``;
}

function cell(schema: JsonSchema): string {
  return String(schema['description'] ?? '').replaceAll('|', '\\|');
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

function resourceRows(): readonly string[] {
  const fixed = createResources(nothing).map(({ uri, description }) => `| \`${uri}\` | ${description} |`);
  const families = createResourceTemplates(nothing).map(
    ({ uriTemplate, description }) => `| \`${uriTemplate}\` | ${description} |`,
  );
  return [...fixed, ...families];
}

function promptPart(prompt: Prompt): string {
  const rows = prompt.arguments.map(
    ({ name, required, description }) => `| \`${name}\` | ${required ? 'required' : ''} | ${description} |`,
  );
  return `### ${prompt.name}

${prompt.description}

| argument | | meaning |
| --- | --- | --- |
${rows.join('\n')}`;
}
