// The callers: a process of its own that asks as fast as it is answered, over one kept-alive connection for each caller.
// It parses no answer; it looks at the status, the length and the first bytes.
import { connect, type Socket } from 'node:net';
import { type Answer, ResponseReader } from './response-reader.ts';

/** One slot of load, sent by the bench. Requests are whole HTTP messages. */
export type LoadOrder = {
  readonly port: number;
  readonly callers: number;
  readonly durationMs: number;
  readonly requests: readonly string[];
  readonly slowRequests: readonly string[];
  /** Every so manieth call of a caller is a slow one; 0: never. */
  readonly slowEvery: number;
  /** A shorter body is taken for a failure. */
  readonly leastBytes: number;
};

/** What came of it. Latencies in milliseconds, sorted; those of slow calls apart. */
export type LoadOutcome = {
  readonly calls: number;
  readonly elapsedMs: number;
  readonly latencies: readonly number[];
  readonly slowLatencies: readonly number[];
  readonly bytes: number;
  readonly failures: number;
  readonly firstFailure: string;
};

/** Calls under way at the end of a slot are waited for; a server that hangs ends the slot after this. */
const patienceMs = 60_000;

type Tally = { latencies: number[]; slow: number[]; bytes: number; failures: number; firstFailure: string };

async function runSlot(order: LoadOrder): Promise<LoadOutcome> {
  const tally: Tally = { latencies: [], slow: [], bytes: 0, failures: 0, firstFailure: '' };
  const messages = order.requests.map((text) => Buffer.from(text));
  const slowMessages = order.slowRequests.map((text) => Buffer.from(text));
  const sockets = await Promise.all(Array.from({ length: order.callers }, () => openSocket(order.port)));
  const startedMs = performance.now();
  const endMs = startedMs + order.durationMs;
  await Promise.all(
    sockets.map((socket, caller) =>
      keepAsking(socket, caller, { order, messages, slowMessages, endMs, tally }),
    ),
  );
  const elapsedMs = performance.now() - startedMs;
  for (const socket of sockets) socket.destroy();
  const sorted = (values: number[]) => values.sort((a, b) => a - b);
  return {
    calls: tally.latencies.length + tally.slow.length,
    elapsedMs,
    latencies: sorted(tally.latencies),
    slowLatencies: sorted(tally.slow),
    bytes: tally.bytes,
    failures: tally.failures,
    firstFailure: tally.firstFailure,
  };
}

type Slot = {
  order: LoadOrder;
  messages: readonly Buffer[];
  slowMessages: readonly Buffer[];
  endMs: number;
  tally: Tally;
};

function keepAsking(socket: Socket, caller: number, slot: Slot): Promise<void> {
  const { order, messages, slowMessages, endMs, tally } = slot;
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  let isSlow = false;
  let sentMs = 0;
  const fail = (text: string) => {
    tally.failures++;
    tally.firstFailure ||= text;
  };
  const ask = () => {
    isSlow = order.slowEvery > 0 && (count + caller * 7) % order.slowEvery === order.slowEvery - 1;
    const among = isSlow ? slowMessages : messages;
    const message = among[(caller + count * order.callers) % among.length];
    count++;
    sentMs = performance.now();
    if (message !== undefined) socket.write(message);
  };
  const take = (answer: Answer) => {
    const nowMs = performance.now();
    (isSlow ? tally.slow : tally.latencies).push(nowMs - sentMs);
    tally.bytes += answer.bytes;
    if (answer.status !== 200 || (!isSlow && answer.bytes < order.leastBytes))
      fail(`${answer.status} ${answer.start.toString('utf8', 0, 300)}`);
    if (nowMs < endMs) ask();
    else resolve();
  };
  const reader = new ResponseReader(take);
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  socket.once('close', () => {
    fail('the connection was closed');
    resolve();
  });
  const timer = setTimeout(() => socket.destroy(), order.durationMs + patienceMs);
  ask();
  return promise.finally(() => clearTimeout(timer));
}

function openSocket(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('close', () => reject(new Error('no connection')));
  });
}

process.on('message', (order: LoadOrder) => {
  runSlot(order).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => {
      process.send?.({ failure: String(error) });
    },
  );
});
process.once('disconnect', () => process.exit(0));
