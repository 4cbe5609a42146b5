// Tells a waiting client once a second that its call is still running, where it asked to be told.
import type { CallContext } from './tool.ts';

const everyMs = 1_000;

/** Runs `work`; progress is the number of seconds so far (MCP, notifications/progress). */
export function whileRunning<Result>(
  { progress }: CallContext,
  work: () => Promise<Result>,
): Promise<Result> {
  return progress === undefined ? work() : tellWhile(progress, work);
}

async function tellWhile<Result>(
  progress: NonNullable<CallContext['progress']>,
  work: () => Promise<Result>,
): Promise<Result> {
  let seconds = 0;
  const timer = setInterval(() => progress(++seconds, `running for ${seconds} s`), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
