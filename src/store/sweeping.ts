// Sweeps a store from time to time. It keeps no process alive, and a sweep that fails waits for the next one.
import { type CodedError, toCodedError } from '../base/errors.ts';
import type { Store } from './store.ts';

/** Sweeping that goes on. */
export type Sweeping = {
  /** Ends the sweep that is under way and begins no other. */
  readonly stop: () => Promise<void>;
};

/** When it sweeps, in milliseconds, and whom it tells of failures. */
export type SweepingOptions = {
  readonly everyMs?: number;
  readonly onFailure: (error: CodedError) => void;
};

const usualEveryMs = 900_000;

/** Starts; the first sweep comes after a part of the time by chance, so that replicas do not sweep together. */
export function startSweeping(
  store: Pick<Store, 'sweep'>,
  { everyMs = usualEveryMs, onFailure }: SweepingOptions,
): Sweeping {
  const stopping = new AbortController();
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const plan = () => {
    timer = setTimeout(begin, everyMs * (0.5 + Math.random() / 2));
    timer.unref();
  };
  const begin = () => {
    running = store.sweep(stopping.signal).then(
      () => undefined,
      (error: unknown) => {
        if (!stopping.signal.aborted) onFailure(toCodedError(error));
      },
    );
    void running.finally(() => {
      if (!stopping.signal.aborted) plan();
    });
  };
  plan();
  return {
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
