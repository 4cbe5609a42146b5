// The bench as an operator runs it, in its smallest form: it must go on working, whatever its figures.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));
const smallest = ['--tiny', '--from-source', '--no-extras', '--subjects', 'bare,ours'];

function startBench(more: readonly string[]) {
  const child = spawn(process.execPath, [entry, ...smallest, ...more]);
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.err += chunk.toString();
  });
  return { child, output, exited: new Promise<number | null>((resolve) => child.once('exit', resolve)) };
}

/** Every process below this one, from the table of processes (proc(5)). */
function descendants({ pid }: ChildProcess): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const);
  const below = (parent: number): number[] =>
    parents.filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return pid === undefined ? [] : below(pid);
}

function parentOf(pid: string): number {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

describe('the bench', () => {
  it('measures our server beside the bare endpoint and reports ratios', async () => {
    const { output, exited } = startBench(['--workloads', 'W1,W2,W4', '--slot', '100']);
    expect(await exited, output.err).toBe(0);
    expect(output.out).toMatch(/^\| {2}\| bare Fastify \+ pg \| pg-analytics-mcp \|$/m);
    for (const workload of ['W1', 'W2', 'W4'])
      expect(output.out).toMatch(new RegExp(`^\\| ${workload} \\| 1\\.00 \\| \\d+\\.\\d\\d \\|$`, 'm'));
    expect(output.out).not.toMatch(/NaN|undefined|127\.0\.0\.1/);
  }, 120_000);

  it.skipIf(process.platform !== 'linux')(
    'leaves no process behind where it is interrupted (reads /proc: Linux only)',
    async () => {
      const { child, output, exited } = startBench(['--workloads', 'W1', '--slot', '30000']);
      await expect.poll(() => output.err, { timeout: 60_000 }).toContain('round 1');
      const started = descendants(child);
      expect(started.length).toBeGreaterThan(4);
      child.kill('SIGINT');
      expect(await exited).toBe(130);
      await expect.poll(() => started.filter((pid) => parentOf(String(pid)) > 0)).toEqual([]);
    },
    120_000,
  );
});
