// The shape of a tool; it knows neither the MCP SDK nor HTTP nor Postgres.
import type { z } from 'zod';
import type { Emit } from '../base/events.ts';
import type { Principal } from '../base/principal.ts';

/** Tells a waiting client how a long call fares; absent where the client did not ask (MCP, progressToken). */
export type Progress = (progress: number, message: string) => void;

/** What every call brings along. */
export type CallContext = {
  readonly principal: Principal;
  /** Aborted when the client cancels, goes away, or the server drains. */
  readonly signal: AbortSignal;
  readonly progress?: Progress | undefined;
  readonly emit: Emit;
};

/**
 * What a tool gives back: data for programs, text for the model. Where `encoded` is present, `structured` and `text`
 * are computed on demand from it, so a transport that writes bytes must splice `encoded` and never read the others.
 */
export type ToolAnswer = {
  readonly structured: Record<string, unknown>;
  readonly text: string;
  readonly encoded?: EncodedAnswer | undefined;
};

/** Text that stands inside JSON as it is, or the UTF-8 bytes of such a text where it is long (RFC 8259). */
export type EncodedPart = string | Uint8Array;

/** The two parts of an answer, ready to stand inside a JSON-RPC result. */
export type EncodedAnswer = {
  /** A whole JSON object: the value of `structuredContent`. */
  readonly structured: EncodedPart;
  /** The inside of a JSON string, already escaped, without its quotes: the `text` of the first content block. */
  readonly text: EncodedPart;
};

/** MCP tool annotations; every tool of this product only reads. */
export type ToolAnnotations = {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
};

/** A tool as the registry lists it. `run` gets parsed input and throws CodedError where it cannot answer. */
export type Tool<Input extends z.ZodType = z.ZodType> = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: z.ZodType;
  readonly annotations: ToolAnnotations;
  /** Most characters of text that a client should keep before it cuts (`_meta["anthropic/maxResultSizeChars"]`). */
  readonly maxResultSizeChars?: number | undefined;
  readonly run: (input: z.output<Input>, context: CallContext) => Promise<ToolAnswer>;
};

/** Annotations that all tools here share. */
export const readOnlyAnnotations: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Lets a tool stand in a list with others: callers give `run` what `input` has parsed, so the cast is sound. */
export function defineTool<Input extends z.ZodType>(tool: Tool<Input>): Tool {
  return { ...tool, run: (input, context) => tool.run(input as z.output<Input>, context) };
}
