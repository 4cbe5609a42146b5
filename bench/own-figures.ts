// Figures of our server alone: how fast it starts, what it holds in memory, what its list of tools weighs.
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchDatabase } from './bench-database.ts';
import { untilListening } from './contestants.ts';
import type { Plan } from './plan.ts';
import { freePort, type RunningProcess, startProcess, stopProcess, usageOf } from './process.ts';
import { ourProgram, ours, toolListRequest } from './subjects/ours.ts';

/** Medians over the plan's starts, in milliseconds; memory in bytes. */
export type OwnFigures = {
  readonly listeningMs: number;
  readonly stdioFirstAnswerMs: number;
  readonly stdioQueryMs: number;
  readonly toolListBytes: number;
  readonly idleRssBytes: number;
  readonly queriedRssBytes: number;
  readonly gigabyteRssBytes: number | undefined;
};

/** The limits that a server has where its operator sets none. */
const defaults = { MCP_MAX_RESULT_BYTES: '1MB' };
const gigabyteText = "select repeat('x', 1000) from generate_series(1, 1000000)";

export async function measureOwn(plan: Plan, database: BenchDatabase): Promise<OwnFigures | undefined> {
  if (plan.starts === 0) return undefined;
  const listening: number[] = [];
  const stdio: { firstMs: number; queryMs: number }[] = [];
  for (let start = 0; start < plan.starts; start++) {
    listening.push(await timeListening(plan));
    stdio.push(await timeStdio(plan, database));
  }
  return {
    listeningMs: median(listening),
    stdioFirstAnswerMs: median(stdio.map(({ firstMs }) => firstMs)),
    stdioQueryMs: median(stdio.map(({ queryMs }) => queryMs)),
    ...(await measureMemory(plan, database)),
  };
}

/** From the start of the process to a port that takes connections, with nobody at the database's address. */
async function timeListening({ fromSource }: Plan): Promise<number> {
  const [port, nowhere] = [await freePort(), await freePort()];
  const databaseUrl = `postgres://nobody:nothing@127.0.0.1:${nowhere}/none`;
  const startedMs = performance.now();
  const running = startProcess(ourProgram('serve', { fromSource, databaseUrl, port }));
  try {
    await untilListening(running, port);
    return performance.now() - startedMs;
  } finally {
    await stopProcess(running);
  }
}

async function timeStdio(
  { fromSource }: Plan,
  database: BenchDatabase,
): Promise<{ firstMs: number; queryMs: number }> {
  const startedMs = performance.now();
  const program = ourProgram('stdio', { fromSource, databaseUrl: database.connectionString, port: 0 });
  const running = startProcess({ ...program, keepStreams: true });
  try {
    const clientInfo = { name: 'bench', version: '1.0.0' };
    const first = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    await exchange(running, { id: 1, method: 'initialize', params: first });
    const firstMs = performance.now() - startedMs;
    say(running, { method: 'notifications/initialized' });
    const call = { name: 'query', arguments: { sql: 'select 1' } };
    await exchange(running, { id: 2, method: 'tools/call', params: call });
    return { firstMs, queryMs: performance.now() - startedMs };
  } finally {
    await stopProcess(running);
  }
}

function say({ child }: RunningProcess, message: object): void {
  child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

/** Sends a request and waits for the line that answers it. */
function exchange(
  running: RunningProcess,
  message: { id: number; method: string; params: object },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { stdout } = running.child;
  let text = '';
  const onData = (chunk: Buffer) => {
    text += chunk.toString();
    if (!text.endsWith('\n')) return;
    stdout?.removeListener('data', onData);
    if (text.includes('"isError":true')) reject(new Error(text));
    else resolve();
  };
  stdout?.on('data', onData);
  running.child.once('exit', () => reject(new Error(`stdio ended:\n${running.output()}`)));
  say(running, message);
  return promise;
}

async function measureMemory({ fromSource, gigabyte }: Plan, database: BenchDatabase) {
  const port = await freePort();
  const start = { fromSource, databaseUrl: database.connectionString, port };
  const running = startProcess(ourProgram('serve', start, defaults));
  const rss = async () => {
    await pause(1_000);
    return usageOf(running.pid).rssBytes;
  };
  try {
    await untilListening(running, port);
    const idleRssBytes = await rss();
    const { path, init } = toolListRequest();
    const list = await (await fetch(`http://127.0.0.1:${port}${path}`, init)).text();
    await call(port, 'select 1');
    const queriedRssBytes = await rss();
    if (gigabyte) await call(port, gigabyteText);
    return {
      toolListBytes: Buffer.byteLength(JSON.stringify((JSON.parse(list) as ToolList).result.tools)),
      idleRssBytes,
      queriedRssBytes,
      gigabyteRssBytes: gigabyte ? await rss() : undefined,
    };
  } finally {
    await stopProcess(running);
  }
}

type ToolList = { result: { tools: unknown[] } };

async function call(port: number, sql: string): Promise<void> {
  const { path, headers, body } = ours.request({ sql, literal: sql, rows: 10_000 }, 1);
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
  ours.readAnswer(await response.text());
}

/** The middle one; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
