// DBHub over HTTP, read-only, with a pool of the same size as everybody's; it takes no parameters.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peerFile } from '../peers.ts';
import { legacyCall, mcpHeaders, mcpResult, type Subject } from './subject.ts';

export const dbhub: Subject = {
  name: 'dbhub',
  title: 'DBHub 1.4.0',
  processKey: 'dbhub',
  mayFail: true,
  program: ({ database, port, directory }) => {
    const config = join(directory, 'dbhub.toml');
    writeFileSync(config, configText(`${database.connectionString}?sslmode=disable`));
    return {
      command: process.execPath,
      arguments: [
        peerFile('@bytebase/dbhub/dist/index.js'),
        '--transport=http',
        '--host=127.0.0.1',
        `--port=${port}`,
        `--config=${config}`,
      ],
      environment: { NODE_ENV: 'production' },
    };
  },
  request: ({ literal }, id) => ({
    path: '/mcp',
    headers: { ...mcpHeaders, 'mcp-protocol-version': '2025-11-25' },
    body: legacyCall('execute_sql', { sql: literal }, id),
  }),
  readAnswer: (body) => {
    const text = mcpResult(body).content[0]!.text;
    const { data } = JSON.parse(text) as { data: { statements: { rows: unknown[] }[] } };
    return { rowCount: data.statements[0]!.rows.length, textBytes: Buffer.byteLength(text) };
  },
};

function configText(dsn: string): string {
  return `[[sources]]
id = "default"
dsn = "${dsn}"
pool_max_connections = 8

[[tools]]
name = "execute_sql"
source = "default"
readonly = true
`;
}
