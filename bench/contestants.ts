// The subjects of a run as running processes, each asked once whether it gives the rows that were asked for.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchDatabase } from './bench-database.ts';
import type { Plan } from './plan.ts';
import { freePort, type RunningProcess, startProcess, stopProcess, usageOf } from './process.ts';
import { subjects } from './subjects/index.ts';
import type { CallRequest, Subject } from './subjects/subject.ts';
import type { Question, Workload, WorkloadName } from './workloads.ts';

/** A subject that listens, and what its answers weigh. */
export type Contestant = {
  readonly subject: Subject;
  readonly port: number;
  readonly pid: number;
  readonly idleRssBytes: number;
  /** What it wrote last, for the report of a failure. */
  readonly output: () => string;
  readonly answers: Readonly<Partial<Record<WorkloadName, AnswerWeight>>>;
};

export type AnswerWeight = { readonly bodyBytes: number; readonly textBytes: number };

type Field = { readonly contestants: readonly Contestant[]; readonly stop: () => Promise<void> };
type Started = { readonly running: RunningProcess; readonly port: number; readonly idleRssBytes: number };

const startPatienceMs = 30_000;
const settleMs = 1_000;

/** Starts the subjects of the plan. Throws, with nothing left running, where one of them answers wrongly. */
export async function startContestants(
  plan: Plan,
  database: BenchDatabase,
  workloads: readonly Workload[],
  directory: string,
): Promise<Field> {
  const started = new Map<string, Started>();
  const stop = async () => {
    await Promise.all([...started.values()].map(({ running }) => stopProcess(running)));
  };
  try {
    const contestants: Contestant[] = [];
    for (const name of plan.subjects) {
      const subject = subjects[name];
      let server = started.get(subject.processKey);
      if (server === undefined) {
        const port = await freePort();
        const world = { database, port, directory, fromSource: plan.fromSource };
        const running = startProcess(subject.program(world));
        started.set(subject.processKey, { running, port, idleRssBytes: 0 });
        await untilListening(running, port);
        await pause(settleMs);
        server = { running, port, idleRssBytes: usageOf(running.pid).rssBytes };
        started.set(subject.processKey, server);
      }
      contestants.push(await toContestant(subject, server, workloads));
    }
    return { contestants, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function toContestant(
  subject: Subject,
  { running, port, idleRssBytes }: Started,
  workloads: readonly Workload[],
): Promise<Contestant> {
  const answers: Partial<Record<WorkloadName, AnswerWeight>> = {};
  for (const { name, questions } of workloads) {
    const question = questions[0]!;
    const body = await callOnce(port, subject.request(question, 1), running);
    const { rowCount, textBytes } = subject.readAnswer(body);
    if (question.rows > 0 && rowCount !== question.rows)
      throw new Error(`${subject.title} gave ${rowCount} rows for ${question.rows} of ${name}`);
    if (question.rows > 1) checkLastRow(subject, name, question, body);
    answers[name] = { bodyBytes: Buffer.byteLength(body), textBytes };
  }
  return { subject, port, pid: running.pid, idleRssBytes, output: running.output, answers };
}

/** The last row's odometer is beyond 2^53: a server that rounds numbers is found here. */
function checkLastRow(subject: Subject, name: WorkloadName, question: Question, body: string): void {
  const odometer = String(9_007_199_254_740_993n + BigInt(question.rows) * 37n);
  if (!body.includes(odometer)) throw new Error(`${subject.title} gave wrong rows for ${name}`);
}

async function callOnce(port: number, request: CallRequest, running: RunningProcess): Promise<string> {
  const { path, headers, body } = request;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`status ${response.status}: ${text.slice(0, 500)}\n${running.output()}`);
  return text;
}

/** Waits until the port takes connections. */
export async function untilListening(running: RunningProcess, port: number): Promise<void> {
  const endMs = performance.now() + startPatienceMs;
  while (!(await takesConnection(port))) {
    if (running.child.exitCode !== null || performance.now() > endMs)
      throw new Error(`a server did not start:\n${running.output()}`);
    await pause(2);
  }
}

function takesConnection(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
