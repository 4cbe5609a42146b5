// Notices when the package runner that started this process (npx, npm, pnpm and their shells) is killed: its children
// live on then, and nobody would end them. It never looks beyond runners: a shell that started one may go away.
import { readFileSync } from 'node:fs';

/** What is told of a process: its parent and its command line; undefined where it is gone. */
export type ReadProcess = (pid: number) => { readonly parent: number; readonly command: string } | undefined;

const runnerWords = /(^|[\s/'"])(npm|npx|pnpm|yarn|bun)([\s@.'"]|$)|node_modules\/\.bin\/|cli\/main\.[jt]s/;
const lookEveryMs = 500;

/**
 * Calls `end` once when a runner above this process has died. Gives a function that stops looking. Does nothing where
 * the system has no /proc, and where no runner started this process.
 */
export function watchRunners(end: () => void, readProcess: ReadProcess = readFromProc): () => void {
  const chain = runnersAbove(process.pid, readProcess);
  if (chain.length < 2) return () => undefined;
  const timer = setInterval(() => {
    if (isWhole(chain, readProcess)) return;
    clearInterval(timer);
    end();
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** This process, then each runner above it, nearest first. */
export function runnersAbove(pid: number, readProcess: ReadProcess): readonly number[] {
  const chain = [pid];
  for (let parent = readProcess(pid)?.parent; parent !== undefined && parent > 1; ) {
    const found = readProcess(parent);
    if (found === undefined || !runnerWords.test(found.command)) break;
    chain.push(parent);
    parent = found.parent;
  }
  return chain;
}

/** True while each process of the chain is still the child of the next: a child of a dead process gets another parent. */
export function isWhole(chain: readonly number[], readProcess: ReadProcess): boolean {
  return chain.slice(1).every((runner, index) => readProcess(chain[index] ?? 0)?.parent === runner);
}

function readFromProc(pid: number): ReturnType<ReadProcess> {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    // proc(5): the name stands in brackets and may hold anything; state and parent follow it.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return { parent, command };
  } catch {
    return undefined;
  }
}
