// Builds one server of the SDK over our surface; it decides nothing about sessions, doors or messages.
import { Server, type ServerContext, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import { CodedError, errorText } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import type { CallContext, ToolAnswer } from '../tools/tool.ts';
import { callTool } from './call-tool.ts';
import type { Caller, InFlight, RequestId } from './in-flight.ts';
import { modernRevision } from './meta-keys.ts';
import { invalidParams } from './sdk-errors.ts';
import { serveCompletion, servePrompts } from './sdk-prompts.ts';
import { type Begin, refuseCursor, serveResources } from './sdk-resources.ts';
import type { McpSurface } from './surface.ts';
import { listCacheHint, type ToolBook } from './tool-book.ts';

/** What every server of this process is built from. */
export type ServerParts = {
  readonly surface: McpSurface;
  readonly book: ToolBook;
  readonly inFlight: InFlight;
  readonly emit: Emit;
  /** For the conformance suite only: adds its fixtures to a server before it is connected. */
  readonly extend?: ((server: Server) => void) | undefined;
};

/** Lists rarely change and the data behind resources may: how long a client may keep them (2026-07-28, ttlMs). */
const cacheHints = {
  'tools/list': listCacheHint,
  'prompts/list': listCacheHint,
  'resources/templates/list': listCacheHint,
  'resources/list': { ttlMs: 60_000, cacheScope: 'private' },
  'resources/read': { ttlMs: 60_000, cacheScope: 'private' },
  'server/discover': listCacheHint,
} as const;

/** One server for one caller: cheap (schemas are made beforehand), because the SDK ties a server to a connection. */
export function buildServer(parts: ServerParts, caller: Caller): Server {
  const { surface, book } = parts;
  const server = new Server(
    { name: surface.name, version: surface.version },
    {
      capabilities: capabilitiesOf(surface),
      instructions: surface.instructions,
      supportedProtocolVersions: [modernRevision, ...SUPPORTED_PROTOCOL_VERSIONS],
      cacheHints,
    },
  );
  const begin: Begin = (context) => ({
    principal: caller.principal,
    signal: context.mcpReq.signal,
    emit: parts.emit,
  });
  server.setRequestHandler('tools/list', ({ params }) => {
    refuseCursor(params?.cursor);
    return { tools: [...book.listed] };
  });
  server.setRequestHandler('tools/call', ({ params }, context) => serveCall(parts, caller, params, context));
  if (surface.resources.length + surface.resourceTemplates.length > 0) serveResources(server, surface, begin);
  if (surface.prompts.length > 0) servePrompts(server, surface.prompts, begin);
  if (completes(surface)) serveCompletion(server, surface, begin);
  parts.extend?.(server);
  return server;
}

async function serveCall(
  parts: ServerParts,
  caller: Caller,
  { name, arguments: given = {} }: { name: string; arguments?: Record<string, unknown> | undefined },
  context: ServerContext,
) {
  const bound = parts.book.find(name);
  if (bound === undefined) throw invalidParams(parts.book.unknown(name));
  const call = parts.inFlight.open(caller, context.mcpReq.id);
  try {
    const outcome = await callTool(bound, given, {
      principal: caller.principal,
      signal: AbortSignal.any([call.signal, context.mcpReq.signal]),
      emit: parts.emit,
      progress: progressOf(context),
    });
    return callResult(outcome);
  } finally {
    call.close();
  }
}

/** Progress goes where the client asked for it (utilities/progress); a lost notification is not a failure. */
function progressOf({ mcpReq }: ServerContext): CallContext['progress'] {
  const token: RequestId | undefined = mcpReq._meta?.progressToken;
  if (token === undefined) return undefined;
  return (progress, message) => {
    const params = { progressToken: token, progress, message };
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
  };
}

function callResult(outcome: ToolAnswer | CodedError) {
  if (outcome instanceof CodedError) {
    return { content: [{ type: 'text' as const, text: errorText(outcome) }], isError: true };
  }
  return { content: [{ type: 'text' as const, text: outcome.text }], structuredContent: outcome.structured };
}

function capabilitiesOf(surface: McpSurface) {
  const resources = surface.resources.length + surface.resourceTemplates.length > 0;
  return {
    tools: {},
    ...(resources && { resources: {} }),
    ...(surface.prompts.length > 0 && { prompts: {} }),
    ...(completes(surface) && { completions: {} }),
  };
}

function completes({ prompts, resourceTemplates }: McpSurface): boolean {
  const arguments_ = prompts.flatMap((prompt) => prompt.arguments);
  return arguments_.some(({ complete }) => complete) || resourceTemplates.some(({ complete }) => complete);
}
