// Everything that the quick lane leaves: the SDK's own entry classifies, validates and answers it. This file and what
// it imports are the only ones in this room that load the SDK, and are themselves loaded on first need.
import {
  classifyInboundRequest,
  createMcpHandler,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  type Server,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import type { Caller } from './in-flight.ts';
import { modernRevision } from './meta-keys.ts';
import type { Judge } from './quick-lane.ts';
import { buildServer, type ServerParts } from './sdk-server.ts';

/** The SDK, ready to judge and to serve. */
export type SdkLeg = {
  readonly judge: Judge;
  /** Whether the value is one JSON-RPC message. */
  readonly isMessage: (value: unknown) => boolean;
  /** Serves one HTTP request whose body is already parsed; its signal ends whatever it started. */
  readonly fetch: (request: Request, body: unknown, caller: Caller) => Promise<Response>;
  /** A server for one stdio connection. */
  readonly connect: (caller: Caller) => Server;
  /** Ends listening streams and modern exchanges. */
  readonly close: () => Promise<void>;
};

const mostSubscriptions = 64;
const keepAliveMs = 15_000;

/** Opens the SDK's entry over the parts. */
export function openSdkLeg(parts: ServerParts): SdkLeg {
  const handler = createMcpHandler((context) => buildServer(parts, callerOf(context.authInfo)), {
    maxSubscriptions: mostSubscriptions,
    keepAliveMs,
    onerror: (error) => parts.emit({ kind: 'protocol_error', message: error.message }),
  });
  return {
    judge: { legacyRevisions: new Set(SUPPORTED_PROTOCOL_VERSIONS), acceptsEnvelope },
    isMessage: (value) => isJSONRPCRequest(value) || isJSONRPCNotification(value) || isJSONRPCResponse(value),
    fetch: (request, body, caller) =>
      handler.fetch(request, { parsedBody: body, authInfo: authInfoOf(caller) }),
    connect: (caller) => buildServer(parts, caller),
    close: () => handler.close(),
  };
}

function acceptsEnvelope(request: unknown): boolean {
  const outcome = classifyInboundRequest({
    httpMethod: 'POST',
    body: request,
    protocolVersionHeader: modernRevision,
  });
  return outcome.kind === 'modern' && outcome.messageKind === 'request';
}

// The caller travels as the SDK's authInfo; the token itself stays in the door.
function authInfoOf(caller: Caller) {
  return { token: '', clientId: caller.principal.name, scopes: [], extra: { caller } };
}

function callerOf(authInfo: { readonly extra?: Record<string, unknown> } | undefined): Caller {
  return authInfo?.extra?.['caller'] as Caller; // put there by authInfoOf, on every path into the handler
}
