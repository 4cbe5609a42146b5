// Bounds how many clients may register themselves in a day, and of how many others documents are kept, on all replicas
// together. Both expire, so the number of useless records is bounded too, whoever sends them.
import { CodedError } from '../../base/errors.ts';
import type { OpenRecords } from '../../store/records.ts';

const dayMs = 86_400_000;
const mostAttempts = 10;

/** Counts one of what is counted; throws AUTH_CLIENTS_FULL where the day has had all of its own. */
export function clientQuota(
  openRecords: OpenRecords,
  counted: 'registrations' | 'documents',
  perDay: number,
  nowMs: () => number,
): () => Promise<void> {
  const records = openRecords<{ readonly count: number }>('oauth-quota');
  return async () => {
    const now = nowMs();
    const id = `${counted} ${Math.floor(now / dayMs)}`;
    const ttlSeconds = (2 * dayMs) / 1000;
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const held = await records.get(id);
      const count = held?.record.count ?? 0;
      if (count >= perDay) throw full(perDay, Math.ceil((dayMs - (now % dayMs)) / 1000));
      const condition = held === undefined ? { ifAbsent: true } : { ifVersion: held.version };
      if ((await records.put(id, { count: count + 1 }, { ttlSeconds, ...condition })) !== undefined) return;
    }
    throw full(perDay, 1);
  };
}

function full(perDay: number, retryAfterSeconds: number): CodedError {
  return new CodedError('AUTH_CLIENTS_FULL', `at most ${perDay} clients may register themselves in a day`, {
    retryAfterSeconds,
  });
}
