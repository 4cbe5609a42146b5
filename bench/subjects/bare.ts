// The bare Fastify + pg endpoint as a subject: what everything else is compared with.
import { fileURLToPath } from 'node:url';
import type { Subject } from './subject.ts';

export const bare: Subject = {
  name: 'bare',
  title: 'bare Fastify + pg',
  processKey: 'bare',
  mayFail: false,
  program: ({ database, port }) => ({
    command: process.execPath,
    arguments: [fileURLToPath(new URL('../bare-endpoint.ts', import.meta.url))],
    environment: {
      NODE_ENV: 'production',
      DATABASE_URL: database.connectionString,
      PORT: String(port),
    },
  }),
  request: ({ sql, parameters }) => ({
    path: '/',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ sql, ...(parameters !== undefined && { parameters }) }),
  }),
  readAnswer: (body) => {
    const { rows } = JSON.parse(body) as { rows: unknown[] };
    return { rowCount: rows.length, textBytes: Buffer.byteLength(body) };
  },
};
