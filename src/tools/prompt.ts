// The shape of a prompt that the client offers to its user (MCP, server/prompts); it knows no SDK.
import type { Complete } from './resource.ts';
import type { CallContext } from './tool.ts';

/** One argument of a prompt; values are always text. */
export type PromptArgument = {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly complete?: Complete | undefined;
};

/** One message of a rendered prompt. */
export type PromptMessage = { readonly role: 'user' | 'assistant'; readonly text: string };

/** A prompt as the registry lists it. `render` gets the required arguments filled, and throws CodedError. */
export type Prompt = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];
  readonly render: (
    filled: Readonly<Record<string, string>>,
    context: CallContext,
  ) => Promise<readonly PromptMessage[]>;
};
