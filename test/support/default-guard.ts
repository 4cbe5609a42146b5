// The guard as an operator gets it who sets nothing; what a test wants otherwise is named there.
import { createGuard, type Guard, type GuardOptions } from '../../src/guard/guard.ts';

/** A guard that must be closed; it reports to nobody unless `more` says so. */
export function defaultGuard(more: Partial<GuardOptions> = {}): Guard {
  return createGuard({
    allowFunctions: [],
    schemas: undefined,
    secondOpinion: false,
    emit: () => undefined,
    ...more,
  });
}
