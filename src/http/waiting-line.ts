// Lets a few do their work at once while the others wait in line: work that shares a slow place is done sooner so than all
// at the same time, where everybody meets their deadline.
import { CodedError } from '../base/errors.ts';

/** Runs work when its turn comes; throws AUTH_BUSY at once where the line is full. */
export type WaitingLine = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** A line for `atOnce` workers and `longest` waiters. */
export function createWaitingLine(atOnce: number, longest: number): WaitingLine {
  const waiting: (() => void)[] = [];
  let working = 0;
  const enter = async (): Promise<void> => {
    if (working < atOnce) {
      working += 1;
      return;
    }
    if (waiting.length >= longest)
      throw new CodedError('AUTH_BUSY', 'too many requests at once', { retryAfterSeconds: 2 });
    // Whoever leaves hands its place over, so `working` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) working -= 1;
    else next();
  };
  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
