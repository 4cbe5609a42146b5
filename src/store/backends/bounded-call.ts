// Bounds a call of a backend in time and says in plain words what failed; it knows no driver.
import { CodedError } from '../../base/errors.ts';

/** Milliseconds that a driver gets to answer; what waits for the store has a shorter deadline of its own. */
export const answerTimeoutMs = 5_000;

/** Milliseconds that a driver gets to connect. */
export const connectTimeoutMs = 2_000;

/**
 * The result of `work`, or STATE_UNAVAILABLE after `answerTimeoutMs`; `onTimeout` then frees what a silent peer would hold
 * for ever. What was begun may still be carried out.
 */
export function boundedCall<Result>(work: () => Promise<Result>, onTimeout?: () => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(storeUnavailable('the store did not answer in time'));
      onTimeout?.();
    }, answerTimeoutMs);
    work()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

/** STATE_UNAVAILABLE with a message and a hint for the case; `said` by the driver may name hosts and is for the log only. */
export function storeUnavailable(message: string, hint?: string, said?: unknown): CodedError {
  const logDetail = said instanceof Error ? said.message : said === undefined ? undefined : String(said);
  return new CodedError('STATE_UNAVAILABLE', message, { hint, logDetail });
}
