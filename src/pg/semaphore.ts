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
  /** The errors of a full queue and of a wait that was too long; of the wait for a connection unless given. */
  readonly full?: () => CodedError;
  readonly late?: () => CodedError;
};

/** Places for tasks. */
export type Semaphore = {
  /** Runs the task when its turn comes and tells it how long it waited; CANCELLED where `signal` aborts before that. */
  run<Result>(signal: AbortSignal | undefined, task: Task<Result>): Promise<Result>;
  /** Whether a task that came now would have to wait. */
  isFull(): boolean;
};

/** Starts with nothing running; tasks begin in the order in which they came. */
export function createSemaphore(options: SemaphoreOptions): Semaphore {
  const { max, queueMax, queueTimeoutMs, emit } = options;
  const { full = () => queueFull(queueMax), late = () => queueTimeout(queueTimeoutMs) } = options;
  // Whoever must wait stands in line; only the first of it looks out for a free place. All others never come near it.
  const line = pLimit(1);
  let running = 0;
  let waiting = 0;
  let onFree: (() => void) | undefined;
  const report = () => emit({ kind: 'pool', inUse: running, waiting });

  const occupy = async <Result>(task: Task<Result>, queuedMs: number): Promise<Result> => {
    running++;
    report();
    try {
      return await task(queuedMs);
    } finally {
      running--;
      report();
      onFree?.();
    }
  };

  const untilFree = async (): Promise<void> => {
    while (running >= max)
      await new Promise<void>((resolve) => {
        onFree = resolve;
      });
  };

  const wait = <Result>(waiter: Waiter<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      const takeTurn = waitTurn(waiter, { queueTimeoutMs, late }, reject, () => waiting--);
      void line(async () => {
        await untilFree();
        const turn = takeTurn();
        // Not waited for: the next in line may find a place before this one ends.
        if (turn !== undefined) void occupy(turn.task, turn.queuedMs).then(resolve, reject);
      });
    });

  return {
    run: (signal, task) => {
      if (signal?.aborted) return Promise.reject(cancelled());
      if (running < max && waiting === 0) return occupy(task, 0);
      if (waiting >= queueMax) return Promise.reject(full());
      waiting++;
      report();
      // p-limit keeps what it was given until its turn comes, long after the waiter may have left: only this record.
      return wait({ task, signal });
    },
    isFull: () => running >= max || waiting > 0,
  };
}

type Task<Result> = (queuedMs: number) => Promise<Result>;

/** Empty once it has left the queue. */
type Waiter<Result> = {
  task?: Task<Result> | undefined;
  signal?: AbortSignal | undefined;
};

/** Gives a function that takes the turn: the work and its wait, or undefined where the waiter has left already. */
function waitTurn<Result>(
  waiter: Waiter<Result>,
  { queueTimeoutMs, late }: { readonly queueTimeoutMs: number; readonly late: () => CodedError },
  reject: (error: CodedError) => void,
  onLeave: () => void,
): () => { readonly task: Task<Result>; readonly queuedMs: number } | undefined {
  const since = performance.now();
  const leave = (error?: CodedError) => {
    if (waiter.task === undefined) return;
    clearTimeout(timer);
    waiter.signal?.removeEventListener('abort', onAbort);
    waiter.task = waiter.signal = undefined;
    onLeave();
    if (error !== undefined) reject(error);
  };
  const onAbort = () => leave(cancelled());
  const timer = setTimeout(() => leave(late()), queueTimeoutMs);
  waiter.signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    const { task } = waiter;
    leave();
    return task === undefined ? undefined : { task, queuedMs: performance.now() - since };
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
