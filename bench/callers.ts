// The bench's line to the process that plays the callers.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadOutcome } from './load.ts';

export type Callers = {
  readonly run: (order: LoadOrder) => Promise<LoadOutcome>;
  readonly stop: () => Promise<void>;
};

/** Starts the callers' process; it ends with this one. */
export function startCallers(): Callers {
  const child = fork(fileURLToPath(new URL('./load.ts', import.meta.url)), [], { serialization: 'advanced' });
  return {
    run: async (order) => {
      const outcome = await ask(child, order);
      if ('failure' in outcome) throw new Error(`the callers failed: ${outcome.failure}`);
      return outcome;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

function ask(child: ChildProcess, order: LoadOrder): Promise<LoadOutcome | { failure: string }> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('the process of the callers ended'));
    child.once('exit', onExit);
    child.once('message', (outcome: LoadOutcome | { failure: string }) => {
      child.removeListener('exit', onExit);
      resolve(outcome);
    });
    child.send(order);
  });
}
