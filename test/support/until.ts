// Waits for something to become true, with a deadline; it never sleeps longer than needed.
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with the first value of `probe` that is not undefined or false; throws at the deadline. */
export async function until<Value>(
  probe: () => Promise<Value | undefined | false> | Value | undefined | false,
  what: string,
  deadlineMs = 20_000,
): Promise<Value> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`${what} did not happen within ${deadlineMs} ms`);
    await sleep(20);
  }
}
