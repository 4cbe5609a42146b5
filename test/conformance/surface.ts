// The part of the conformance suite's fixtures that our own records can express; it runs through the product's code,
// the quick lane included.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CodedError } from '../../src/base/errors.ts';
import type { McpSurface } from '../../src/mcp/surface.ts';
import { readOnlyAnnotations, type Tool, type ToolAnswer } from '../../src/tools/tool.ts';

function fixture(
  name: string,
  run: (context: Parameters<Tool['run']>[1]) => Promise<ToolAnswer>,
): Tool<z.ZodObject> {
  return {
    name,
    title: name,
    description: `Fixture ${name}.`,
    input: z.object({}),
    output: z.object({}),
    annotations: readOnlyAnnotations,
    run: (_input, context) => run(context),
  };
}

const simpleText = fixture('test_simple_text', async () => ({
  structured: {},
  text: 'This is a simple text response for testing.',
}));

const errorHandling = fixture('test_error_handling', async () => {
  throw new CodedError('DB_ERROR', 'this tool intentionally returns an error for testing');
});

const withProgress = fixture('test_tool_with_progress', async ({ progress }) => {
  for (const done of [0, 50, 100]) {
    progress?.(done, `${done} of 100`);
    await sleep(50);
  }
  return { structured: {}, text: 'Done.' };
});

/** What the suite asks for and our records can say. */
export const conformanceSurface: McpSurface = {
  name: 'conformance-fixtures',
  version: '1.0.0',
  instructions: 'Fixtures of the conformance suite.',
  tools: [simpleText, errorHandling, withProgress] as readonly Tool[],
  resources: [
    {
      uri: 'test://static-text',
      name: 'static-text',
      title: 'Static text',
      description: 'A fixed text.',
      mimeType: 'text/plain',
      read: async () => 'This is the content of the static text resource.',
    },
  ],
  resourceTemplates: [
    {
      uriTemplate: 'test://template/{id}/data',
      name: 'template',
      title: 'Template',
      description: 'A text for each id.',
      mimeType: 'application/json',
      read: async (_uri, { id }) => JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
    },
  ],
  prompts: [
    {
      name: 'test_simple_prompt',
      title: 'Simple',
      description: 'A prompt without arguments.',
      arguments: [],
      render: async () => [{ role: 'user', text: 'This is a simple prompt for testing.' }],
    },
    {
      name: 'test_prompt_with_arguments',
      title: 'With arguments',
      description: 'A prompt with two arguments.',
      arguments: [
        {
          name: 'arg1',
          description: 'first',
          required: true,
          complete: async () => ['paris', 'park', 'party'],
        },
        { name: 'arg2', description: 'second', required: true },
      ],
      render: async ({ arg1, arg2 }) => [
        { role: 'user', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` },
      ],
    },
  ],
};
