// The tools of the anomaly tests: a server that may be killed, and a wire that may be cut.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { withClient } from '../support/postgres.ts';
import { type PrivateServer, startPrivateServer } from '../support/private-server.ts';

let server: PrivateServer;
let proxy: FaultProxy;
let throughProxy: string;

beforeAll(async () => {
  server = await startPrivateServer({ prepare: 'create table kept as select 7 as x' });
  proxy = await startFaultProxy(server.port);
  throughProxy = proxy.urlFor(server.adminUrl);
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

const selectKept = (url: string) =>
  withClient(url, async (client) => (await client.query('table kept')).rows);

describe('a private server', () => {
  it('keeps port and data through restarts of every kind', async () => {
    for (const mode of ['fast', 'immediate'] as const) {
      await server.restart(mode);
      expect(await selectKept(server.adminUrl)).toEqual([{ x: 7 }]);
    }
  });

  it('refuses connections while halted', async () => {
    await server.halt('fast');
    await expect(selectKept(server.adminUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.start();
    expect(await selectKept(server.adminUrl)).toEqual([{ x: 7 }]);
  });

  it('comes back after kill -9 of the server process', async () => {
    const before = server.postmaster();
    await server.killPostmaster();
    await server.start();
    expect(server.postmaster()).not.toBe(before);
    expect(await selectKept(server.adminUrl)).toEqual([{ x: 7 }]);
  });

  it('loses every session when one backend is killed, and recovers by itself', async () => {
    const failures: string[] = [];
    const bystander = new pg.Client({ connectionString: server.adminUrl });
    bystander.on('error', (error) => failures.push(error.message));
    await bystander.connect();
    const { rows } = await bystander.query<{ pid: number }>('select pg_backend_pid() as pid');
    server.killBackend(rows[0]!.pid);
    await expect.poll(() => failures.length).toBeGreaterThan(0);
    await expect.poll(() => selectKept(server.adminUrl).catch(() => [])).toEqual([{ x: 7 }]);
    await bystander.end();
  });
});

describe('the fault proxy', () => {
  it('carries a session unharmed while no fault is set', async () => {
    expect(await selectKept(throughProxy)).toEqual([{ x: 7 }]);
    await expect.poll(() => proxy.open()).toBe(0);
  });

  it('delays by the latency that is set', async () => {
    await withClient(throughProxy, async (client) => {
      proxy.setFault({ latencyMs: 100 });
      const started = performance.now();
      await client.query('select 1');
      expect(performance.now() - started).toBeGreaterThan(190);
      proxy.setFault({});
    });
  });

  it.each(['refuse', 'hang'] as const)('answers a new connection with "%s"', async (accept) => {
    proxy.setFault({ accept });
    const client = new pg.Client({ connectionString: throughProxy, connectionTimeoutMillis: 300 });
    const expected = accept === 'refuse' ? /ECONNRESET/ : /timeout/;
    await expect(client.connect()).rejects.toThrow(expected);
    proxy.setFault({});
    await client.end();
  });

  it.each([
    ['RST', 'ECONNRESET', () => proxy.resetAll()],
    ['FIN', 'Connection terminated unexpectedly', () => proxy.finishAll()],
    ['a cut after 20 bytes', 'ECONNRESET', () => proxy.setFault({ cutAfterBytes: 20 })],
  ])('breaks a running query with %s', async (_name, message, breakIt) => {
    await withClient(throughProxy, async (client) => {
      const query = client.query("select repeat('x', 1000) from pg_sleep(0.3)");
      const failure = expect(query).rejects.toThrow(message);
      setTimeout(breakIt, 100);
      await failure;
    });
    proxy.setFault({});
  });

  it('swallows what it is told to swallow and keeps the connection open', async () => {
    const client = new pg.Client({ connectionString: throughProxy, query_timeout: 300 });
    client.on('error', () => undefined);
    await client.connect();
    proxy.setFault({ blackHole: 'down' });
    await expect(client.query('select 1')).rejects.toThrow('Query read timeout');
    expect(proxy.open()).toBe(1);
    proxy.resetAll();
    proxy.setFault({});
    await client.end();
  });
});
