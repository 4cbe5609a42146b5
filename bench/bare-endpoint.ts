// The floor that everything is compared with: POST {sql} → pool.query → rows as JSON objects. It checks nothing.
// Started as a process of its own with DATABASE_URL and PORT.
import Fastify from 'fastify';
import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 8 });
const app = Fastify({ logger: false });

app.post('/', async (request) => {
  const { sql, parameters } = request.body as { sql: string; parameters?: string[] };
  const { rows } = await pool.query(sql, parameters);
  return { rows };
});

await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });

process.once('SIGTERM', () => {
  app.server.closeAllConnections();
  void app.close().then(() => pool.end());
});
