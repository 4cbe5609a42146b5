// How long the server waits for its store: a cap on every call, and no waiting at all for a while after several calls met it.
import { CodedError } from '../base/errors.ts';

/** Runs calls of the store, each with a signal that is aborted when nobody waits any more. */
export type Patience = <Value>(call: (signal: AbortSignal) => Promise<Value>) => Promise<Value>;

/** Bounds; durations in milliseconds. */
export type PatienceOptions = {
  /** Longest wait for one call. */
  readonly deadlineMs: number;
  /** Calls in a row that meet the deadline before the store counts as too slow. */
  readonly slowCalls?: number;
  /** First pause in which a store that is too slow is not asked; it doubles up to `longestPauseMs`. */
  readonly pauseMs?: number;
  readonly longestPauseMs?: number;
};

/** A timer that comes later than this shows that the process itself stood still, and not the store. */
const stallMs = 50;

/**
 * New patience; nothing has been slow yet. Only calls that meet the deadline count: a failure that comes at once costs
 * nobody time. After a pause one call tries the store again while the others are still refused, so it heals by itself.
 */
export function createPatience(options: PatienceOptions): Patience {
  const { deadlineMs, slowCalls = 3, pauseMs = 500, longestPauseMs = 5_000 } = options;
  let slow = 0;
  let pausedUntil = 0;
  let pause = pauseMs;
  const onTime = () => {
    [slow, pausedUntil, pause] = [0, 0, pauseMs];
  };
  const onLate = (isTrial: boolean) => {
    slow += 1;
    const isPaused = performance.now() < pausedUntil;
    if (slow < slowCalls || (isPaused && !isTrial)) return;
    pausedUntil = performance.now() + pause;
    pause = Math.min(pause * 2, longestPauseMs);
  };
  return async (call) => {
    const left = pausedUntil - performance.now();
    if (left > 0) throw tooSlow(left);
    const isTrial = slow >= slowCalls;
    // The call that tries again keeps the others out until it is known how it went.
    if (isTrial) pausedUntil = performance.now() + deadlineMs * 2;
    const stop = new AbortController();
    const deadline = startDeadline(deadlineMs);
    const ended = call(stop.signal).finally(() => {
      if (!stop.signal.aborted) onTime();
    });
    try {
      const value = await Promise.race([ended, deadline.met]);
      if (value !== late) return value;
      onLate(isTrial);
      throw tooSlow(Math.max(0, pausedUntil - performance.now()));
    } finally {
      deadline.clear();
      stop.abort();
    }
  };
}

const late = Symbol('late');

/** Resolves at the deadline. Where the process stood still meanwhile, the store gets its time once more. */
function startDeadline(deadlineMs: number): {
  readonly met: Promise<typeof late>;
  readonly clear: () => void;
} {
  const { promise: met, resolve } = Promise.withResolvers<typeof late>();
  const startedAt = performance.now();
  const onTimer = () => {
    const stood = performance.now() - startedAt > deadlineMs + stallMs;
    if (stood) timer = setTimeout(resolve, deadlineMs, late);
    else resolve(late);
  };
  let timer = setTimeout(onTimer, deadlineMs);
  return { met, clear: () => clearTimeout(timer) };
}

function tooSlow(leftMs: number): CodedError {
  return new CodedError('STATE_UNAVAILABLE', 'the store does not answer in time', {
    retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1000)),
  });
}
