// prompts/list, prompts/get and completion/complete over our records; it writes no text of its own.
import type { Server } from '@modelcontextprotocol/server';
import type { Prompt, PromptArgument } from '../tools/prompt.ts';
import type { Complete } from '../tools/resource.ts';
import { guarded, invalidParams } from './sdk-errors.ts';
import { type Begin, refuseCursor } from './sdk-resources.ts';
import type { McpSurface } from './surface.ts';
import { unknownName } from './unknown-name.ts';

type Reference =
  | { readonly type: 'ref/prompt'; readonly name: string }
  | { readonly type: 'ref/resource'; readonly uri: string };

/** Most values that a completion may carry (specification, server/utilities/completion). */
const mostCompletions = 100;

/** Registers the prompt methods on a server of the SDK. */
export function servePrompts(server: Server, prompts: readonly Prompt[], begin: Begin): void {
  server.setRequestHandler('prompts/list', ({ params }) => {
    refuseCursor(params?.cursor);
    return { prompts: prompts.map(listPrompt) };
  });
  server.setRequestHandler('prompts/get', async ({ params }, sdkContext) => {
    const prompt = findPrompt(prompts, params.name);
    const filled = params.arguments ?? {};
    const missing = prompt.arguments.filter((argument) => argument.required && !filled[argument.name]);
    if (missing.length > 0) {
      throw invalidParams(`missing argument ${missing.map(({ name }) => `"${name}"`).join(', ')}`);
    }
    const context = begin(sdkContext);
    const messages = await guarded(context, () => prompt.render(filled, context));
    return {
      description: prompt.description,
      messages: messages.map(({ role, text }) => ({ role, content: { type: 'text' as const, text } })),
    };
  });
}

/** Registers completion for prompt arguments and for the variables of resource templates. */
export function serveCompletion(server: Server, surface: McpSurface, begin: Begin): void {
  server.setRequestHandler('completion/complete', async ({ params }, sdkContext) => {
    const complete = completer(surface, params.ref, params.argument.name);
    if (complete === undefined) return { completion: { values: [], total: 0, hasMore: false } };
    const context = { ...begin(sdkContext), filled: params.context?.arguments ?? {} };
    const values = await guarded(context, () => complete(params.argument.value, context));
    const shown = values.slice(0, mostCompletions);
    return { completion: { values: shown, total: values.length, hasMore: shown.length < values.length } };
  });
}

function completer(surface: McpSurface, reference: Reference, argument: string): Complete | undefined {
  if (reference.type === 'ref/prompt') {
    const prompt = findPrompt(surface.prompts, reference.name);
    return prompt.arguments.find(({ name }) => name === argument)?.complete;
  }
  const { uri } = reference;
  const template = surface.resourceTemplates.find(({ uriTemplate }) => uriTemplate === uri);
  if (template === undefined && !surface.resources.some((resource) => resource.uri === uri)) {
    throw invalidParams(`unknown resource template "${uri}"`);
  }
  return template?.complete?.[argument];
}

function findPrompt(prompts: readonly Prompt[], name: string): Prompt {
  const prompt = prompts.find((candidate) => candidate.name === name);
  if (prompt !== undefined) return prompt;
  const names = prompts.map((candidate) => candidate.name);
  throw invalidParams(unknownName('prompt', name, names));
}

function listPrompt({ name, title, description, arguments: listed }: Prompt) {
  return { name, title, description, arguments: listed.map(listArgument) };
}

function listArgument({ name, description, required }: PromptArgument) {
  return { name, description, required };
}
