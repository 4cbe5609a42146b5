// The keys that access tokens are signed with: made by whichever replica comes first, kept sealed in the state, and
// replaced by a schedule that every replica computes alike from what is kept: publish, sign a day later, drop once nothing
// that was signed with it can still be valid. No clock of ours runs for it; it is looked at when keys are needed.
import { randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { CodedError } from '../../base/errors.ts';
import type { OpenRecords } from '../../store/records.ts';
import { signingAlgorithm } from './server-metadata.ts';

/** A key with its private part; `publishedAtMs` decides everything about it. */
export type SigningKey = { readonly kid: string; readonly jwk: JWK; readonly publishedAtMs: number };

/** What is kept: the keys, oldest first, and the secret that successors of refresh tokens are derived from. */
export type SigningKeySet = { readonly keys: readonly SigningKey[]; readonly refreshSecret: string };

/** Keys as they are used. */
export type SigningKeys = {
  /** As they stand, read again where that is due. Throws STATE_UNAVAILABLE where they were never read. */
  readonly current: () => Promise<SigningKeySet>;
  /** Read again, at most every few seconds: for a token that names a key which is not known here. */
  readonly reread: () => Promise<SigningKeySet>;
};

/** Times of the schedule, milliseconds. */
export type KeySchedule = {
  readonly rotateMs: number;
  readonly publishLeadMs: number;
  readonly keepMs: number;
};

/** A month of signing; a day between publishing and signing, far above the time for which anybody keeps a key set. */
export function defaultSchedule(accessLifeSeconds: number): KeySchedule {
  const dayMs = 86_400_000;
  return { rotateMs: 30 * dayMs, publishLeadMs: dayMs, keepMs: accessLifeSeconds * 1000 + dayMs };
}

const recordId = 'signing';
const freshMs = 60_000;
const rereadPauseMs = 5_000;
const mostAttempts = 5;

/** The key that signs now: the newest one that has been published for long enough, else the oldest. */
export function signingKeyAt(
  { keys }: SigningKeySet,
  nowMs: number,
  { publishLeadMs }: KeySchedule,
): SigningKey {
  const ready = keys.filter(({ publishedAtMs }) => publishedAtMs + publishLeadMs <= nowMs);
  const key = ready.at(-1) ?? keys[0];
  if (key === undefined) throw new CodedError('STATE_UNREADABLE', 'the state holds no signing key');
  return key;
}

/** Whether the set must change: the newest key is old, or an old one is of no more use. */
export function isRotationDue(set: SigningKeySet, nowMs: number, schedule: KeySchedule): boolean {
  const newest = set.keys.at(-1);
  const isOld = newest === undefined || newest.publishedAtMs + schedule.rotateMs <= nowMs;
  return isOld || stillUseful(set, nowMs, schedule).length < set.keys.length;
}

/** Keys over these records. */
export function createSigningKeys(options: {
  readonly openRecords: OpenRecords;
  readonly schedule: KeySchedule;
  readonly nowMs?: () => number;
}): SigningKeys {
  const { openRecords, schedule, nowMs = Date.now } = options;
  const records = openRecords<SigningKeySet>('oauth-keys');
  let known: { readonly set: SigningKeySet; readonly readAtMs: number } | undefined;
  let reading: Promise<SigningKeySet> | undefined;

  const load = async (): Promise<SigningKeySet> => {
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const held = await records.get(recordId);
      const now = nowMs();
      if (held !== undefined && !isRotationDue(held.record, now, schedule)) return held.record;
      const next = await rotated(held?.record, now, schedule);
      const condition = held === undefined ? { ifAbsent: true } : { ifVersion: held.version };
      // Where another replica was quicker, its keys stand.
      if ((await records.put(recordId, next, condition)) !== undefined) return next;
    }
    throw new CodedError('STATE_UNAVAILABLE', 'the signing keys change faster than they can be read');
  };
  const read = (): Promise<SigningKeySet> => {
    reading ??= load()
      .then((set) => {
        // The same set stays the same object, so that whoever built something on it need not build it again.
        const same = known !== undefined && sameKeys(known.set, set) ? known.set : set;
        known = { set: same, readAtMs: nowMs() };
        return same;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const since = (): number => nowMs() - (known?.readAtMs ?? 0);
  return {
    current: async () => {
      if (known !== undefined && since() < freshMs) return known.set;
      try {
        return await read();
      } catch (error) {
        // Keys that were read once are good for weeks; a state that is down takes none of them away.
        if (known !== undefined) return known.set;
        throw error;
      }
    },
    reread: async () => (known !== undefined && since() < rereadPauseMs ? known.set : read()),
  };
}

function stillUseful({ keys }: SigningKeySet, nowMs: number, schedule: KeySchedule): readonly SigningKey[] {
  return keys.filter((_key, index) => {
    const successor = keys[index + 1];
    return (
      successor === undefined || successor.publishedAtMs + schedule.publishLeadMs + schedule.keepMs > nowMs
    );
  });
}

async function rotated(
  set: SigningKeySet | undefined,
  nowMs: number,
  schedule: KeySchedule,
): Promise<SigningKeySet> {
  const refreshSecret = set?.refreshSecret ?? randomBytes(32).toString('base64url');
  const keys = set === undefined ? [] : stillUseful(set, nowMs, schedule);
  const newest = keys.at(-1);
  const isOld = newest === undefined || newest.publishedAtMs + schedule.rotateMs <= nowMs;
  return { refreshSecret, keys: isOld ? [...keys, await newKey(nowMs)] : keys };
}

async function newKey(publishedAtMs: number): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { kid: await calculateJwkThumbprint(jwk), jwk, publishedAtMs };
}

function sameKeys(one: SigningKeySet, other: SigningKeySet): boolean {
  return one.keys.map(({ kid }) => kid).join() === other.keys.map(({ kid }) => kid).join();
}
