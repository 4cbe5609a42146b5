// What sign-in costs: the check of an access token beside that of a static token in one server, and a refresh on the file
// tree. Run it by `node bench/oauth.ts`; it ends everything it started.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  newClient,
  newPkce,
  redeem,
  refresh,
  type TestClient,
  tokensOf,
} from '../test/support/oauth-client.ts';
import { signInWithKey } from '../test/support/oauth-walk.ts';
import { startBenchDatabase } from './bench-database.ts';
import { type Callers, startCallers } from './callers.ts';
import { freePort, type RunningProcess, startProcess, stopProcess, usageOf } from './process.ts';
import { ourProgram, ours } from './subjects/ours.ts';

const key = 'bench-analyst-token-0123456789abcdef';
const rounds = Number(process.env['ROUNDS'] ?? 10);
const slotMs = 1_500;
const refreshes = 300;
/** V8 goes on compiling for hundreds of refreshes; a server that runs for days has that behind it. */
const warmUpRefreshes = 200;

type Session = { readonly client: TestClient; readonly access: string; refresh: string };
type Slot = { readonly cpuUs: number; readonly latencyMs: number };

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pg-analytics-mcp-bench-'));
  const database = await startBenchDatabase(1_000);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = startProcess(
    ourProgram(
      'serve',
      { fromSource: true, databaseUrl: database.connectionString, port },
      {
        MCP_PUBLIC_URL: url,
        MCP_SIGN_IN: 'key',
        MCP_STATE_URL: `filetree:${join(folder, 'state')}`,
        LOG_LEVEL: 'info',
      },
    ),
  );
  const callers = startCallers();
  try {
    await listening(url, server);
    const session = await signIn(url);
    await compare(port, server, callers, session);
    await timeRefreshes(url, session);
  } finally {
    await callers.stop();
    await stopProcess(server);
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function listening(url: string, server: RunningProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the server does not listen: ${server.output()}`);
}

async function signIn(url: string): Promise<Session> {
  const client = await newClient({ url });
  const { verifier, challenge } = newPkce();
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: `${url}/mcp`,
  });
  const callback = await signInWithKey(`${url}/oauth/authorize?${query}`, key);
  const code = callback.searchParams.get('code') ?? '';
  const tokens = tokensOf(await redeem({ url, resource: `${url}/mcp` }, client, code, verifier));
  return { client, ...tokens };
}

/** Slots with either token in turn, so that a machine that is busy meanwhile is busy for both. */
async function compare(
  port: number,
  server: RunningProcess,
  callers: Callers,
  session: Session,
): Promise<void> {
  const slots: Record<'static' | 'oauth', Slot[]> = { static: [], oauth: [] };
  await slot(port, server, callers, key);
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['static', 'oauth'] as const) : (['oauth', 'static'] as const);
    for (const kind of order)
      slots[kind].push(await slot(port, server, callers, kind === 'oauth' ? session.access : key));
  }
  const ratios = slots.static.map(({ cpuUs }, index) => slots.oauth[index]!.cpuUs / cpuUs);
  for (const kind of ['static', 'oauth'] as const)
    print(
      `select 1, ${kind} token: ${median(slots[kind].map(({ cpuUs }) => cpuUs)).toFixed(0)} µs of server CPU a call, ` +
        `median ${median(slots[kind].map(({ latencyMs }) => latencyMs)).toFixed(2)} ms`,
    );
  print(
    `an access token costs ${((median(ratios) - 1) * 100).toFixed(1)} % more than a static one (median of ${rounds} rounds)`,
  );
}

async function slot(port: number, server: RunningProcess, callers: Callers, token: string): Promise<Slot> {
  const before = usageOf(server.pid).cpuMs;
  const outcome = await callers.run({
    port,
    callers: 8,
    durationMs: slotMs,
    requests: [requestText(port, token)],
    slowRequests: [],
    slowEvery: 0,
    leastBytes: 50,
  });
  if (outcome.failures > 0) throw new Error(`${outcome.failures} calls failed: ${outcome.firstFailure}`);
  const cpuUs = ((usageOf(server.pid).cpuMs - before) * 1000) / outcome.calls;
  return { cpuUs, latencyMs: outcome.latencies[Math.floor(outcome.latencies.length / 2)] ?? 0 };
}

function requestText(port: number, token: string): string {
  const { path, headers, body } = ours.request({ sql: 'select 1', literal: 'select 1', rows: 1 }, 1);
  const all = { ...headers, host: `127.0.0.1:${port}`, authorization: `Bearer ${token}` };
  const head = Object.entries({ ...all, 'content-length': String(Buffer.byteLength(body)) });
  return `POST ${path} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

/** One after the other, as a client does. */
async function timeRefreshes(url: string, session: Session): Promise<void> {
  const times: number[] = [];
  let late = 0;
  while (times.length < warmUpRefreshes + refreshes && late < refreshes) {
    const startedMs = performance.now();
    const answer = await refresh({ url }, session.client, session.refresh);
    // A disk that is busy with others for more than 150 ms is answered 503, and the client comes again.
    if (answer.status === 503) late += 1;
    else {
      times.push(performance.now() - startedMs);
      session.refresh = tokensOf(answer).refresh;
    }
  }
  const sorted = times.slice(warmUpRefreshes).sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  print(
    `a refresh on the file tree: median ${at(0.5)} ms, 95 % below ${at(0.95)} ms (${sorted.length} in a row after ${warmUpRefreshes}, ${late} told to come again)`,
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
