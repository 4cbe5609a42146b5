// MCP over our surface, for both eras: a quick lane for what nearly all traffic is, the SDK for everything else.
import type { Server } from '@modelcontextprotocol/server';
import type { Emit } from '../base/events.ts';
import type { CallContext } from '../tools/tool.ts';
import { type Body, createAnswerWriter } from './answer-body.ts';
import { callTool } from './call-tool.ts';
import { createInFlight, type InFlight } from './in-flight.ts';
import { createQuickLane, type ProtocolHeaders, type QuickRequest, type Recognise } from './quick-lane.ts';
import type { SdkLeg } from './sdk-leg.ts';
import type { McpSurface } from './surface.ts';
import { bindTools, listCacheHint } from './tool-book.ts';

/** What a door needs to speak MCP. One per process; it holds no connection and no session. */
export type Protocol = {
  readonly inFlight: InFlight;
  /** Gives a message that can be answered without the SDK, or undefined; always undefined until `sdk` was loaded. */
  readonly recognise: (message: unknown, headers?: ProtocolHeaders) => QuickRequest | undefined;
  /** Answers a recognised message with a whole JSON-RPC response. Never throws. */
  readonly answer: (request: QuickRequest, context: CallContext) => Promise<Body>;
  /** Loads the SDK, once, and gives what serves all other messages. */
  readonly sdk: () => Promise<SdkLeg>;
};

/**
 * Makes the protocol: every schema and list is serialised here, once. `extend` is for the conformance suite's
 * fixtures only; where it is given, lists are left to the SDK, because the fixtures stand in them.
 */
export function createProtocol(
  surface: McpSurface,
  options: { readonly emit: Emit; readonly extend?: (server: Server) => void },
): Protocol {
  const { emit, extend } = options;
  const book = bindTools(surface.tools);
  const inFlight = createInFlight();
  const writer = createAnswerWriter(surface);
  const lists = {
    legacy: JSON.stringify({ tools: book.listed }),
    modern: JSON.stringify({ tools: book.listed, ...listCacheHint }),
  };
  let recognise: Recognise | undefined;
  const load = async (): Promise<SdkLeg> => {
    const { openSdkLeg } = await import('./sdk-leg.ts');
    const leg = openSdkLeg({ surface, book, inFlight, emit, extend });
    recognise = createQuickLane(book, leg.judge);
    return leg;
  };
  let loading: Promise<SdkLeg> | undefined;
  return {
    inFlight,
    recognise: (message, headers) => {
      const request = recognise?.(message, headers);
      return request?.method === 'tools/list' && extend !== undefined ? undefined : request;
    },
    answer: async (request, context) => {
      const { era, id } = request;
      if (request.method === 'tools/list') return writer.result(era, id, lists[era]);
      return writer.call(era, id, await callTool(request.bound, request.given, context));
    },
    sdk: () => (loading ??= load()),
  };
}
