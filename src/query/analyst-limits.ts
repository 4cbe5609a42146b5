// The limits of one analyst out of the operator's rules, and the places that bound their queries at once.
import type { AnalystLimits, AnalystRule } from '../base/analyst-limits.ts';
import { CodedError } from '../base/errors.ts';
import type { Principal } from '../base/principal.ts';
import { createSemaphore, type Semaphore } from '../pg/semaphore.ts';
import type { QueryLimits } from './limits.ts';

/** Gives the limits of the server, lower where the operator bounds the analyst; `queries` at once only where bounded. */
export type LimitsFor = (principal: Principal) => QueryLimits & Pick<AnalystLimits, 'queries'>;

/**
 * For each limit the rule of the name counts, else the smallest of the groups, else that of `*`; and the server's where it
 * is smaller.
 */
export function limitsByAnalyst(server: QueryLimits, rules: readonly AnalystRule[]): LimitsFor {
  if (rules.length === 0) return () => server;
  const known = new WeakMap<Principal, ReturnType<LimitsFor>>();
  return (principal) => {
    const limits = known.get(principal) ?? smallerOf(server, limitsOf(rules, principal));
    known.set(principal, limits);
    return limits;
  };
}

function smallerOf(server: QueryLimits, analyst: AnalystLimits): ReturnType<LimitsFor> {
  const { statementTimeoutMs = Infinity, maxRows = Infinity, maxResultBytes = Infinity, queries } = analyst;
  return {
    statementTimeoutMs: Math.min(server.statementTimeoutMs, statementTimeoutMs),
    lockTimeoutMs: server.lockTimeoutMs,
    maxRows: Math.min(server.maxRows, maxRows),
    maxResultBytes: Math.min(server.maxResultBytes, maxResultBytes),
    queries,
  };
}

const limitNames = ['queries', 'statementTimeoutMs', 'maxRows', 'maxResultBytes'] as const;

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
  limitsFor: LimitsFor,
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
    const { queries } = limitsFor(principal);
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
