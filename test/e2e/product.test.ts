// The product as an operator runs it and clients meet it: a real process, a real Postgres, every real client.
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';
import { type RunningProgram, startProgram } from '../support/program.ts';
import { projectRoot } from '../support/source-tree.ts';
import { until } from '../support/until.ts';
import { connectV1, connectV2, type Driver, runInspector, type Target } from './real-clients.ts';

const token = 'pgam_a-token-of-the-tests-own';
const busyRead = 'select count(*) from tracksolid.positions a, tracksolid.positions b';

let fresh: FreshDatabase;
let server: RunningProgram;
let url: string;

beforeAll(async () => {
  fresh = await freshDatabase({ template: 'fleet' });
  server = serve(fresh.readerUrl);
  url = await listening(server);
});
afterAll(async () => {
  server.child.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
  await fresh.drop();
});

function serve(databaseUrl: string, env: Record<string, string> = {}): RunningProgram {
  return startProgram(['serve'], {
    DATABASE_URL: databaseUrl,
    PORT: '0',
    MCP_TOKENS: `ann:${token}`,
    MCP_ADMIN_PORT: '0',
    MCP_ADMIN_HOST: '127.0.0.1',
    ...env,
  });
}

/** The URL that the log names first. */
async function listening(program: RunningProgram): Promise<string> {
  return until(() => /"url":"(http:[^"]+)"/.exec(program.err())?.[1], 'the server listening', 15_000);
}

const http = (): Target => ({ url: `${url}/mcp`, token });
const stdio = (): Target => ({
  command: '/usr/bin/env',
  args: [`DATABASE_URL=${fresh.readerUrl}`, process.execPath, join(projectRoot, 'src/cli/main.ts'), 'stdio'],
});

const running = () =>
  withClient(fresh.adminUrl, async (client) => {
    const { rowCount } = await client.query(
      "select from pg_stat_activity where datname = current_database() and state = 'active' and query like '%positions a%' and pid <> pg_backend_pid()",
    );
    return rowCount ?? 0;
  });

const ways: readonly (readonly [string, () => Promise<Driver>])[] = [
  ['the v2 SDK on 2026-07-28 over HTTP', () => connectV2(http(), 'auto')],
  ['the v2 SDK in its legacy mode over HTTP', () => connectV2(http(), 'legacy')],
  ['the v1 SDK over HTTP', () => connectV1(http())],
  ['the v2 SDK on 2026-07-28 over stdio', () => connectV2(stdio(), 'auto')],
  ['the v1 SDK over stdio', () => connectV1(stdio())],
];

describe.each(ways)('%s', (_name, connect) => {
  let client: Driver;
  beforeAll(async () => {
    client = await connect();
  });
  afterAll(() => client.close());

  it('asks an analyst’s question and gets exact rows', async () => {
    const { text, structured, isError } = await client.call('query', {
      sql: 'select class, count(*), sum(tank_litres) from tracksolid.vehicles group by class order by class limit 1',
    });
    expect(isError).toBe(false);
    expect(text).toMatch(/^1 row\nclass,count,sum\n\w+,\d+,[\d.]+\n$/);
    expect(structured).toMatchObject({
      row_count: 1,
      truncated: false,
      columns: [{}, { type: 'int8' }, { type: 'numeric' }],
    });
  });

  it('finds its way from a question to a column', async () => {
    expect(await client.tools()).toEqual([
      'query',
      'explain',
      'list_tables',
      'search_schema',
      'describe_table',
    ]);
    expect((await client.call('search_schema', { query: 'fuel fills' })).text).toContain('fuel.fills');
    expect((await client.call('describe_table', { table: 'fuel.fills' })).text).toContain('litres');
  });

  it('is told what to do instead of a write', async () => {
    const { isError, text } = await client.call('query', { sql: 'delete from fuel.fills' });
    expect(isError).toBe(true);
    expect(text).toMatch(/^GUARD_STATEMENT: "DELETE" is not a read\n/);
  });

  it('hears progress of a long query, and leaving stops it in the server', async () => {
    const heard: number[] = [];
    const leaving = new AbortController();
    const call = client.call(
      'query',
      { sql: busyRead },
      { signal: leaving.signal, onprogress: ({ progress }) => void heard.push(progress) },
    );
    call.catch(() => undefined);
    await until(async () => heard.length > 0 && (await running()) > 0, 'progress', 15_000);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await until(async () => (await running()) === 0, 'the statement stopped');
  });

  it('reads the schema and the rules as resources, fills a prompt and completes its arguments', async () => {
    expect(await client.resources()).toContain('guide://sql-rules');
    expect(await client.readResource('schema://fuel/fills')).toContain('litres');
    expect(await client.prompt('explore_schema', { schema: 'fuel' })).toContain('fuel');
    expect(await client.complete('explore_schema', 'schema', 'fu')).toEqual(['fuel']);
  });
});

describe('the inspector’s command line', () => {
  it('finds nothing to complain about in strict mode, and calls a tool', async () => {
    const listed = await runInspector(http(), '--method', 'tools/list', '--strict');
    expect(listed.code, listed.stderr).toBe(0);
    const called = await runInspector(
      http(),
      '--method',
      'tools/call',
      '--tool-name',
      'query',
      '--tool-arg',
      'sql=select 41 + 1 as answer',
    );
    expect(called.json).toMatchObject({ structuredContent: { rows: [[42]] } });
  });
});

describe('the process', () => {
  it('answers its health checks without a token and hides its metrics from analysts', async () => {
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    const admin = /"url":"(http:[^"]+)","admin":true/.exec(server.err())?.[1] ?? 'no admin listener';
    const page = await (await fetch(`${admin}/metrics`)).text();
    expect(page).toMatch(/^pg_analytics_\w+_total\{.*outcome="ok".*\} [1-9]/m);
  });

  it('stops a query whose client’s connection breaks', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'query', arguments: { sql: busyRead } },
    });
    const { port } = new URL(url);
    const socket = connectSocket(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n` +
        `Accept: application/json, text/event-stream\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    await until(async () => (await running()) > 0, 'the statement running');
    socket.destroy();
    await until(async () => (await running()) === 0, 'the statement stopped');
  });

  it('starts with the database down, says it is not ready, and serves once it is up', async () => {
    const proxy = await startFaultProxy(fresh.readerUrl);
    proxy.setFault({ accept: 'refuse' });
    const away = serve(proxy.urlFor(fresh.readerUrl));
    const awayUrl = await listening(away);
    expect((await fetch(`${awayUrl}/healthz`)).status).toBe(200);
    expect((await fetch(`${awayUrl}/readyz`)).status).toBe(503);
    const client = await connectV2({ url: `${awayUrl}/mcp`, token }, 'auto');
    const ask = async () => (await client.call('query', { sql: 'select 1 as one' })).text;
    expect(await ask()).toBe(
      'DB_UNREACHABLE: the database cannot be reached\nHINT: Try again shortly; tell the operator if it stays.',
    );
    proxy.setFault({});
    await until(async () => (await ask()) === '1 row\none\n1\n', 'an answer');
    await client.close();
    away.child.kill('SIGTERM');
    expect((await away.ended).code).toBe(0);
    await proxy.close();
  });

  it('lets a query under way finish on SIGTERM and ends with exit code 0', async () => {
    const draining = serve(fresh.readerUrl);
    const client = await connectV2({ url: `${await listening(draining)}/mcp`, token }, 'auto');
    const answer = client.call('query', {
      sql: 'select count(*) from tracksolid.positions a, tracksolid.vehicles b, tracksolid.depots c',
    });
    await until(async () => (await running()) > 0, 'the statement running');
    draining.child.kill('SIGTERM');
    expect((await answer).text).toMatch(/^1 row\ncount\n\d+\n$/);
    expect((await draining.ended).code).toBe(0);
    await client.close().catch(() => undefined);
  });

  it('cancels a query that outlasts the drain deadline, and still ends with exit code 0', async () => {
    const draining = serve(fresh.readerUrl, { MCP_DRAIN_TIMEOUT: '300ms' });
    const client = await connectV2({ url: `${await listening(draining)}/mcp`, token }, 'auto');
    const answer = client.call('query', { sql: busyRead }).then(
      ({ text }) => text,
      (error: Error) => error.message,
    );
    await until(async () => (await running()) > 0, 'the statement running');
    draining.child.kill('SIGTERM');
    expect(await answer).toMatch(/SHUTTING_DOWN|terminated|closed|fetch failed/);
    expect((await draining.ended).code).toBe(0);
    await until(async () => (await running()) === 0, 'the statement stopped');
    await client.close().catch(() => undefined);
  });

  it('writes one line per statement with analyst, outcome and duration, and never the SQL, a token or a password', async () => {
    const before = server.err().length;
    const client = await connectV2(http(), 'auto');
    await client.call('query', { sql: "select 'a-very-secret-literal'" });
    await client.close();
    const line = await until(
      () =>
        server
          .err()
          .slice(before)
          .split('\n')
          .findLast((text) => text.includes('"analyst":"ann"') && text.includes('"outcome":"ok"')),
      'the line',
    );
    expect(JSON.parse(line)).toMatchObject({ analyst: 'ann', tool: 'query', outcome: 'ok', rows: 1 });
    expect(server.err()).not.toContain('a-very-secret-literal');
    expect(server.err()).not.toContain(token);
    expect(server.err()).not.toContain(new URL(fresh.readerUrl).password);
  });
});

describe('the second opinion, switched on by the operator', () => {
  let seconded: RunningProgram;
  let client: Driver;
  beforeAll(async () => {
    seconded = serve(fresh.readerUrl, { MCP_GUARD_SECOND_OPINION: 'on' });
    client = await connectV2({ url: `${await listening(seconded)}/mcp`, token }, 'auto');
  });
  afterAll(async () => {
    await client.close();
    seconded.child.kill('SIGTERM');
    await seconded.ended;
  });
  const ask = (sql: string) => client.call('query', { sql });
  /** For Postgres the comment goes on behind U+2028; the second parser takes that for the end of the line. */
  const misread = 'select 1 as one -- \u2028; delete from fuel.fills';

  it('refuses what the second parser reads as more than a read, and nobody else would', async () => {
    const refused = await ask(misread);
    expect(refused.isError).toBe(true);
    expect(refused.text).toBe(
      'GUARD_SECOND_OPINION: the second parser reads the text as 2 statements\n' +
        'HINT: Rewrite the statement more plainly, without comments around quotes.',
    );
    const plain = await connectV2(http(), 'auto');
    expect((await plain.call('query', { sql: misread })).text).toBe('1 row\none\n1\n');
    await plain.close();
  });

  it('lets a read pass to which the second parser does not object', async () => {
    expect((await ask('select 1 as one')).text).toBe('1 row\none\n1\n');
  });

  it('has no opinion where the second parser cannot read the text', async () => {
    const { isError, text } = await ask("select interval '9' hour as nine");
    expect({ isError, text }).toEqual({ isError: false, text: '1 row\nnine\n09:00:00\n' });
  });

  it('has no opinion where the second parser is killed at its deadline, and has one again at the next text', async () => {
    const { text } = await ask(`select 1 as one where 1 in (${Array(20_000).fill(1).join()})`);
    expect(text).toBe('1 row\none\n1\n');
    expect(seconded.err()).toMatch(/"event":"parser_restarted","reason":"no answer within 250 ms"/);
    expect((await ask(`${misread} -- again`)).text).toMatch(/^GUARD_SECOND_OPINION: /);
  });
});
