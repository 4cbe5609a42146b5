// Writes the HTTP requests of both eras by hand, so that tests of the door depend on no client.
import { testTokens } from './http-door.ts';

/** The `_meta` envelope of 2026-07-28. */
export const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** Headers of a legacy request by an analyst. */
export function legacyHeaders(more: Record<string, string> = {}): Record<string, string> {
  return {
    authorization: `Bearer ${testTokens.sonia}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...more,
  };
}

/** Headers of a 2026-07-28 request. */
export function modernHeaders(method: string, name?: string): Record<string, string> {
  return legacyHeaders({
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(name !== undefined && { 'mcp-name': name }),
  });
}

/** A legacy request body. */
export function legacy(
  method: string,
  params: Record<string, unknown> = {},
  id: string | number = 1,
): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/** A 2026-07-28 request body. */
export function modern(
  method: string,
  params: Record<string, unknown> = {},
  id: string | number = 1,
): string {
  return legacy(
    method,
    { ...params, _meta: { ...envelope, ...(params['_meta'] as object | undefined) } },
    id,
  );
}

/** Posts to /mcp. */
export function post(
  url: string,
  body: string,
  headers: Record<string, string> = legacyHeaders(),
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${url}/mcp`, { method: 'POST', headers, body, ...(signal && { signal }) });
}

/** A JSON-RPC message as it came. */
export type Message = {
  id?: unknown;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown> & { content: { text: string }[]; isError?: boolean };
  error?: { code: number; message: string; data?: Record<string, unknown> };
};

/** All messages of an answer, whether it is JSON or an event stream. */
export async function messages(response: Response): Promise<Message[]> {
  const text = await response.text();
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    const parsed = JSON.parse(text) as Message | Message[];
    return Array.isArray(parsed) ? parsed : [parsed];
  }
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as Message);
}

/** The one message of an answer. */
export async function message(response: Response): Promise<Message> {
  const [first] = await messages(response);
  if (first === undefined) throw new Error('the answer holds no message');
  return first;
}

/** Waits until the condition holds, at most two seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const endMs = Date.now() + 2_000;
  while (!holds()) {
    if (Date.now() > endMs) throw new Error('the condition did not come true within two seconds');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
