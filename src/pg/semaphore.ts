// Lets a bounded number of tasks run and a bounded number wait, each wait with a deadline; it knows no Postgres.
import pLimit from 'p-limit';
import { CodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';

export type SemaphoreOptions = {
  /** Tasks that may run at once. */
  readonly max: number;
  /** Tasks that may wait; one more is refused with QUEUE_FULL. */
  readonly queueMax: number;
  /** Longest wait; then QUEUE_TIMEOUT. */
  readonly queueTimeoutMs: number;
  readonly emit: Emit;
};

export type Semaphore = {
  /** Runs the task when its turn comes and tells it how long it waited; CANCELLED where `signal` aborts before that. */
  run<Result>(signal: AbortSignal | undefined, task: (queuedMs: number) => Promise<Result>): Promise<Result>;
};

export function createSemaphore({ max, queueMax, queueTimeoutMs, emit }: SemaphoreOptions): Semaphore {
  const limit = pLimit(max);
  let running = 0;
  let waiting = 0;
  const report = () => emit({ kind: 'pool', inUse: running, waiting });

  const finish = () => {
    running--;
    report();
  };

  return {
    run: (signal, task) => {
      if (signal?.aborted) return Promise.reject(cancelled());
      if (running < max && waiting === 0) {
        running++;
        report();
        return limit(task, 0).finally(finish);
      }
      if (waiting >= queueMax) return Promise.reject(queueFull(queueMax));
      waiting++;
      report();
      return new Promise((resolve, reject) => {
        const takeTurn = waitTurn(signal, queueTimeoutMs, reject, () => waiting--);
        void limit(async () => {
          const queuedMs = takeTurn();
          if (queuedMs === undefined) return;
          running++;
          report();
          await task(queuedMs).finally(finish).then(resolve, reject);
        });
      });
    },
  };
}

/** Gives a function that takes the turn: the wait in milliseconds, or undefined where the waiter has left already. */
function waitTurn(
  signal: AbortSignal | undefined,
  queueTimeoutMs: number,
  reject: (error: CodedError) => void,
  onLeave: () => void,
): () => number | undefined {
  const since = performance.now();
  let left = false;
  const leave = (error?: CodedError) => {
    if (left) return;
    left = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    onLeave();
    if (error !== undefined) reject(error);
  };
  const onAbort = () => leave(cancelled());
  const timer = setTimeout(() => leave(queueTimeout(queueTimeoutMs)), queueTimeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    if (left) return undefined;
    leave();
    return performance.now() - since;
  };
}

function cancelled(): CodedError {
  return new CodedError('CANCELLED', 'the call was cancelled while it waited for a connection');
}

function queueFull(queueMax: number): CodedError {
  return new CodedError('QUEUE_FULL', `${queueMax} queries are already waiting for a connection`, {
    hint: 'Try again in a few seconds.',
    retryAfterSeconds: 5,
  });
}

function queueTimeout(queueTimeoutMs: number): CodedError {
  return new CodedError('QUEUE_TIMEOUT', `no connection came free within ${queueTimeoutMs} ms`, {
    hint: 'Other queries hold all connections; try again shortly.',
    retryAfterSeconds: 5,
  });
}
