// Lets the changes of one key by one process follow each other, which saves work; what keeps them right is the disk.

/** Runs changes of the same name one after the other, and those of different names at once. */
export type Turns = {
  readonly take: <Value>(name: string, change: () => Promise<Value>) => Promise<Value>;
  /** Resolves when no change is under way. */
  readonly idle: () => Promise<void>;
};

/** New turns; nobody waits yet. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    take: (name, change) => {
      const turn = (last.get(name) ?? Promise.resolve()).then(change);
      const ended: Promise<unknown> = turn
        .catch(() => undefined)
        .finally(() => {
          if (last.get(name) === ended) last.delete(name);
        });
      last.set(name, ended);
      return turn;
    },
    idle: async () => {
      while (last.size > 0) await Promise.all(last.values());
    },
  };
}
