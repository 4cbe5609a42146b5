// Real MCP clients as functions over `{ url, token }` or a command, so that the same tests can drive any server.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** Where the server is: an HTTP endpoint with a token, or a command that speaks stdio. */
export type Target =
  | { readonly url: string; readonly token: string }
  | { readonly command: string; readonly args: readonly string[] };

/** What a connected client can be asked; the answers are the same whichever client it is. */
export type Driver = {
  readonly revision: () => string | undefined;
  readonly tools: () => Promise<string[]>;
  readonly call: (name: string, given: Record<string, unknown>, options?: CallOptions) => Promise<CallAnswer>;
  readonly readResource: (uri: string) => Promise<string>;
  readonly resources: () => Promise<string[]>;
  readonly prompt: (name: string, filled: Record<string, string>) => Promise<string>;
  readonly complete: (prompt: string, argument: string, value: string) => Promise<string[]>;
  readonly close: () => Promise<void>;
};

/** Cancellation and progress of a call. */
type CallOptions = {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: { progress: number; message?: string | undefined }) => void;
};

/** A tool's answer. */
type CallAnswer = { readonly text: string; readonly structured: unknown; readonly isError: boolean };

const identity = { name: 'test-client', version: '1.0.0' };

/** The v2 SDK's client; `auto` speaks 2026-07-28 where the server does, `legacy` initializes. */
export async function connectV2(target: Target, mode: 'auto' | 'legacy'): Promise<Driver> {
  const client = new ClientV2(identity, { versionNegotiation: { mode } });
  const transport =
    'url' in target
      ? new HttpV2(new URL(target.url), { requestInit: { headers: bearer(target.token) } })
      : new StdioV2({ command: target.command, args: [...target.args] });
  await client.connect(transport);
  return {
    revision: () => client.getNegotiatedProtocolVersion(),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given, options) =>
      answerOf(await client.callTool({ name, arguments: given }, options)),
    readResource: async (uri) => textOf((await client.readResource({ uri })).contents),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    prompt: async (name, filled) => {
      const { messages } = await client.getPrompt({ name, arguments: filled });
      return textOf(messages.map(({ content }) => content));
    },
    complete: async (prompt, argument, value) => {
      const ref = { type: 'ref/prompt' as const, name: prompt };
      return (await client.complete({ ref, argument: { name: argument, value } })).completion.values;
    },
    close: () => client.close(),
  };
}

/** The v1 SDK's client, which most applications still carry. */
export async function connectV1(target: Target): Promise<Driver> {
  const client = new ClientV1(identity);
  const transport =
    'url' in target
      ? new HttpV1(new URL(target.url), { requestInit: { headers: bearer(target.token) } })
      : new StdioV1({ command: target.command, args: [...target.args] });
  // The v1 types do not know exactOptionalPropertyTypes; the object is the transport all the same.
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  return {
    revision: () => (transport instanceof HttpV1 ? transport.protocolVersion : undefined),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given, options) =>
      answerOf((await client.callTool({ name, arguments: given }, undefined, options)) as object),
    readResource: async (uri) => textOf((await client.readResource({ uri })).contents),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    prompt: async (name, filled) => {
      const { messages } = await client.getPrompt({ name, arguments: filled });
      return textOf(messages.map(({ content }) => content));
    },
    complete: async (prompt, argument, value) => {
      const ref = { type: 'ref/prompt' as const, name: prompt };
      return (await client.complete({ ref, argument: { name: argument, value } })).completion.values;
    },
    close: () => client.close(),
  };
}

/** Runs the inspector's command line with one method; gives its exit code, the result, and stderr. */
export async function runInspector(
  target: Target,
  ...options: string[]
): Promise<{ code: number | null; json: unknown; stderr: string }> {
  const launcher = new URL(
    '../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
    import.meta.url,
  );
  const where =
    'url' in target
      ? [target.url, '--transport', 'http', '--header', `Authorization: Bearer ${target.token}`]
      : [target.command, ...target.args, '--transport', 'stdio'];
  const args = [fileURLToPath(launcher), '--cli', ...where, ...options, '--format', 'json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const { result } = parsed(stdout) as { result?: unknown };
  return { code, json: result, stderr };
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function answerOf(answer: object): CallAnswer {
  const result = answer as { content: unknown[]; structuredContent?: unknown; isError?: unknown };
  return {
    text: textOf(result.content),
    structured: result.structuredContent,
    isError: result.isError === true,
  };
}

function textOf(parts: readonly unknown[]): string {
  return parts.map((part) => (part as { text?: string }).text ?? '').join('\n');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
