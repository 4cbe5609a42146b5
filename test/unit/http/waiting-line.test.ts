// A line in front of work that shares a slow place.
import { describe, expect, it } from 'vitest';
import { createWaitingLine } from '../../../src/http/waiting-line.ts';

/** Work that ends when it is told to. */
function slowWork() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, end: resolve };
}

describe('a waiting line', () => {
  it('lets so many work at once and no more, each in turn', async () => {
    const line = createWaitingLine(2, 10);
    let [working, most] = [0, 0];
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 8 }, (_, number) =>
        line(async () => {
          working += 1;
          most = Math.max(most, working);
          await new Promise((resolve) => setImmediate(resolve));
          working -= 1;
          order.push(number);
        }),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('goes on after a failure', async () => {
    const line = createWaitingLine(1, 10);
    await expect(line(() => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    expect(await line(async () => 'next')).toBe('next');
  });

  it('turns away whoever would make it longer than it may be', async () => {
    const line = createWaitingLine(1, 1);
    const first = slowWork();
    const worked = line(first.work);
    const waits = line(async () => 'waited');
    await expect(line(async () => 'never')).rejects.toMatchObject({
      code: 'AUTH_BUSY',
      message: 'too many requests at once',
    });
    first.end();
    await worked;
    expect(await waits).toBe('waited');
  });
});
