// The schedule of signing keys, and what replicas make of it together.
import { describe, expect, it } from 'vitest';
import {
  createSigningKeys,
  defaultSchedule,
  isRotationDue,
  type SigningKeySet,
  signingKeyAt,
} from '../../../../src/auth/authorization/signing-keys.ts';
import { CodedError } from '../../../../src/base/errors.ts';
import { memoryRecords } from '../../../support/memory-records.ts';

const dayMs = 86_400_000;
const schedule = defaultSchedule(3_600);
const setOf = (...publishedAtDays: number[]): SigningKeySet => ({
  refreshSecret: 'secret',
  keys: publishedAtDays.map((day) => ({ kid: `key of day ${day}`, jwk: {}, publishedAtMs: day * dayMs })),
});

describe('a key', () => {
  it('signs at once where it is the only one', () => {
    expect(signingKeyAt(setOf(10), 10 * dayMs, schedule).kid).toBe('key of day 10');
  });

  it('is published a day before it signs', () => {
    const set = setOf(0, 30);
    expect(signingKeyAt(set, 31 * dayMs - 1, schedule).kid).toBe('key of day 0');
    expect(signingKeyAt(set, 31 * dayMs, schedule).kid).toBe('key of day 30');
  });

  it('is replaced after thirty days, and not before', () => {
    expect(isRotationDue(setOf(0), 30 * dayMs - 1, schedule)).toBe(false);
    expect(isRotationDue(setOf(0), 30 * dayMs, schedule)).toBe(true);
  });

  it('is dropped once nothing that it signed can still be valid, and not before', () => {
    const lastTokenMs = 31 * dayMs + 3_600_000;
    expect(isRotationDue(setOf(0, 30), lastTokenMs + dayMs - 1, schedule)).toBe(false);
    expect(isRotationDue(setOf(0, 30), lastTokenMs + dayMs, schedule)).toBe(true);
  });
});

describe('replicas', () => {
  it('that start together make one key between them', async () => {
    const { open } = memoryRecords();
    const sets = await Promise.all(
      Array.from({ length: 8 }, () => createSigningKeys({ openRecords: open, schedule }).current()),
    );
    expect(new Set(sets.map(({ keys }) => keys[0]?.kid)).size).toBe(1);
    expect(new Set(sets.map(({ refreshSecret }) => refreshSecret)).size).toBe(1);
  });

  it('agree on every key through a year, and never sign with one that another does not know', async () => {
    const { open } = memoryRecords();
    let nowMs = 0;
    const replicas = [0, 1].map(() => createSigningKeys({ openRecords: open, schedule, nowMs: () => nowMs }));
    const signed = new Set<string>();
    for (nowMs = 0; nowMs < 365 * dayMs; nowMs += 7 * 3_600_000) {
      const [one, two] = await Promise.all(replicas.map((keys) => keys.current()));
      const signs = signingKeyAt(one!, nowMs, schedule).kid;
      expect(two!.keys.map(({ kid }) => kid)).toContain(signs);
      expect(one!.keys.length).toBeLessThanOrEqual(2);
      signed.add(signs);
    }
    expect(signed.size).toBe(13);
  });

  it('keep the secret of refresh tokens through every rotation', async () => {
    const { open } = memoryRecords();
    let nowMs = 0;
    const keys = createSigningKeys({ openRecords: open, schedule, nowMs: () => nowMs });
    const first = await keys.current();
    nowMs = 100 * dayMs;
    const later = await keys.current();
    expect(later.refreshSecret).toBe(first.refreshSecret);
    expect(later.keys.at(-1)?.kid).not.toBe(first.keys[0]?.kid);
  });
});

describe('while the state cannot be read', () => {
  it('keys that were read once go on, and those that never were are not made up', async () => {
    const { open } = memoryRecords();
    let isDown = false;
    const openRecords: typeof open = (collection) => {
      const records = open<never>(collection);
      const get: typeof records.get = async (id) => {
        if (isDown) throw new CodedError('STATE_UNAVAILABLE', 'the store cannot be reached');
        return records.get(id);
      };
      return { ...records, get } as never;
    };
    let nowMs = 0;
    const keys = createSigningKeys({ openRecords, schedule, nowMs: () => nowMs });
    const known = await keys.current();
    isDown = true;
    nowMs = 3 * dayMs;
    expect(await keys.current()).toBe(known);
    await expect(createSigningKeys({ openRecords, schedule }).current()).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      message: 'the store cannot be reached',
    });
  });
});
