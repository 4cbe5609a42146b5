// What every tool must keep, whoever wrote it: form, cost, schemas that all clients read, answers that fit them.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindTools } from '../../src/mcp/tool-book.ts';
import { createTools } from '../../src/tools/index.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts';
import { callContext } from '../support/schema-tools.ts';
import { type OpenDependencies, openToolDependencies } from '../support/tool-dependencies.ts';
import { toolExamples } from '../support/tool-examples.ts';

/** Most tokens (bytes / 4) that the whole tools/list result may cost. */
const tokenBudget = 2_000;
/** Claude Code and claude.ai cut longer ones; ours say enough in much less. */
const maxDescription = 600;
const maxTextCharacters = 80_000;

const folder = new URL('../../src/tools/', import.meta.url);
// Making the list calls nothing: the tools get what they stand on only for the answers below.
const tools = createTools({} as OpenDependencies['deps']);
const listed = bindTools(tools).listed;

const names = tools.map((tool) => tool.name);
const listedTool = (name: string) => listed.find((tool) => tool.name === name)!;

describe('the list of tools', () => {
  it(`costs at most ${tokenBudget} tokens`, () => {
    const cost = (value: unknown): number => Math.ceil(Buffer.byteLength(JSON.stringify(value)) / 4);
    const total = cost({ tools: listed });
    const each = listed.map((tool) => `${tool.name} ${cost(tool)}`).join(', ');
    expect(total, `the list costs ${total} tokens: ${each}`).toBeLessThanOrEqual(tokenBudget);
  });

  it('has every tool that has a file, and a file for every tool', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'tool.ts');
    const defining = files.filter((file) =>
      readFileSync(new URL(file, folder), 'utf8').includes('defineTool({'),
    );
    expect([...names].sort()).toEqual(defining.map((file) => file.replace(/\.ts$/, '')).sort());
  });

  it('gives no name and no title twice', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(tools.map((tool) => tool.title)).size).toBe(names.length);
  });
});

describe.each(names)('%s', (name) => {
  const tool = tools.find((one) => one.name === name) as Tool;

  it('has a name that all clients accept, a title and a description of bounded length', () => {
    expect(name).toMatch(/^[a-z][a-z_]{0,63}$/);
    expect(tool.title).toMatch(/^[A-Z].{2,58}[^.]$/);
    expect(tool.description).toMatch(/^[A-Z].*[.]$/);
    expect(tool.description.length).toBeLessThanOrEqual(maxDescription);
  });

  it('says of itself that it only reads, without contradiction', () => {
    expect(tool.annotations).toMatchObject({
      readOnlyHint: true,
      destructiveHint: false,
      openWorldHint: false,
    });
  });

  it('says what each text argument is', () => {
    for (const [argument, schema] of Object.entries(listedTool(name).inputSchema.properties ?? {})) {
      if (isPlainText(schema)) expect(schema, argument).toHaveProperty('description');
    }
  });

  it('has schemas of objects without unions and references, which some clients cannot read', () => {
    const { inputSchema, outputSchema } = listedTool(name);
    expect(outputSchema).toMatchObject({ type: 'object', properties: expect.anything() });
    for (const schema of [inputSchema, outputSchema]) expect(unreadable(schema)).toEqual([]);
  });

  it('refuses an argument it does not know', () => {
    expect(tool.input.safeParse({ ...toolExamples[name]?.[0], no_such_argument: 1 }).success).toBe(false);
  });

  it('is listed as its snapshot shows', async () => {
    const text = `${JSON.stringify(listedTool(name), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`./__snapshots__/${name}.json`);
  });
});

describe('answers on the demo data', () => {
  let database: FreshDatabase;
  let open: OpenDependencies;
  let live: readonly Tool[];

  beforeAll(async () => {
    database = await freshDatabase({ template: 'fleet' });
    open = await openToolDependencies(database);
    live = createTools(open.deps);
  });

  afterAll(async () => {
    await open?.close();
    await database?.drop();
  });

  it.each(names)('%s has examples', (name) => {
    expect(toolExamples[name] ?? []).not.toEqual([]);
  });

  const calls = names.flatMap((name) => (toolExamples[name] ?? []).map((input) => [name, input] as const));
  it.each(calls)('%s answers %j as its output schema says', async (name, input) => {
    const tool = live.find((one) => one.name === name)!;
    const { structured, text } = await tool.run(tool.input.parse(input), callContext());
    expect(tool.output.safeParse(structured)).toMatchObject({ success: true });
    expect(JSON.parse(JSON.stringify(structured))).toEqual(structured);
    expect(text.length).toBeGreaterThan(0);
    expect(text.length).toBeLessThanOrEqual(maxTextCharacters);
  });
});

function isPlainText(schema: unknown): boolean {
  return (
    typeof schema === 'object' &&
    schema !== null &&
    'type' in schema &&
    schema.type === 'string' &&
    !('enum' in schema)
  );
}

/** Paths of keywords that some clients drop or reject. */
function unreadable(schema: unknown, path = ''): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    const here = `${path}/${key}`;
    const bad =
      ['anyOf', 'oneOf', 'allOf', 'not', '$ref'].includes(key) || (key === 'type' && Array.isArray(value));
    return [...(bad ? [here] : []), ...unreadable(value, here)];
  });
}
