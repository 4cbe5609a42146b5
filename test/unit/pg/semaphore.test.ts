// What a waiter that has left still holds; how waiters fare with a real database stands in anomaly/lost-connections.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createSemaphore } from '../../../src/pg/semaphore.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('the queue for connections', () => {
  it('lets go of the work of a waiter that leaves, however long the slots stay taken', async () => {
    const semaphore = createSemaphore({
      max: 1,
      queueMax: 10,
      queueTimeoutMs: 60_000,
      emit: () => undefined,
    });
    const held = Promise.withResolvers<void>();
    const holder = semaphore.run(undefined, () => held.promise);
    const leave = async () => {
      const leaving = new AbortController();
      const statement = { sql: 'x'.repeat(1_000) };
      const waiter = semaphore.run(leaving.signal, async () => statement.sql);
      leaving.abort();
      await expect(waiter).rejects.toMatchObject({
        code: 'CANCELLED',
        message: 'the call was cancelled while it waited for a connection',
      });
      return new WeakRef(statement);
    };
    const left = await leave();
    await new Promise((resolve) => setTimeout(resolve, 20));
    collectGarbage();
    expect(left.deref()).toBeUndefined();
    held.resolve();
    await holder;
  });
});
