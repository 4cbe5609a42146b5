// Token buckets: bursts, refill, weights and memory. The clock is a double.
import { describe, expect, it } from 'vitest';
import { createRateLimit } from '../../../src/http/rate-limit.ts';

function limitWithClock(perMinute: number) {
  const clock = { nowMs: 0 };
  return { clock, limit: createRateLimit(perMinute, () => clock.nowMs) };
}

describe('createRateLimit', () => {
  it('lets a burst of the whole limit pass and then says how long to wait', () => {
    const { limit } = limitWithClock(6);
    expect(Array.from({ length: 6 }, () => limit.take('a'))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(limit.take('a')).toBe(10);
  });

  it('refills evenly, and lets pass what it said would pass', () => {
    const { clock, limit } = limitWithClock(6);
    for (let count = 0; count < 6; count++) limit.take('a');
    clock.nowMs = 9_999;
    expect(limit.take('a')).toBe(1);
    clock.nowMs = 10_001;
    expect(limit.take('a')).toBe(0);
  });

  it('refills over another time than a minute where it is told to', () => {
    const clock = { nowMs: 0 };
    const limit = createRateLimit(2, () => clock.nowMs, 86_400_000);
    expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 43_200]);
    clock.nowMs = 43_200_001;
    expect(limit.take('a')).toBe(0);
  });

  it('takes nothing for a refused request', () => {
    const { clock, limit } = limitWithClock(1);
    limit.take('a');
    for (let count = 0; count < 100; count++) limit.take('a');
    clock.nowMs = 60_001;
    expect(limit.take('a')).toBe(0);
  });

  it('charges the whole weight even where less is left, so that the key waits for all of it', () => {
    const { clock, limit } = limitWithClock(60);
    for (let count = 0; count < 59; count++) limit.take('a');
    limit.charge('a', 9);
    expect(limit.take('a')).toBe(9);
    clock.nowMs = 9_001;
    expect(limit.take('a')).toBe(0);
  });

  it('charges no more than one limit beyond nothing, so that a key is never shut out for longer than two minutes', () => {
    const { clock, limit } = limitWithClock(60);
    for (let count = 0; count < 1_000; count++) limit.charge('a', 9);
    clock.nowMs = 61_001;
    expect(limit.take('a')).toBe(0);
  });

  it('counts keys apart and weights together', () => {
    const { limit } = limitWithClock(10);
    expect(limit.take('a', 10)).toBe(0);
    expect(limit.take('a')).toBeGreaterThan(0);
    expect(limit.take('b', 9)).toBe(0);
    expect(limit.take('b', 2)).toBeGreaterThan(0);
  });

  it('lets a weight above the limit pass when the whole limit is there, so that nothing waits for ever', () => {
    const { limit } = limitWithClock(10);
    expect(limit.take('a', 50)).toBe(0);
    expect(limit.take('a')).toBeGreaterThan(0);
  });

  it('is off at 0', () => {
    const { limit } = limitWithClock(0);
    expect(Array.from({ length: 1000 }, () => limit.take('a')).every((wait) => wait === 0)).toBe(true);
  });

  it('forgets the oldest keys beyond 20,000, and no younger one', () => {
    const { limit } = limitWithClock(1);
    for (let key = 0; key <= 20_000; key++) limit.take(`key ${key}`);
    expect(limit.take('key 20000')).toBeGreaterThan(0);
    expect(limit.take('key 1')).toBeGreaterThan(0);
    expect(limit.take('key 0')).toBe(0);
  });
});
