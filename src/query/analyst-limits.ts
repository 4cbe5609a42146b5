// The limits of one analyst out of the operator's rules, and the places that bound their queries at once.
import type { AnalystLimits, AnalystRule } from '../base/analyst-limits.ts';
import { CodedError } from '../base/errors.ts';
import type { Principal } from '../base/principal.ts';
import { createSemaphore, type Semaphore } from '../pg/semaphore.ts';

/** Gives what the rules allow an analyst. */
export type LimitsOfAnalyst = (principal: Principal) => AnalystLimits;

const limitNames = ['queries', 'statementTimeoutMs', 'maxRows', 'maxResultBytes'] as const;

/**
 * For each limit the rule of the name counts, else the smallest of the groups, else that of `*`. Without rules nobody is
 * bounded.
 */
export function analystLimits(rules: readonly AnalystRule[]): LimitsOfAnalyst {
  if (rules.length === 0) return () => unbounded;
  const known = new WeakMap<Principal, AnalystLimits>();
  return (principal) => {
    const limits = known.get(principal) ?? limitsOf(rules, principal);
    known.set(principal, limits);
    return limits;
  };
}

const unbounded: AnalystLimits = {};

function limitsOf(rules: readonly AnalystRule[], { name, identity }: Principal): AnalystLimits {
  const groups = new Set(identity?.groups.map((group) => `@${group}`));
  const tiers = [
    rules.filter(({ who }) => who === name),
    rules.filter(({ who }) => groups.has(who)),
    rules.filter(({ who }) => who === '*'),
  ];
  const smallest = (limit: keyof AnalystLimits) => {
    for (const tier of tiers) {
      const values = tier.flatMap(({ limits }) => limits[limit] ?? []);
      if (values.length > 0) return Math.min(...values);
    }
    return undefined;
  };
  return Object.fromEntries(limitNames.map((limit) => [limit, smallest(limit)]));
}

/** Runs a task of an analyst once one of their places is free, and tells how long that took. */
export type AnalystPlaces = <Result>(
  principal: Principal,
  signal: AbortSignal,
  task: (waitedMs: number) => Promise<Result>,
) => Promise<Result>;

/** A query that waits for its analyst's own place holds no connection, so that others are served meanwhile. */
export function analystPlaces(
  limitsOfAnalyst: LimitsOfAnalyst,
  queue: { readonly max: number; readonly timeoutMs: number },
): AnalystPlaces {
  const inUse = new Map<string, { readonly semaphore: Semaphore; tasks: number }>();
  const place = async <Result>(
    name: string,
    queries: number,
    signal: AbortSignal,
    task: (waitedMs: number) => Promise<Result>,
  ): Promise<Result> => {
    const places = inUse.get(name) ?? { semaphore: placesOf(queries, queue), tasks: 0 };
    inUse.set(name, places);
    places.tasks++;
    try {
      return await places.semaphore.run(signal, task);
    } finally {
      places.tasks--;
      if (places.tasks === 0) inUse.delete(name);
    }
  };
  return (principal, signal, task) => {
    const { queries } = limitsOfAnalyst(principal);
    return queries === undefined ? task(0) : place(principal.name, queries, signal, task);
  };
}

function placesOf(max: number, queue: { readonly max: number; readonly timeoutMs: number }): Semaphore {
  const retryAfterSeconds = 5;
  const hint = `You may run ${max} ${max === 1 ? 'query' : 'queries'} at once: wait for one of yours to end.`;
  return createSemaphore({
    max,
    queueMax: queue.max,
    queueTimeoutMs: queue.timeoutMs,
    emit: () => undefined,
    full: () =>
      new CodedError('QUEUE_FULL', `${queue.max} of your queries are already waiting`, {
        hint,
        retryAfterSeconds,
      }),
    late: () =>
      new CodedError('QUEUE_TIMEOUT', `none of your running queries ended within ${queue.timeoutMs} ms`, {
        hint,
        retryAfterSeconds,
      }),
  });
}
