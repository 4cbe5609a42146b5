// Whether the server can do its work now; however many ask, one check runs at a time, and none outlives its deadline.
import { CodedError } from '../base/errors.ts';

/** Gives undefined where the server is ready, else what is missing. */
export type Readiness = (signal: AbortSignal) => Promise<CodedError | undefined>;

const deadlineMs = 3_000;
const freshMs = 1_000;

/** Wraps a check: an answer is good for a second, and a check without an answer in three seconds has failed. */
export function createReadiness(check: Readiness): () => Promise<CodedError | undefined> {
  let running: Promise<CodedError | undefined> | undefined;
  const run = async (): Promise<CodedError | undefined> => {
    const controller = new AbortController();
    const late = new CodedError('DB_UNREACHABLE', `no answer within ${deadlineMs} ms`);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<CodedError>((resolve) => {
      timer = setTimeout(() => {
        controller.abort(late);
        resolve(late);
      }, deadlineMs);
    });
    const checked = check(controller.signal).catch((error: unknown) =>
      error instanceof CodedError ? error : new CodedError('INTERNAL', 'the check failed', { cause: error }),
    );
    const outcome = await Promise.race([checked, deadline]);
    clearTimeout(timer);
    setTimeout(() => {
      running = undefined;
    }, freshMs).unref();
    return outcome;
  };
  return () => (running ??= run());
}
