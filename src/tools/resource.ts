// The shapes of a resource and of a resource template (MCP, server/resources); it knows neither the SDK nor Postgres.
import type { CallContext } from './tool.ts';

/** What a completion brings along beside the call: the other variables or arguments that are already filled in. */
export type CompletionContext = CallContext & { readonly filled: Readonly<Record<string, string>> };

/** Gives the values that a half-typed one may become, best first, all of them; the first 100 reach the client. */
export type Complete = (value: string, context: CompletionContext) => Promise<readonly string[]>;

/** A text that the client may read under a fixed URI. `read` throws CodedError where it cannot answer. */
export type Resource = {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  readonly read: (context: CallContext) => Promise<string>;
};

/** One line of `resources/list` that a template contributes. */
export type ListedResource = {
  readonly uri: string;
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly mimeType?: string | undefined;
};

/** A family of texts; the template is RFC 6570 level 1, for example `schema://{schema}/{table}`. */
export type ResourceTemplate = {
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** Gets the variables percent-decoded; throws CodedError where nothing is behind them. */
  readonly read: (
    uri: string,
    variables: Readonly<Record<string, string>>,
    context: CallContext,
  ) => Promise<string>;
  /** The members worth listing; without it the family is found through the template alone. */
  readonly list?: ((context: CallContext) => Promise<readonly ListedResource[]>) | undefined;
  /** Completion by variable name. */
  readonly complete?: Readonly<Record<string, Complete>> | undefined;
};
