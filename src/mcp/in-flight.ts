// The calls that are under way: who may cancel which, and how all of them end; it knows neither HTTP nor the SDK.
import { CodedError } from '../base/errors.ts';
import type { Principal } from '../base/principal.ts';

/** The id of a JSON-RPC request. */
export type RequestId = string | number;

/** Who asks. Request ids are unique within a session only, and sessions within a principal. */
export type Caller = {
  readonly principal: Principal;
  /** The session that the client names (2025-era); without one nothing can be cancelled by a message. */
  readonly session?: string | undefined;
};

/** A call under way. `close` must be called when it is over, however it ended. */
export type OpenCall = {
  readonly signal: AbortSignal;
  readonly abort: (reason: CodedError) => void;
  readonly close: () => void;
};

/** All calls under way in this process. */
export type InFlight = {
  /**
   * Opens a call; with an id it can be cancelled by whoever shares principal and session. Without one it is an exchange,
   * which may open calls of its own for the same caller object.
   */
  readonly open: (caller: Caller, id?: RequestId) => OpenCall;
  /** Cancels one call, and only one of the same principal and session. */
  readonly cancel: (caller: Caller, id: RequestId) => void;
  /** Cancels every call of a session that its client ends. */
  readonly cancelSession: (caller: Caller) => void;
  /** Ends everything that is left, with the reason. */
  readonly abortAll: (reason: CodedError) => void;
  /** How many calls are under way; an exchange that has opened calls is counted as those. */
  readonly count: () => number;
  /** Resolves once no call is under way. */
  readonly idle: () => Promise<void>;
};

/** Starts with no call. */
export function createInFlight(): InFlight {
  const calls = new Map<AbortController, { readonly caller: Caller; readonly isExchange: boolean }>();
  const byKey = new Map<string, AbortController>();
  const waiting = new Set<() => void>();
  const leave = (controller: AbortController, key: string | undefined): void => {
    calls.delete(controller);
    if (key !== undefined && byKey.get(key) === controller) byKey.delete(key);
    if (calls.size > 0) return;
    for (const wake of waiting) wake();
    waiting.clear();
  };
  return {
    open: (caller, id) => {
      const controller = new AbortController();
      const key = id === undefined ? undefined : keyOf(caller, id);
      calls.set(controller, { caller, isExchange: id === undefined });
      if (key !== undefined) byKey.set(key, controller);
      return {
        signal: controller.signal,
        abort: (reason) => controller.abort(reason),
        close: () => leave(controller, key),
      };
    },
    cancel: (caller, id) => byKey.get(keyOf(caller, id) ?? '')?.abort(cancelled()),
    cancelSession: (caller) => {
      const prefix = sessionPrefix(caller);
      if (prefix === undefined) return;
      for (const [key, controller] of byKey) if (key.startsWith(prefix)) controller.abort(cancelled());
    },
    abortAll: (reason) => {
      for (const controller of calls.keys()) controller.abort(reason);
    },
    count: () => {
      const open = [...calls.values()];
      const callers = new Set(open.filter(({ isExchange }) => !isExchange).map(({ caller }) => caller));
      return open.filter(({ caller, isExchange }) => !isExchange || !callers.has(caller)).length;
    },
    idle: () => (calls.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve))),
  };
}

/** The reason of an abort that the client asked for, or caused by going away. */
export function cancelled(): CodedError {
  return new CodedError('CANCELLED', 'the client cancelled the call');
}

// The id keeps its type: 1 and "1" are different requests (JSON-RPC 2.0, section 4).
function keyOf(caller: Caller, id: RequestId): string | undefined {
  const prefix = sessionPrefix(caller);
  return prefix === undefined ? undefined : `${prefix}${typeof id === 'number' ? '#' : '"'}${id}`;
}

// As JSON, so that no part can reach into the next, whatever characters it holds.
function sessionPrefix({ principal, session }: Caller): string | undefined {
  return session === undefined ? undefined : JSON.stringify([principal.provedBy, principal.name, session]);
}
