// The server behind a proxy as operators run it, with caddy and nginx in the place of Traefik: who the client is, what streams, what lasts, what is refused. Skipped by name where the proxy is not installed.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { type RunningProgram, startProgram } from '../support/program.ts';
import { until } from '../support/until.ts';
import { idleSeconds, isInstalled, type ProxyName, type RunningProxy, startProxy } from './proxies.ts';

const token = 'pgam_proxytest0123456789abcdefghijklmn';
const publicHost = 'mcp.example.com';
const addressLimit = 30;
const wait = `create function public.wait(seconds float8) returns text language sql stable as $$ select pg_sleep(seconds)::text $$`;

const names: readonly ProxyName[] = ['caddy', 'nginx'];
const installed = names.filter(isInstalled);
const proxies = new Map<ProxyName, RunningProxy>();
/** Calls that outlast the proxies' patience, begun first so that the other tests fill their time. */
const silentCalls = new Map<ProxyName, Promise<Answer>>();

let server: RunningProgram;
let serverPort: number;
beforeAll(async () => {
  const database = await freshDatabase({ prepare: wait });
  server = startProgram(['serve'], {
    DATABASE_URL: database.readerUrl,
    PORT: '0',
    MCP_TOKENS: `sonia:${token}`,
    MCP_PUBLIC_URL: `https://${publicHost}`,
    MCP_TRUST_PROXY: '127.0.0.1',
    MCP_RATE_LIMIT_ADDRESS: String(addressLimit),
    MCP_ALLOW_FUNCTIONS: 'public.wait',
    MCP_STATEMENT_TIMEOUT: '60s',
    LOG_LEVEL: 'debug',
  });
  serverPort = await until(
    () => Number(/listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(server.err())?.[1]) || undefined,
    'the server listening',
    20_000,
  );
  for (const name of installed) {
    const proxy = await startProxy(name, [serverPort]);
    proxies.set(name, proxy);
    const call = send(proxy.port, { from: addressOf(name, 7), ...waitFor(idleSeconds + 4) });
    call.catch(() => undefined);
    silentCalls.set(name, call);
  }
});
afterAll(async () => {
  for (const proxy of proxies.values()) await proxy.stop();
  server.child.kill('SIGTERM');
  await server.ended;
});

/** What came back, with the time of each piece of it. */
type Answer = {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
  pieces: { atMs: number; text: string }[];
};
type Call = {
  from: string;
  host?: string;
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
};

/** One request out of a loopback address of its own, so that the proxy sees different clients. */
async function send(
  port: number,
  { from, host = publicHost, body, headers = {}, ...rest }: Call,
): Promise<Answer> {
  const asked = request({
    host: '127.0.0.1',
    port,
    localAddress: from,
    headers: { host, ...headers },
    ...rest,
  });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const pieces: Answer['pieces'] = [];
  for await (const piece of answer) pieces.push({ atMs: performance.now(), text: String(piece) });
  const text = pieces.map((piece) => piece.text).join('');
  return { status: answer.statusCode ?? 0, headers: answer.headers, text, pieces };
}

const waitFor = (seconds: number, meta = {}) => ({
  method: 'POST',
  path: '/mcp',
  headers: {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: {
      name: 'query',
      arguments: { sql: `select public.wait(${seconds})`, timeout_ms: 60_000 },
      _meta: meta,
    },
  }),
});

/** Addresses that the log names since a mark. */
const loggedAddresses = (mark: number) => {
  const lines = server.err().slice(mark).split('\n');
  return lines.flatMap((line) => /"event":"request".*"address":"([^"]+)"/.exec(line)?.[1] ?? []);
};

/** A client's address, different for each proxy and number. */
const addressOf = (name: ProxyName, number: number) => `127.0.${names.indexOf(name) + 10}.${number}`;

describe.each(names)('behind %s', (name) => {
  const missing = !installed.includes(name);
  const itHere = it.skipIf(missing);
  const why = missing ? ` (skipped: ${name} is not installed)` : '';
  const address = (number: number) => addressOf(name, number);
  const ask = (call: Call) => send(proxies.get(name)?.port ?? 0, call);

  itHere(`the client's own address is what the log names${why}`, async () => {
    const mark = server.err().length;
    expect((await ask({ from: address(1) })).status).toBe(200);
    await until(() => loggedAddresses(mark).includes(address(1)), 'the line with the address of the client');
    expect(loggedAddresses(mark)).not.toContain('127.0.0.1');
  });

  itHere(`a client cannot give itself another address${why}`, async () => {
    const mark = server.err().length;
    await ask({ from: address(2), headers: { 'x-forwarded-for': '203.0.113.9' } });
    await until(() => loggedAddresses(mark).includes(address(2)), 'the line with the address of the client');
    expect(loggedAddresses(mark)).not.toContain('203.0.113.9');
  });

  itHere(
    `one client's rate limit is reached with 429 and Retry-After, and another's is not touched${why}`,
    async () => {
      for (let count = 0; count < addressLimit; count += 1) {
        expect((await ask({ from: address(3) })).status).toBe(200);
      }
      const refusals = [await ask({ from: address(3) }), await ask({ from: address(3) })];
      const refused = refusals.find(({ status }) => status === 429);
      expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
      expect(refused?.text).toContain('DOOR_RATE_LIMITED: too many requests from this address');
      expect((await ask({ from: address(4) })).status).toBe(200);
    },
  );

  itHere(`the public name is taken, and a name that is not ours is refused${why}`, async () => {
    expect((await ask({ from: address(5) })).status).toBe(200);
    const refused = await ask({ from: address(5), host: 'rebound.example.net' });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('DOOR_HOST: the Host header does not name this server');
  });

  itHere(`progress arrives while the query runs, not with its end${why}`, async () => {
    const answer = await ask({ from: address(6), ...waitFor(4, { progressToken: 'p' }) });
    expect(answer.headers['content-type']).toBe('text/event-stream');
    const progress = answer.pieces.find(({ text }) => text.includes('notifications/progress'));
    const end = answer.pieces.find(({ text }) => text.includes('"result"'));
    expect((end?.atMs ?? 0) - (progress?.atMs ?? Number.POSITIVE_INFINITY)).toBeGreaterThan(500);
  });

  itHere(
    `a query that is silent for longer than the proxy's patience of ${idleSeconds} s is answered${why}`,
    async () => {
      const answer = await silentCalls.get(name);
      expect(answer?.status).toBe(200);
      expect(answer?.text).toContain('"row_count":1');
    },
    60_000,
  );
});
