// Runs the command line as a process of its own, as an operator does; it ends what it starts.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './source-tree.ts';

/** How a run ended. */
export type ProgramEnd = { readonly code: number | null; readonly out: string; readonly err: string };

/** A program that still runs. */
export type RunningProgram = {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<ProgramEnd>;
};

const mainFile = join(projectRoot, 'src/cli/main.ts');

/** Starts `pg-analytics-mcp` with these words and nothing of the test's own environment but what a process needs. */
export function startProgram(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningProgram {
  const child = spawn(process.execPath, [mainFile, ...words], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.err += text;
  });
  const ended = new Promise<ProgramEnd>((resolve) =>
    child.once('close', (code) => resolve({ code, ...texts })),
  );
  return { child, out: () => texts.out, err: () => texts.err, ended };
}

/** Runs to the end. */
export function runProgram(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramEnd> {
  const program = startProgram(words, env);
  program.child.stdin?.end();
  return program.ended;
}
