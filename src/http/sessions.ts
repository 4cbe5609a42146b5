// Sessions of 2025-era clients: names under which calls can be cancelled, and nothing else. No session is stored, so
// any replica and any restarted process accepts every well-formed id.
import { randomUUID } from 'node:crypto';
import { CodedError } from '../base/errors.ts';
import type { Caller } from '../mcp/in-flight.ts';
import { isSessionId } from './checks.ts';

/** What the door asks about sessions. */
export type Sessions = {
  readonly issue: () => string;
  /** The error for a session id that cannot be one of ours, or that its client ended here. */
  readonly refuse: (caller: Caller) => CodedError | undefined;
  readonly end: (caller: Caller) => void;
};

const rememberedEnds = 10_000;

/** Remembers the last 10,000 ended sessions of this process; forgetting one only makes it usable again. */
export function createSessions(): Sessions {
  const ended = new Set<string>();
  const keyOf = (caller: Caller): string => `${caller.principal.name}\n${caller.session}`;
  return {
    issue: () => randomUUID(),
    refuse: (caller) => {
      if (caller.session === undefined) return undefined;
      if (isSessionId(caller.session) && !ended.has(keyOf(caller))) return undefined;
      return new CodedError('DOOR_SESSION', 'session not found', {
        hint: 'Send initialize again, without Mcp-Session-Id.',
      });
    },
    end: (caller) => {
      const oldest = ended.size < rememberedEnds ? undefined : ended.values().next().value;
      if (oldest !== undefined) ended.delete(oldest);
      ended.add(keyOf(caller));
    },
  };
}
