// The tools as the protocol needs them: schemas made once, looked up by name; it runs nothing.
import type { Tool as SdkTool } from '@modelcontextprotocol/server';
import type { Tool } from '../tools/tool.ts';
import { type ObjectSchema, objectSchema } from './json-schema.ts';
import { unknownName } from './unknown-name.ts';

/** How long a client may keep the list of tools (2026-07-28, CacheableResult). */
export const listCacheHint = { ttlMs: 300_000, cacheScope: 'private' } as const;

/** A tool with the JSON Schema of its input. */
export type BoundTool = { readonly tool: Tool; readonly inputSchema: ObjectSchema };

/** All tools of the server. */
export type ToolBook = {
  /** The `tools` of a tools/list result. */
  readonly listed: readonly SdkTool[];
  readonly find: (name: string) => BoundTool | undefined;
  /** One line for the caller who named a tool that does not exist, with the nearest that does. */
  readonly unknown: (name: string) => string;
};

/** Makes every schema, once. */
export function bindTools(tools: readonly Tool[]): ToolBook {
  const bound = new Map(
    tools.map((tool) => [tool.name, { tool, inputSchema: objectSchema(tool.input, 'input') }]),
  );
  return {
    listed: [...bound.values()].map(listTool),
    find: (name) => bound.get(name),
    unknown: (name) => unknownName('tool', name, [...bound.keys()]),
  };
}

function listTool({ tool, inputSchema }: BoundTool): SdkTool {
  const listed = {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: inputSchema as SdkTool['inputSchema'],
    outputSchema: objectSchema(tool.output, 'output') as SdkTool['outputSchema'],
    annotations: tool.annotations,
  };
  if (tool.maxResultSizeChars === undefined) return listed;
  return { ...listed, _meta: { 'anthropic/maxResultSizeChars': tool.maxResultSizeChars } };
}
