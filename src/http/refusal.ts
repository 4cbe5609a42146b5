// How the door says no: one shape for every refusal, readable by JSON-RPC clients, with the headers that the RFCs want.
import type { FastifyReply } from 'fastify';
import { CodedError, errorText } from '../base/errors.ts';
import type { RequestId } from '../mcp/in-flight.ts';
import { invalidRequest } from '../mcp/malformed-message.ts';

/** JSON-RPC 2.0, section 5.1; -32000 is the server's own. */
const rpcCodes: Partial<Record<CodedError['code'], number>> = {
  DOOR_MALFORMED: -32700,
  DOOR_INVALID_MESSAGE: invalidRequest,
  DOOR_SESSION: -32001,
  INTERNAL: -32603,
};

/** Answers with the status of the error's code; a JSON-RPC error, without an id where none could be read. */
export function refuse(
  reply: FastifyReply,
  error: CodedError,
  options: { readonly resourceMetadataUrl?: string | undefined; readonly id?: RequestId | null } = {},
): FastifyReply {
  const { httpStatus, retryable } = error.entry;
  if (httpStatus === 401) reply.header('www-authenticate', challenge(error, options.resourceMetadataUrl));
  const { retryAfterSeconds = httpStatus === 503 ? 1 : undefined } = error.facts;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  const code = rpcCodes[error.code] ?? -32_000;
  const body = {
    jsonrpc: '2.0',
    id: options.id ?? null,
    error: { code, message: errorText(error), data: { code: error.code, retryable } },
  };
  return reply.code(httpStatus).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/** RFC 6750, section 3: no error code where no token was sent; RFC 9728, section 5.1: where to learn how to log in. */
function challenge(error: CodedError, resourceMetadataUrl: string | undefined): string {
  const parts = ['Bearer realm="pg-analytics-mcp"'];
  if (error.code === 'DOOR_TOKEN_INVALID') {
    parts.push('error="invalid_token"', `error_description="${error.message.replace(/["\\]/g, "'")}"`);
  }
  if (resourceMetadataUrl !== undefined) parts.push(`resource_metadata="${resourceMetadataUrl}"`);
  return parts.join(', ');
}

/** Headers of every answer: nothing of ours is meant for a frame, a cache or a guess of its type. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** What a server that drains says to whoever comes, and to what it must abort. */
export function shuttingDown(): CodedError {
  return new CodedError('SHUTTING_DOWN', 'the server is shutting down', { retryAfterSeconds: 5 });
}
