// MCP Toolbox with its tool that runs any SQL; it has no read-only mode and takes no parameters for such text.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchDatabase } from '../bench-database.ts';
import { toolboxProgram } from '../peers.ts';
import { legacyCall, mcpHeaders, mcpResult, type Subject } from './subject.ts';

export const toolbox: Subject = {
  name: 'toolbox',
  title: 'MCP Toolbox 1.12.0',
  processKey: 'toolbox',
  mayFail: true,
  program: ({ database, port, directory }) => {
    const config = join(directory, 'tools.yaml');
    writeFileSync(config, configText(database));
    const listen = ['--address', '127.0.0.1', '--port', String(port)];
    const quiet = ['--disable-version-check', '--disable-reload', '--log-level', 'ERROR'];
    return {
      command: toolboxProgram(),
      arguments: ['--config', config, ...listen, ...quiet],
      environment: {},
    };
  },
  request: ({ literal }, id) => ({
    path: '/mcp',
    headers: { ...mcpHeaders, 'mcp-protocol-version': '2025-06-18' },
    body: legacyCall('execute_sql', { sql: literal }, id),
  }),
  readAnswer: (body) => {
    const { content } = mcpResult(body);
    const rows = content.flatMap(({ text }) => [JSON.parse(text) as unknown].flat());
    return {
      rowCount: rows.length,
      textBytes: content.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    };
  },
};

function configText({ port, login }: Pick<BenchDatabase, 'port' | 'login'>): string {
  return `kind: source
name: bench
type: postgres
host: 127.0.0.1
port: "${port}"
database: ${login.database}
user: ${login.user}
password: ${login.password}
queryParams:
  sslmode: disable
  pool_max_conns: "8"
---
kind: tool
name: execute_sql
type: postgres-execute-sql
source: bench
description: Runs any SQL statement.
`;
}
