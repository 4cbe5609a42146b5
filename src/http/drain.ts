// How the door empties: calls end or are aborted, answers go out, connections close; it turns nobody away.
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Protocol } from '../mcp/protocol.ts';
import { shuttingDown } from './refusal.ts';

/** What an aborted call may take to say so. */
const abortGraceMs = 1_000;
/** How often a draining server looks whether its last answers have gone out. */
const sentCheckMs = 20;

/** The connections of a server that are open at any time. */
export function openSockets(app: FastifyInstance): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** Lets calls end and answers go out until the deadline; gives the number of calls that had to be aborted. */
export async function letFinish(
  app: FastifyInstance,
  sockets: ReadonlySet<Socket>,
  protocol: Protocol,
  deadlineMs: number,
): Promise<number> {
  const endMs = performance.now() + deadlineMs;
  const left = await settle(protocol, deadlineMs);
  await within(answersSent(sockets), Math.max(abortGraceMs, endMs - performance.now()));
  await within(closeGently(app), abortGraceMs);
  return left;
}

/** Waits for the calls under way until the deadline, then aborts the rest and gives their number. */
async function settle({ inFlight }: Protocol, deadlineMs: number): Promise<number> {
  await within(inFlight.idle(), deadlineMs);
  const left = inFlight.count();
  if (left === 0) return 0;
  inFlight.abortAll(shuttingDown());
  await within(inFlight.idle(), abortGraceMs);
  return left;
}

/**
 * Waits until what was answered has gone out. Node itself takes an answer for sent once it was written, and closes its
 * connection with the idle ones (http.Server, closeIdleConnections).
 */
async function answersSent(sockets: ReadonlySet<Socket>): Promise<void> {
  while (Array.from(sockets).some(({ writableLength }) => writableLength > 0)) await sleep(sentCheckMs);
}

async function closeGently(app: FastifyInstance): Promise<void> {
  app.server.closeIdleConnections();
  await new Promise<void>((resolve) => app.server.close(() => resolve()));
}

async function within(work: Promise<unknown>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([work, deadline]);
  clearTimeout(timer);
}
