// Starts and stops one Postgres server process over a data directory; it never goes through a shell.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../base/errors.ts';
import { serverEnvironment } from './binaries.ts';
import { initdbArguments, writePasswordFile } from './data-directory.ts';
import type { Account } from './server-account.ts';

/** How Postgres is told to end: wait for clients, end their sessions, or stop at once (manual, pg_ctl). */
export type StopMode = 'smart' | 'fast' | 'immediate';

/** All that a server process needs to know. */
export type ServerPlan = {
  readonly binaries: string;
  readonly account?: Account | undefined;
  /** Folder in which the run directory is made. */
  readonly base: string;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
};

/** A child that runs in a process group of its own, so that Ctrl-C at the terminal does not reach it. */
export type Running = { readonly child: ChildProcess; readonly exited: Promise<void> };

const signals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
const startDeadlineMs = 60_000;
const stopDeadlineMs = 10_000;

/** initdb as a running child; its output goes to the run directory's log. */
export function startInitdb(plan: ServerPlan, directory: string): Running {
  const secretFile = writePasswordFile(directory, plan.password, plan.account);
  return startProgram(plan, directory, 'initdb', initdbArguments(join(directory, 'data'), secretFile));
}

/** The server as a running child, listening on one loopback port and nowhere else. */
export function startPostmaster(plan: ServerPlan, directory: string, port: number): Running {
  const settings = {
    ...plan.settings,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return startProgram(plan, directory, 'postgres', ['-D', join(directory, 'data'), ...options]);
}

/** Waits until the server takes connections: line 8 of postmaster.pid says so. Throws DEMO_POSTGRES. */
export async function waitUntilReady(running: Running, directory: string): Promise<void> {
  const deadline = performance.now() + startDeadlineMs;
  while (performance.now() < deadline) {
    if (hasEnded(running.child)) throw startFailure(directory);
    if (isReady(join(directory, 'data'), running.child.pid)) return;
    await sleep(10);
  }
  throw startFailure(directory);
}

/** Ends a child and waits until it is gone; by force where the mode does not end it in ten seconds. */
export async function stopProcess(running: Running, mode: StopMode): Promise<void> {
  if (hasEnded(running.child)) return;
  running.child.kill(signals[mode]);
  const force = setTimeout(() => running.child.kill('SIGKILL'), stopDeadlineMs);
  await running.exited;
  clearTimeout(force);
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const probe = createServer().once('error', reject);
  probe.listen(0, '127.0.0.1', () => {
    const address = probe.address();
    probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  return promise;
}

/** The error for a server or initdb that ended by itself, with the end of its log for the operator. */
export function startFailure(directory: string): CodedError {
  const log = endOfLog(directory);
  const message = /address already in use/i.test(log)
    ? 'the port is taken'
    : 'the server ended while starting';
  return new CodedError('DEMO_POSTGRES', message, { logDetail: log });
}

/** The last lines that Postgres and initdb wrote. */
function endOfLog(directory: string): string {
  try {
    return readFileSync(join(directory, 'log'), 'utf8').slice(-4000);
  } catch {
    return '';
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function startProgram(plan: ServerPlan, directory: string, program: string, args: string[]): Running {
  const log = openSync(join(directory, 'log'), 'a', 0o600);
  const child = spawn(join(plan.binaries, program), args, {
    ...plan.account,
    cwd: directory,
    env: serverEnvironment,
    stdio: ['ignore', log, log],
    detached: true,
    windowsHide: true,
  });
  closeSync(log);
  const { promise: exited, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.once('error', () => resolve());
  return { child, exited };
}

function isReady(dataDirectory: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && /^(ready|standby)/.test(lines[7] ?? '');
  } catch {
    return false;
  }
}
