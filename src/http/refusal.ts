// How the door says no: one shape for every refusal, readable by JSON-RPC clients, with the headers that the RFCs want.
import type { FastifyReply } from 'fastify';
import { CodedError, errorText } from '../base/errors.ts';
import type { RequestId } from '../mcp/in-flight.ts';
import { invalidRequest, parseError } from '../mcp/malformed-message.ts';

/** JSON-RPC 2.0, section 5.1; -32000 is the server's own. */
const rpcCodes: Partial<Record<CodedError['code'], number>> = {
  DOOR_MALFORMED: parseError,
  DOOR_INVALID_MESSAGE: invalidRequest,
  DOOR_SESSION: -32001,
  INTERNAL: -32603,
};

/** Answers with the status of the error's code; a JSON-RPC error, without an id where none could be read. */
export function refuse(
  reply: FastifyReply,
  error: CodedError,
  options: Challenge & { readonly id?: RequestId | null } = {},
): FastifyReply {
  const { httpStatus, retryable } = error.entry;
  if (httpStatus === 401 || error.code === 'DOOR_SCOPE')
    reply.header('www-authenticate', challenge(error, options));
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

/** What a challenge tells beside its error. */
export type Challenge = {
  readonly resourceMetadataUrl?: string | undefined;
  /** What to ask for, where the error names nothing else. */
  readonly scopes?: readonly string[] | undefined;
};

const challengeErrors: Partial<Record<CodedError['code'], string>> = {
  DOOR_TOKEN_INVALID: 'invalid_token',
  DOOR_SCOPE: 'insufficient_scope',
};

/** RFC 6750, section 3: no error code where no token was sent; RFC 9728, section 5.1: where to learn how to log in. */
function challenge(error: CodedError, { resourceMetadataUrl, scopes: usual = [] }: Challenge): string {
  const scopes = error.facts.neededScopes ?? usual;
  const parts = ['Bearer realm="pg-analytics-mcp"'];
  const name = challengeErrors[error.code];
  if (name !== undefined)
    parts.push(`error="${name}"`, `error_description="${error.message.replace(/["\\]/g, "'")}"`);
  if (scopes.length > 0) parts.push(`scope="${scopes.join(' ')}"`);
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
