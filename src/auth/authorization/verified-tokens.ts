// Remembers which access tokens were proved lately, so that a call costs one digest and no signature. A token is asked for
// again every few seconds, which bounds how long a revocation on another replica goes unseen; while the state is down the
// last answer stands for a bounded time.
import { hash } from 'node:crypto';
import { CodedError } from '../../base/errors.ts';
import type { Principal } from '../../base/principal.ts';

/** What was proved of a token, and how to ask again whether it still stands. */
export type ProvedToken = {
  readonly principal: Principal;
  readonly expiresAtMs: number;
  /** The principal as it is now, or the error that ends the token. Throws STATE_UNAVAILABLE where nobody can say. */
  readonly confirm: () => Promise<Principal | CodedError>;
};

/** Proves a token from nothing but itself and the state. Throws where the state or the keys cannot be had. */
export type ProveToken = (token: string) => Promise<ProvedToken | CodedError>;

/** Who a token speaks for; a promise only where something must be asked. */
export type VerifyToken = (token: string) => Principal | CodedError | Promise<Principal | CodedError>;

/** Times are milliseconds. */
export type VerifiedTokenOptions = {
  readonly prove: ProveToken;
  /** A revocation on another replica is seen after so long at the latest. */
  readonly recheckMs: number;
  /** How long a confirmed token goes on while the state cannot be read. */
  readonly outageMs: number;
  /** How many sessions were ended here: with each further one every token is asked about anew, so that it is seen at once. */
  readonly endings?: () => number;
  readonly nowMs?: () => number;
};

type Entry = ProvedToken & {
  principal: Principal;
  confirmedAtMs: number;
  /** Until then nothing is asked: confirmed just now, or the state failed just now. */
  quietUntilMs: number;
  /** Endings that were known when it was asked last. */
  endings: number;
  asking: Promise<Principal | CodedError> | undefined;
};

const mostTokens = 10_000;
/** After a failure of the state the next attempt waits, so that not every call stands through its deadline. */
const outagePauseMs = 1_000;

/** A verifier that remembers. */
export function rememberVerified(options: VerifiedTokenOptions): VerifyToken {
  const { prove, endings = () => 0, nowMs = Date.now } = options;
  const entries = new Map<string, Entry>();
  const first = async (token: string, key: string): Promise<Principal | CodedError> => {
    const endingsBefore = endings();
    const proved = await prove(token);
    if (proved instanceof CodedError) return proved;
    const now = nowMs();
    if (entries.size >= mostTokens) forgetOldest(entries);
    entries.set(key, {
      ...proved,
      confirmedAtMs: now,
      quietUntilMs: now + options.recheckMs,
      endings: endingsBefore,
      asking: undefined,
    });
    return proved.principal;
  };
  return (token) => {
    const key = hash('sha256', token, 'base64url');
    const entry = entries.get(key);
    if (entry === undefined) return first(token, key);
    const now = nowMs();
    if (now >= entry.expiresAtMs) {
      entries.delete(key);
      return first(token, key);
    }
    if (now < entry.quietUntilMs && entry.endings === endings()) return entry.principal;
    if (entry.asking !== undefined) return entry.asking;
    entry.endings = endings();
    entry.asking = askAgain(options, entry, () => entries.delete(key)).finally(() => {
      entry.asking = undefined;
    });
    return entry.asking;
  };
}

async function askAgain(
  { recheckMs, outageMs, nowMs = Date.now }: VerifiedTokenOptions,
  entry: Entry,
  forget: () => void,
): Promise<Principal | CodedError> {
  try {
    const answer = await entry.confirm();
    if (answer instanceof CodedError) {
      forget();
      return answer;
    }
    entry.principal = answer;
    entry.confirmedAtMs = nowMs();
    entry.quietUntilMs = entry.confirmedAtMs + recheckMs;
    return answer;
  } catch (error) {
    if (nowMs() - entry.confirmedAtMs > outageMs) throw error;
    entry.quietUntilMs = nowMs() + outagePauseMs;
    return entry.principal;
  }
}

function forgetOldest(entries: Map<string, Entry>): void {
  const oldest = entries.keys().next();
  if (!oldest.done) entries.delete(oldest.value);
}
