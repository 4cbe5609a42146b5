// Where oidc-provider keeps what it must remember: one collection of sealed records for each of its models that we use.
// Codes are redeemed by compare-and-set, so exactly one of any number of parallel attempts succeeds. Nothing is looked up
// by grant: ending a grant deletes its record, and every exchange and every access token asks for that first.
import { hash, timingSafeEqual } from 'node:crypto';
import Provider, { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import { CodedError } from '../../base/errors.ts';
import type { OpenRecords, Records } from '../../store/records.ts';
import type { PutOptions } from '../../store/store.ts';
import { isWithinGrace, successorOf } from './refresh-rotation.ts';
import { currentNotes, notingFaults } from './request-notes.ts';
import { type AuthorizationSettings, clockToleranceSeconds, unusedClientLifeSeconds } from './settings.ts';

/** What the adapter needs. */
export type AdapterOptions = {
  readonly openRecords: OpenRecords;
  readonly settings: AuthorizationSettings;
  /** Throws where no further client may register now. */
  readonly admitClient: () => Promise<void>;
  readonly refreshSecret: string;
  readonly nowMs: () => number;
};

/** A record of a model, as the provider gives it. */
export type Payload = AdapterPayload & {
  /** SHA-256 of the proof that an answered interaction goes on with; see pending-authorizations. */
  readonly proof?: string | undefined;
};

type Kept = Omit<Adapter, 'findByUserCode' | 'findByUid' | 'revokeByGrantId'>;

/** Collections by model; a model that is not here is never kept. */
export const modelCollections = {
  Client: 'oauth-client',
  Grant: 'oauth-grant',
  Interaction: 'oauth-interaction',
  AuthorizationCode: 'oauth-code',
  RefreshToken: 'oauth-refresh',
} as const;

/** A code that comes twice within this time was sent twice by its own client; later it was stolen. */
const doubleSubmitSeconds = 10;
/** So long is a used refresh token known as such: whoever comes with it in that time ends the session. */
const usedRefreshLifeSeconds = 30 * 86_400;
const mostAttempts = 20;

/** The adapter for one provider. */
export function recordAdapter(options: AdapterOptions): AdapterFactory {
  return (model) => {
    const collection = Object.hasOwn(modelCollections, model)
      ? modelCollections[model as keyof typeof modelCollections]
      : undefined;
    if (collection === undefined) return complete(keepsNothing);
    const records = options.openRecords<Payload>(collection);
    const plain = plainAdapter(model, records, options);
    if (model === 'Client')
      return complete({ ...plain, upsert: (id, payload) => keepClient(records, options, id, payload) });
    if (model === 'Interaction') return complete({ ...plain, ...interactions(records) });
    if (model === 'AuthorizationCode') return complete({ ...plain, ...codes(records, options) });
    return complete(model === 'RefreshToken' ? { ...plain, ...refreshTokens(records, options) } : plain);
  };
}

/** Every failure on the way is noted, because the provider would blame some of them on the client. */
function complete(kept: Kept): Adapter {
  const isFault = (error: unknown): error is CodedError => error instanceof CodedError;
  return {
    upsert: (id, payload, life) => notingFaults(() => kept.upsert(id, payload, life), isFault),
    find: (id) => notingFaults(() => kept.find(id), isFault),
    consume: (id) => notingFaults(() => kept.consume(id), isFault),
    destroy: (id) => notingFaults(() => kept.destroy(id), isFault),
    findByUserCode: async () => undefined,
    findByUid: async () => undefined,
    revokeByGrantId: async () => undefined,
  };
}

/** Sessions above all: nobody stays signed in, every authorization asks again. Access tokens prove themselves. */
const keepsNothing: Kept = {
  upsert: async () => undefined,
  find: async () => undefined,
  consume: async () => undefined,
  destroy: async () => undefined,
};

function plainAdapter(model: string, records: Records<Payload>, { nowMs }: AdapterOptions): Kept {
  return {
    upsert: async (id, payload, life) => {
      await records.put(id, payload, lifeOf(life));
    },
    find: async (id) => {
      const held = await records.get(id);
      if (held !== undefined) currentNotes()?.held.set(`${model} ${id}`, held);
      return held?.record;
    },
    consume: async (id) => {
      await markUsed(records, id, nowMs);
    },
    destroy: async (id) => {
      await records.delete(id);
    },
  };
}

async function keepClient(
  records: Records<Payload>,
  { admitClient }: AdapterOptions,
  id: string,
  payload: Payload,
): Promise<void> {
  await admitClient();
  await records.put(id, payload, { ttlSeconds: unusedClientLifeSeconds, ifAbsent: true });
}

/** An answered request goes on in the browser that was told the proof, and once. */
function interactions(records: Records<Payload>): Pick<Kept, 'find' | 'destroy'> {
  return {
    find: async (id) => {
      const held = await records.get(id);
      const context = Provider.ctx;
      if (held === undefined || context?.oidc?.route !== 'resume') return held?.record;
      return isProof(context.query['proof'], held.record.proof) ? held.record : undefined;
    },
    destroy: async (id) => {
      if (!(await records.delete(id))) throw new errors.SessionNotFound('the sign-in was used already');
    },
  };
}

function codes(
  records: Records<Payload>,
  { nowMs }: AdapterOptions,
): Pick<Kept, 'upsert' | 'find' | 'consume'> {
  return {
    upsert: addOnce(records),
    find: async (id) => {
      const record = (await records.get(id))?.record;
      // The provider ends the grant of a code that comes again; one that is only sent twice is just refused.
      const usedAt = record?.consumed;
      return typeof usedAt === 'number' && isWithinGrace(usedAt, nowMs(), doubleSubmitSeconds)
        ? undefined
        : record;
    },
    consume: async (id) => {
      if (!(await markUsed(records, id, nowMs)))
        throw new errors.InvalidGrant('the code was redeemed already');
    },
  };
}

function refreshTokens(
  records: Records<Payload>,
  { nowMs, settings, refreshSecret }: AdapterOptions,
): Pick<Kept, 'upsert' | 'find' | 'consume'> {
  return {
    // Successors are derived, so another request may have written this one, and even used it.
    upsert: addOnce(records),
    find: async (id) => {
      const record = (await records.get(id))?.record;
      if (record === undefined || typeof record.consumed !== 'number') return record;
      const { consumed, ...unused } = record;
      if (isWithinGrace(consumed, nowMs(), settings.refreshGraceSeconds)) return unused;
      // A rotation that died before its successor was written is finished, as long as that would live by now.
      if (!isWithinGrace(consumed, nowMs(), settings.refreshLifeSeconds)) return record;
      const successor = await records.get(successorOf(id, refreshSecret));
      return successor === undefined ? unused : record;
    },
    // Its successor is always kept for longer: it is used later, or not yet.
    consume: async (id) => {
      await markUsed(records, id, nowMs, usedRefreshLifeSeconds);
    },
  };
}

/** Writes a record that is never replaced. */
function addOnce(records: Records<Payload>): Kept['upsert'] {
  return async (id, payload, life) => {
    await records.put(id, payload, { ...lifeOf(life), ifAbsent: true });
  };
}

/** Marks a record as used; false where it is gone or was used before, and for all but one of many at once. */
async function markUsed(
  records: Records<Payload>,
  id: string,
  nowMs: () => number,
  mostSeconds: number = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const held = await records.get(id);
    if (held === undefined || held.record.consumed !== undefined) return false;
    const now = nowMs();
    const record = { ...held.record, consumed: Math.floor(now / 1000) };
    const leftSeconds = ((held.expiresAtMs ?? Number.POSITIVE_INFINITY) - now) / 1000;
    const life = Math.max(1, Math.min(leftSeconds, mostSeconds));
    const version = await records.put(id, record, {
      ttlSeconds: Number.isFinite(life) ? life : undefined,
      ifVersion: held.version,
    });
    if (version !== undefined) return true;
  }
  throw new CodedError('STATE_UNAVAILABLE', 'the record changes faster than it can be marked');
}

/** The provider judges expiry itself, with tolerance for clocks; the store only removes what is long over. */
function lifeOf(life: number | undefined): PutOptions {
  return { ttlSeconds: life === undefined ? undefined : Math.max(1, life + clockToleranceSeconds) };
}

function isProof(given: unknown, digest: string | undefined): boolean {
  if (typeof given !== 'string' || digest === undefined) return false;
  return timingSafeEqual(Buffer.from(hash('sha256', given, 'hex')), Buffer.from(digest));
}
