// Our own server as an operator starts it: `serve` with its configuration in the environment.
import { fileURLToPath } from 'node:url';
import type { Program } from '../process.ts';
import type { Question } from '../workloads.ts';
import { type AnswerFacts, legacyCall, mcpHeaders, mcpResult, type Subject } from './subject.ts';

const token = 'bench-analyst-token-0123456789abcdef';
const entries = { dist: '../../dist/cli/main.js', src: '../../src/cli/main.ts' };
const authorization = `Bearer ${token}`;

export type OurStart = {
  readonly fromSource: boolean;
  readonly databaseUrl: string;
  readonly port: number;
};

/** The program with any command; also used to time its start. */
export function ourProgram(
  command: 'serve' | 'stdio',
  { fromSource, databaseUrl, port }: OurStart,
  environment: Readonly<Record<string, string>> = {},
): Program {
  const entry = fileURLToPath(new URL(fromSource ? entries.src : entries.dist, import.meta.url));
  return {
    command: process.execPath,
    arguments: [entry, command],
    environment: {
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      PORT: String(port),
      MCP_TOKENS: `bench:${token}`,
      MCP_POOL_MAX: '8',
      MCP_MAX_ROWS: '10000',
      MCP_MAX_RESULT_BYTES: '16MB',
      MCP_RATE_LIMIT: '0',
      MCP_RATE_LIMIT_ADDRESS: '0',
      MCP_QUEUE_TIMEOUT: '60s',
      ...environment,
    },
  };
}

/** A question of many rows names their number, as an assistant must that wants more than the default page. */
function argumentsOf({ sql, parameters, rows }: Question): object {
  return {
    sql,
    ...(parameters !== undefined && { params: parameters }),
    ...(rows > 200 && { max_rows: rows }),
  };
}

function readAnswer(body: string): AnswerFacts {
  const { content, structuredContent } = mcpResult(body);
  const { rows } = structuredContent as { rows: unknown[][] };
  return { rowCount: rows.length, textBytes: Buffer.byteLength(content[0]!.text) };
}

/** Asked as clients of 2026-07-28 do: no session, the envelope in each request, headers that repeat the body. */
export const ours: Subject = {
  name: 'ours',
  title: 'pg-analytics-mcp',
  processKey: 'ours',
  mayFail: false,
  program: ({ fromSource, database, port }) =>
    ourProgram('serve', { fromSource, databaseUrl: database.connectionString, port }),
  request: (question, id) => ({
    path: '/mcp',
    headers: {
      ...mcpHeaders,
      authorization,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'query',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'query', arguments: argumentsOf(question), _meta: envelope },
    }),
  }),
  readAnswer,
};

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** The same process, asked as clients do that initialize: most of them, still. */
export const oursLegacy: Subject = {
  ...ours,
  name: 'ours-2025',
  title: 'pg-analytics-mcp (2025-11-25)',
  request: (question, id) => ({
    path: '/mcp',
    headers: { ...mcpHeaders, authorization, 'mcp-protocol-version': '2025-11-25' },
    body: legacyCall('query', argumentsOf(question), id),
  }),
};

/** The list of tools, to weigh it. */
export function toolListRequest(): { readonly path: string; readonly init: RequestInit } {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
  const headers = { ...mcpHeaders, authorization, 'mcp-protocol-version': '2025-11-25' };
  return { path: '/mcp', init: { method: 'POST', headers, body } };
}
