// Keeps a server running until it is asked to stop, and reports what an operator should know at its start.
import { CodedError } from '../base/errors.ts';
import type { LoadedConfiguration } from '../config/load-configuration.ts';
import type { Observer } from '../observe/observer.ts';
import { exitCodes, type World } from './command.ts';
import { spendMemory } from './memory-at-start.ts';

/** A server that runs. */
export type Running = {
  /** Drains and closes; the signal is for the log. */
  readonly stop: (signal: string) => Promise<void>;
  /** Cancels what a drain still waits for. */
  readonly hurry?: (() => Promise<void>) | undefined;
  /** Resolves where the server ends by itself, as stdio does when its client goes away. */
  readonly closed?: Promise<void> | undefined;
};

/** What `start` gives; a failure that has no code of its own becomes START_FAILED, whose message says what it was. */
export async function starting<Started>(start: () => Promise<Started>): Promise<Started> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
    throw new CodedError('START_FAILED', `the server cannot start: ${message.split('\n', 1)[0]}`, {
      cause: error,
      logDetail: stack,
    });
  }
}

/** The observer that the configuration asks for, told of every warning. */
export async function openObserver({ configuration, warnings }: LoadedConfiguration): Promise<Observer> {
  const { createObserver } = await import('../observe/observer.ts');
  const observer = createObserver({ level: configuration.log.level, logSql: configuration.log.sql });
  for (const message of warnings) observer.emit({ kind: 'warning', message });
  return observer;
}

/** Longest time for cancelling in Postgres what runs there once a second signal came. */
const hurryMs = 2_000;

/**
 * Waits for SIGTERM, SIGINT or the server's own end, then drains. A second signal cancels what is under way, a third ends
 * the process at once.
 */
export async function runUntilStopped(running: Running, world: World): Promise<number> {
  const { promise: asked, resolve: ask } = Promise.withResolvers<string>();
  let signals = 0;
  spendMemory();
  world.onSignal(['SIGTERM', 'SIGINT'], (signal) => {
    signals += 1;
    ask(signal);
    if (signals === 1) return;
    if (signals > 2 || running.hurry === undefined) process.exit(exitCodes.failure);
    setTimeout(() => process.exit(exitCodes.failure), hurryMs).unref();
    void running.hurry();
  });
  const signal = await Promise.race([
    asked,
    ...(running.closed === undefined ? [] : [running.closed.then(() => 'end of input')]),
  ]);
  await running.stop(signal);
  return signals > 1 ? exitCodes.failure : exitCodes.ok;
}
