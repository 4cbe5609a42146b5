// Readiness beside a pool that analysts keep full: it never stands in their queue, and still notices a dead database.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCore } from '../support/core.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts';
import { ask } from '../support/run.ts';
import { until } from '../support/until.ts';

const busyRead =
  'select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b where a <> b';

describe('readiness of a pool that is full', () => {
  let fresh: FreshDatabase;
  let proxy: FaultProxy;

  beforeAll(async () => {
    fresh = await freshDatabase({});
    proxy = await startFaultProxy(fresh.readerUrl);
  });
  afterAll(async () => {
    await proxy.close();
    await fresh.drop();
  });

  /** A core whose one connection is busy and whose queue is full; whoever opens it stops it. */
  async function fullCore() {
    const { core } = openCore(proxy.urlFor(fresh.readerUrl), {
      database: { poolMax: 1 },
      queue: { max: 1, timeoutMs: 60_000 },
    });
    await ask(core, 'select 1');
    const over = new AbortController();
    const limits = { statementTimeoutMs: 30_000, lockTimeoutMs: 1_000, applicationName: 'test/busy' };
    const sink = {
      maxRowBytes: 1_000,
      columns: () => undefined,
      row: () => true,
      oversizedRow: () => undefined,
    };
    const request = { ...limits, sql: busyRead, parameters: [], rowLimit: 0, sink, signal: over.signal };
    const reads = [core.database.read(request), core.database.read(request)];
    const ended = Promise.allSettled(reads);
    await until(() => core.database.isFull(), 'the full pool');
    const stop = async (): Promise<void> => {
      over.abort();
      await ended;
      await core.close();
    };
    return { core, stop };
  }

  it('is ready without a wait, though every connection is busy and the queue takes nobody', async () => {
    const { core, stop } = await fullCore();
    const startedAt = performance.now();
    expect(await core.readiness(AbortSignal.timeout(3_000))).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await stop();
  });

  it('is not ready where the server has stopped answering, though statements still wait for it', async () => {
    const { core, stop } = await fullCore();
    proxy.setFault({ blackHole: 'both', accept: 'hang' });
    const missing = await core.readiness(AbortSignal.timeout(500));
    expect(missing).toMatchObject({ code: 'DB_UNREACHABLE', message: 'the database cannot be reached' });
    proxy.setFault({});
    proxy.resetAll();
    await stop();
  });

  it('is not ready where the server refuses connections, though statements still wait for it', async () => {
    const { core, stop } = await fullCore();
    proxy.setFault({ accept: 'refuse' });
    const missing = await core.readiness(AbortSignal.timeout(3_000));
    expect(missing).toMatchObject({ code: 'DB_UNREACHABLE', message: 'the database cannot be reached' });
    proxy.setFault({});
    await stop();
  });
});
