// How old a snapshot is: told by a clock that nobody can set, whatever happens to the time of day.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSnapshotSource } from '../../../src/catalog/snapshot.ts';

const staleMs = 600_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function countedSource() {
  let reads = 0;
  const source = createSnapshotSource({
    read: async () => ++reads,
    onRead: () => undefined,
    onFailed: () => undefined,
  });
  return source;
}

describe('the age of a snapshot', () => {
  it('grows though the time of day is put back by an hour', async () => {
    const source = countedSource();
    expect(await source.current()).toBe(1);
    vi.advanceTimersByTime(staleMs);
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(await source.current()).toBe(2);
  });

  it('does not grow though the time of day is put forward by an hour', async () => {
    const source = countedSource();
    expect(await source.current()).toBe(1);
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(await source.current()).toBe(1);
  });

  it('makes nobody wait who asks for the latest one, and lets the next one have a new one', async () => {
    const source = countedSource();
    expect(await source.latest()).toBe(1);
    vi.advanceTimersByTime(staleMs);
    expect(await source.latest()).toBe(1);
    expect(await source.latest()).toBe(2);
  });
});
