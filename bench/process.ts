// Starts and ends the processes of a run and reads what they use (Linux: /proc); none of them outlives the bench.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** A program to start; it gets no environment but this, PATH and HOME. */
export type Program = {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

export type RunningProcess = {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The last part of what it wrote to stdout and stderr. */
  readonly output: () => string;
};

type Start = Program & {
  readonly inheritEnvironment?: boolean /** The caller writes stdin and reads stdout itself. */;
  readonly keepStreams?: boolean;
};

const keptOutput = 8_192;
const stopMs = 5_000;

/** Starts a program in our process group, so that Ctrl-C reaches it as well. */
export function startProcess(program: Start): RunningProcess {
  const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...program.environment };
  const child = spawn(program.command, [...program.arguments], {
    env: program.inheritEnvironment ? { ...process.env, ...environment } : environment,
    stdio: [program.keepStreams ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-keptOutput);
  };
  child.stderr?.on('data', keep);
  if (!program.keepStreams) child.stdout?.on('data', keep);
  child.on('error', (error) => keep(Buffer.from(error.message)));
  return { pid: child.pid ?? 0, child, output: () => output };
}

/** The exit code, once it has ended. */
export function finished({ child }: RunningProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

/** Asks it to end; kills it where it does not. */
export async function stopProcess(running: RunningProcess): Promise<void> {
  running.child.kill('SIGTERM');
  const timer = setTimeout(() => running.child.kill('SIGKILL'), stopMs);
  await finished(running);
  clearTimeout(timer);
}

/** A port of the loopback address that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Processor time (ms) and resident memory (bytes) of a process and its descendants; zeros where there is no /proc. */
export function usageOf(root: number): { readonly cpuMs: number; readonly rssBytes: number } {
  const processes = readProcesses();
  const tree = new Set([root]);
  for (let size = 0; size < tree.size; ) {
    size = tree.size;
    for (const { pid, parent } of processes) if (tree.has(parent)) tree.add(pid);
  }
  const members = processes.filter(({ pid }) => tree.has(pid));
  return {
    cpuMs: members.reduce((sum, { ticks }) => sum + ticks, 0) * msPerTick,
    rssBytes: members.reduce((sum, { rssPages }) => sum + rssPages, 0) * pageBytes,
  };
}

/** USER_HZ is 100 on every Linux that Node runs on (proc(5), stat). */
const msPerTick = 10;
const pageBytes = 4_096;

type ProcessFacts = { pid: number; parent: number; ticks: number; rssPages: number };

function readProcesses(): readonly ProcessFacts[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)));
}

/** Fields are counted from behind the command's name, which may hold spaces and brackets (proc(5)). */
function readStat(pid: number): readonly ProcessFacts[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return [{ pid, parent: fields[1]!, ticks: fields[11]! + fields[12]!, rssPages: fields[21]! }];
  } catch {
    // Ended between the listing and the reading.
    return [];
  }
}
