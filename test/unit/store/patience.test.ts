// The cap on calls of the store and the pause after several of them met it, on a clock of the test's own.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPatience } from '../../../src/store/patience.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const silent = () => new Promise<never>(() => undefined);
const tooSlow = { code: 'STATE_UNAVAILABLE', message: 'the store does not answer in time' };

/** How a call ends after so many milliseconds; `undefined` where it still waits. */
async function endAfter(call: Promise<unknown>, ms: number): Promise<unknown> {
  let end: unknown;
  call.then(
    (value) => {
      end = value;
    },
    (error: unknown) => {
      end = error;
    },
  );
  await vi.advanceTimersByTimeAsync(ms);
  return end;
}

describe('the patience with a store', () => {
  it('waits just until the deadline and no longer', async () => {
    const patience = createPatience({ deadlineMs: 150 });
    const answering = patience(() => new Promise((resolve) => setTimeout(resolve, 149, 'answer')));
    expect(await endAfter(answering, 149)).toBe('answer');
    const hanging = patience(silent);
    expect(await endAfter(hanging, 149)).toBeUndefined();
    expect(await endAfter(hanging, 1)).toMatchObject({ ...tooSlow, facts: { retryAfterSeconds: 1 } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('aborts the signal of a call that it gives up', async () => {
    const patience = createPatience({ deadlineMs: 150 });
    let given: AbortSignal | undefined;
    const call = patience((signal) => {
      given = signal;
      return silent();
    });
    await endAfter(call, 149);
    expect(given?.aborted).toBe(false);
    await endAfter(call, 1);
    expect(given?.aborted).toBe(true);
  });

  it('asks a slow store three times and not a fourth', async () => {
    const patience = createPatience({ deadlineMs: 150, pauseMs: 500 });
    let asked = 0;
    const ask = () =>
      patience(() => {
        asked += 1;
        return silent();
      });
    for (let count = 0; count < 3; count += 1) expect(await endAfter(ask(), 150)).toMatchObject(tooSlow);
    expect(await endAfter(ask(), 0)).toMatchObject(tooSlow);
    expect(asked).toBe(3);
  });

  it('lets one call try again after the pause, and all of them once it was answered', async () => {
    const patience = createPatience({ deadlineMs: 150, pauseMs: 500 });
    for (let count = 0; count < 3; count += 1) await endAfter(patience(silent), 150);
    await vi.advanceTimersByTimeAsync(499);
    expect(
      await endAfter(
        patience(async () => 'too early'),
        0,
      ),
    ).toMatchObject(tooSlow);
    await vi.advanceTimersByTimeAsync(1);
    const trial = patience(() => new Promise((resolve) => setTimeout(resolve, 100, 'back')));
    expect(
      await endAfter(
        patience(async () => 'meanwhile'),
        0,
      ),
    ).toMatchObject(tooSlow);
    expect(await endAfter(trial, 100)).toBe('back');
    expect(
      await endAfter(
        patience(async () => 'answer'),
        0,
      ),
    ).toBe('answer');
  });

  it('doubles the pause while the store stays slow, up to its bound', async () => {
    const patience = createPatience({ deadlineMs: 150, pauseMs: 500, longestPauseMs: 2_000 });
    for (let count = 0; count < 3; count += 1) await endAfter(patience(silent), 150);
    for (const pause of [500, 1_000, 2_000, 2_000]) {
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(
        await endAfter(
          patience(async () => 'too early'),
          0,
        ),
      ).toMatchObject(tooSlow);
      await vi.advanceTimersByTimeAsync(1);
      expect(await endAfter(patience(silent), 150)).toMatchObject(tooSlow);
    }
  });

  it('counts many calls that are late together as one slow store', async () => {
    const patience = createPatience({ deadlineMs: 150, pauseMs: 500 });
    const calls = Array.from({ length: 20 }, () => patience(silent));
    await Promise.all(calls.map((call) => endAfter(call, 150)));
    await vi.advanceTimersByTimeAsync(500);
    expect(
      await endAfter(
        patience(async () => 'answer'),
        0,
      ),
    ).toBe('answer');
  });

  it('goes on asking a store that fails at once', async () => {
    const patience = createPatience({ deadlineMs: 150 });
    for (let count = 0; count < 10; count += 1)
      expect(
        await endAfter(
          patience(() => Promise.reject(new Error('refused'))),
          0,
        ),
      ).toEqual(new Error('refused'));
    expect(
      await endAfter(
        patience(async () => 'answer'),
        0,
      ),
    ).toBe('answer');
  });

  it('gives the store its time once more where the process itself stood still', async () => {
    const patience = createPatience({ deadlineMs: 150 });
    const call = patience(() => new Promise((resolve) => setTimeout(resolve, 400, 'answer')));
    const startedAt = performance.now();
    // The clock runs on while no timer does, as in a process that is kept off the processor.
    vi.setSystemTime(Date.now());
    const now = performance.now.bind(performance);
    performance.now = () => (now() - startedAt >= 150 ? now() + 200 : now());
    try {
      expect(await endAfter(call, 299)).toBeUndefined();
      expect(await endAfter(call, 1)).toMatchObject(tooSlow);
    } finally {
      performance.now = now;
    }
  });
});
