// Runs the slots: for each number of callers and each round, every workload, and within it one subject after the other,
// so that whatever else the machine does falls on all of them alike.
import type { Callers } from './callers.ts';
import type { Contestant } from './contestants.ts';
import type { LoadOutcome } from './load.ts';
import { judgedCallers, type Plan } from './plan.ts';
import { usageOf } from './process.ts';
import type { CallRequest, SubjectName } from './subjects/subject.ts';
import type { Workload, WorkloadName } from './workloads.ts';

/** What one slot measured. Times in milliseconds; `cpuMs` is processor time of the server for each call. */
export type Slot = {
  readonly subject: SubjectName;
  readonly workload: WorkloadName;
  readonly callers: number;
  readonly round: number;
  readonly callsPerSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly cpuMs: number;
  readonly failures: number;
};

type Means = { readonly callers: Callers; readonly say: (line: string) => void };
type Measured = { readonly contestant: Contestant; readonly workload: Workload };

/** V8 goes on compiling for thousands of calls; a server that runs for days has that behind it. */
const warmUpMs = 1_000;

/** Runs the plan; `say` is told what is under way. A peer that fails is told; where the bare endpoint or our server fails, it throws. */
export async function runRounds(
  plan: Plan,
  contestants: readonly Contestant[],
  workloads: readonly Workload[],
  callers: Callers,
  say: (line: string) => void,
): Promise<readonly Slot[]> {
  const pairs = workloads.flatMap((workload) => contestants.map((contestant) => ({ contestant, workload })));
  const orders = new Map(pairs.map((pair) => [pair, requestsOf(pair)]));
  const run = (pair: Measured, count: number, durationMs: number) =>
    runSlot(pair, orders.get(pair) ?? [[], []], count, durationMs, { callers, say });
  for (const pair of pairs) await run(pair, judgedCallers, Math.min(warmUpMs, plan.slotMs));
  const slots: Slot[] = [];
  for (const count of plan.callers) {
    const rounds = count === judgedCallers ? plan.rounds.judged : plan.rounds.others;
    for (let round = 0; round < rounds; round++) {
      say(`${count} callers, round ${round + 1} of ${rounds}`);
      for (const pair of rotated(pairs, contestants.length, round))
        slots.push({ ...(await run(pair, count, plan.slotMs)), callers: count, round });
    }
  }
  return slots;
}

/** Each round begins with another subject, since what ran before leaves its traces in caches and clocks. */
function rotated(pairs: readonly Measured[], groupSize: number, by: number): readonly Measured[] {
  return pairs.map((_, index) => {
    const start = index - (index % groupSize);
    return pairs[start + ((index - start + by) % groupSize)]!;
  });
}

async function runSlot(
  { contestant, workload }: Measured,
  [requests, slowRequests]: Requests,
  count: number,
  slotMs: number,
  { callers, say }: Means,
): Promise<Omit<Slot, 'callers' | 'round'>> {
  const { subject, port, pid, answers } = contestant;
  const leastBytes = (answers[workload.name]?.bodyBytes ?? 0) / 2;
  const { slowEvery, slotFactor } = workload;
  const durationMs = slotMs * slotFactor;
  const before = usageOf(pid).cpuMs;
  const order = { port, callers: count, durationMs, requests, slowRequests, slowEvery, leastBytes };
  const outcome = await callers.run(order).catch((error: unknown) => failedOutcome(String(error)));
  if (outcome.failures > 0) {
    const failure = `${subject.title} failed in ${workload.name} with ${count} callers: ${outcome.firstFailure}`;
    if (!subject.mayFail) throw new Error(`${failure}\n${contestant.output()}`);
    say(failure);
  }
  const cpuMs = (usageOf(pid).cpuMs - before) / outcome.calls;
  return { subject: subject.name, workload: workload.name, cpuMs, ...summary(outcome) };
}

function failedOutcome(firstFailure: string): LoadOutcome {
  const none = { calls: 0, elapsedMs: 0, latencies: [], slowLatencies: [], bytes: 0 };
  return { ...none, failures: 1, firstFailure };
}

function summary({ latencies, calls, elapsedMs, failures }: LoadOutcome) {
  return {
    callsPerSecond: (calls * 1_000) / elapsedMs,
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    p99: percentile(latencies, 0.99),
    failures,
  };
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

type Requests = readonly [readonly string[], readonly string[]];

function requestsOf({ contestant: { subject, port }, workload }: Measured): Requests {
  const { questions, slow } = workload;
  return [
    questions.map((question, index) => httpMessage(port, subject.request(question, index + 1))),
    slow.map((question, index) => httpMessage(port, subject.request(question, questions.length + index + 1))),
  ];
}

function httpMessage(port: number, { path, headers, body }: CallRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${lines.join('')}content-length: ${length}\r\n\r\n${body}`;
}
