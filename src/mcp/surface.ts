// What a server shows to its clients: plain records of ours, in which nothing of the SDK appears.
import type { Prompt } from '../tools/prompt.ts';
import type { Resource, ResourceTemplate } from '../tools/resource.ts';
import type { Tool } from '../tools/tool.ts';

/** Everything that the protocol serves; it is read once, when the protocol is made, and never changes. */
export type McpSurface = {
  readonly name: string;
  readonly version: string;
  /** Advice for the model, sent with initialize and server/discover. */
  readonly instructions: string;
  readonly tools: readonly Tool[];
  readonly resources: readonly Resource[];
  readonly resourceTemplates: readonly ResourceTemplate[];
  readonly prompts: readonly Prompt[];
};
