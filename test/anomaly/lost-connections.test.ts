// What happens to readers when connections, backends, the server or the network are lost under them.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CodedError, errorText } from '../../src/base/errors.ts';
import { type OpenDatabase, openDatabase } from '../support/database.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type PgBouncer, pgbouncerMissing, startPgBouncer } from '../support/pgbouncer.ts';
import { withClient } from '../support/postgres.ts';
import { type PrivateServer, startPrivateServer } from '../support/private-server.ts';
import { until } from '../support/until.ts';

const reader = { user: 'reader', password: 'secret' };
const prepare = `create role reader login password 'secret' connection limit 6;
  create function fail_with(state text) returns int language plpgsql as $$ begin
    raise exception 'failed elsewhere' using errcode = state, detail = 'connection to server at "10.9.8.7" failed';
  end $$;
  create table big as select g, repeat(md5(g::text), 30) as filler from generate_series(1, 20000) g;
  grant select on big to reader;`;

describe('lost connections', () => {
  let server: PrivateServer;
  let proxy: FaultProxy;
  let open: OpenDatabase;

  beforeAll(async () => {
    server = await startPrivateServer({ prepare });
    proxy = await startFaultProxy(server.port);
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });
  beforeEach(() => {
    proxy.setFault({});
    open = openDatabase(proxy.urlFor(server.url('postgres', reader)));
  });
  afterEach(() => open.database.close());

  const admin = (sql: string) => withClient(server.adminUrl, (client) => client.query(sql));
  const terminateReaders = () =>
    admin("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader'");
  const activeReaders = async () =>
    (await admin("select pid from pg_stat_activity where usename = 'reader' and state = 'active'")).rows;

  it('runs a statement once more, and only once, where its backend is terminated', async () => {
    const slow = open.rows("select 'done', pg_sleep(1)");
    await until(async () => (await activeReaders()).length > 0, 'the statement running');
    await terminateReaders();
    expect((await slow)[0]?.[0]).toBe('done');
    expect(open.count('statement_retried')).toBe(1);
  });

  it('gives up after the second loss', async () => {
    const slow = open.rows('select pg_sleep(5)');
    slow.catch(() => undefined);
    for (const attempt of ['first', 'second']) {
      await until(async () => (await activeReaders()).length > 0, `the ${attempt} attempt running`);
      await terminateReaders();
      await until(async () => (await activeReaders()).length === 0, `the ${attempt} attempt ended`);
    }
    await expect(slow).rejects.toMatchObject({
      code: 'DB_DISCONNECTED',
      message: 'the connection to the database was lost',
      facts: { sqlState: '57P01' },
    });
    expect(open.count('statement_retried')).toBe(1);
    expect(open.count('connection_opened')).toBe(2);
  });

  it('runs nothing twice once a row has arrived', async () => {
    await open.rows('select 1');
    proxy.setFault({ cutAfterBytes: 300_000 });
    await expect(open.rows('select * from big')).rejects.toMatchObject({ code: 'DB_DISCONNECTED' });
    expect(open.count('statement_retried')).toBe(0);
  });

  it('runs nothing twice that Postgres answered with an error', async () => {
    await expect(open.rows('select pg_sleep(5)', { statementTimeoutMs: 100 })).rejects.toMatchObject({
      code: 'LIMIT_STATEMENT_TIMEOUT',
    });
    await expect(open.rows('select nix')).rejects.toMatchObject({ code: 'DB_UNDEFINED_COLUMN' });
    expect(open.count('statement_retried')).toBe(0);
  });

  it.each(['08001', '08006', '57P01'])(
    'takes %s for no disconnect where the connection lives on, as when a foreign server cannot be reached',
    async (state) => {
      await open.rows('select 1');
      await expect(open.rows('select fail_with($1)', { parameters: [state] })).rejects.toMatchObject({
        code: 'DB_ERROR',
        message: 'failed elsewhere',
        facts: { sqlState: state },
      });
      await open.rows('select 1');
      expect(open.count('statement_retried')).toBe(0);
      expect(open.count('connection_opened')).toBe(1);
    },
  );

  it('keeps hosts of foreign servers and paths of files from the caller', async () => {
    const errorOf = (state: string) =>
      open.rows('select fail_with($1)', { parameters: [state] }).catch((error: unknown) => error);
    for (const state of ['08001', 'HV00N', '58P01']) {
      expect(errorText((await errorOf(state)) as CodedError)).not.toContain('10.9.8.7');
    }
    expect(await errorOf('58P01')).toMatchObject({
      code: 'DB_ERROR',
      message: 'the database failed',
      facts: { logDetail: 'failed elsewhere' },
    });
  });

  it('serves the next twenty calls after every idle backend was terminated', async () => {
    await Promise.all([1, 2, 3, 4].map(() => open.rows('select pg_sleep(0.1)')));
    await terminateReaders();
    for (let call = 0; call < 20; call++) expect(await open.rows('select 1')).toEqual([['1']]);
  });

  it('serves the next calls after the network reset every idle connection', async () => {
    await Promise.all([1, 2, 3, 4].map(() => open.rows('select pg_sleep(0.1)')));
    proxy.resetAll();
    const answers = await Promise.all(Array.from({ length: 8 }, () => open.rows('select 1')));
    expect(answers).toEqual(Array.from({ length: 8 }, () => [['1']]));
  });

  it('recovers from kill -9 of a backend, which drops every session', async () => {
    const slow = open.rows("select 'done', pg_sleep(1)");
    const [running] = await until(async () => {
      const rows = await activeReaders();
      return rows.length > 0 && rows;
    }, 'the statement running');
    server.killBackend(running.pid);
    // A machine that is busy may recover for longer than the one retry waits.
    const failure = await slow.then(
      ([row]) => void expect(row?.[0]).toBe('done'),
      (error: unknown) => error,
    );
    if (failure !== undefined) expect(failure).toMatchObject({ code: 'DB_STARTING' });
    await until(() => open.rows('select 1').catch(() => undefined), 'an answer after the recovery');
  });

  it.each(['fast', 'immediate'] as const)('keeps serving through a %s restart under load', async (mode) => {
    const failures: unknown[] = [];
    let stop = false;
    const caller = async () => {
      while (!stop)
        await open.rows('select count(*) from big').catch((error: unknown) => failures.push(error));
    };
    const callers = [1, 2, 3, 4].map(caller);
    await server.restart(mode);
    await until(() => open.rows('select 1').catch(() => undefined), 'an answer after the restart');
    stop = true;
    await Promise.all(callers);
    for (const failure of failures) {
      expect(failure).toMatchObject({
        code: expect.stringMatching(/^DB_(DISCONNECTED|UNREACHABLE|STARTING)$/),
      });
    }
    expect(await open.rows('select 1')).toEqual([['1']]);
  });

  it('starts with the database down, says so, and serves once it is up', async () => {
    await server.halt('fast');
    try {
      await expect(open.rows('select 1')).rejects.toMatchObject({
        code: 'DB_UNREACHABLE',
        message: 'the database cannot be reached',
      });
      expect(open.count('connection_opened')).toBe(0);
    } finally {
      await server.start();
    }
    expect(await open.rows('select 1')).toEqual([['1']]);
  });

  it('gives up on a peer that accepts and says nothing, without trying twice', async () => {
    proxy.setFault({ accept: 'hang' });
    const hasty = openDatabase(proxy.urlFor(server.url('postgres', reader)), { connectTimeoutMs: 300 });
    const before = proxy.accepted();
    await expect(hasty.rows('select 1')).rejects.toMatchObject({ code: 'DB_UNREACHABLE' });
    expect(proxy.accepted() - before).toBe(1);
    proxy.resetAll();
    await hasty.database.close();
  });

  it('ends a statement whose network swallows everything, and does not reuse its connection', async () => {
    await open.rows('select 1');
    proxy.setFault({ blackHole: 'both' });
    const started = performance.now();
    await expect(open.rows('select 1', { statementTimeoutMs: 200 })).rejects.toMatchObject({
      code: 'LIMIT_STATEMENT_TIMEOUT',
      message: 'the database gave no answer within the time limit',
    });
    expect(performance.now() - started).toBeLessThan(20_000);
    proxy.setFault({});
    proxy.resetAll();
    expect(await open.rows('select 1')).toEqual([['1']]);
  });

  it('drops an idle connection that the server ends by idle_session_timeout', async () => {
    await admin("alter role reader set idle_session_timeout = '100ms'");
    try {
      await open.rows('select 1');
      await until(
        async () => (await admin("select 1 from pg_stat_activity where usename = 'reader'")).rowCount === 0,
        'the session ended',
      );
      expect(await open.rows('select 1')).toEqual([['1']]);
    } finally {
      await admin('alter role reader reset idle_session_timeout');
    }
  });

  it('says that the database has no free connection beyond the limit of the role', async () => {
    const wide = openDatabase(server.url('postgres', reader), { poolMax: 7 });
    const results = await Promise.allSettled(
      Array.from({ length: 7 }, () => wide.rows('select pg_sleep(0.5)')),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map((result) => result.reason.code)).toEqual(['DB_TOO_MANY_CONNECTIONS']);
    await wide.database.close();
  });

  it('refuses a wrong password without telling the driver’s or the server’s words', async () => {
    const wrong = openDatabase(server.url('postgres', { user: 'reader', password: 'wrong' }));
    await expect(wrong.rows('select 1')).rejects.toMatchObject({
      code: 'DB_LOGIN',
      message: 'the database refused the login of this server',
    });
    expect(wrong.count('statement_retried')).toBe(0);
    await wrong.database.close();
  });

  it('says that another session holds a lock', async () => {
    await withClient(server.adminUrl, async (holder) => {
      await holder.query('begin; lock table big in access exclusive mode');
      await expect(open.rows('select count(*) from big', { lockTimeoutMs: 100 })).rejects.toMatchObject({
        code: 'DB_LOCK_TIMEOUT',
        facts: { sqlState: '55P03' },
      });
      await holder.query('rollback');
    });
  });

  it('says that the statement needs more temporary disk than the role may use', async () => {
    await admin("alter role reader set temp_file_limit = '1MB'; alter role reader set work_mem = '64kB'");
    try {
      await expect(open.rows('select * from big order by filler')).rejects.toMatchObject({
        code: 'LIMIT_TEMP_FILES',
        facts: { sqlState: '53400' },
      });
    } finally {
      await admin('alter role reader reset temp_file_limit; alter role reader reset work_mem');
    }
  });

  it('gives up on one huge value without reading it, and tells the backend to stop', async () => {
    const seen: number[] = [];
    const sink = {
      maxRowBytes: 1_000_000,
      columns: () => undefined,
      row: () => true,
      oversizedRow: (bytes: number) => seen.push(bytes),
    };
    const before = process.memoryUsage().rss;
    await open.database.read({
      sql: "select repeat('x', 300000000)",
      parameters: [],
      rowLimit: 11,
      statementTimeoutMs: 30_000,
      lockTimeoutMs: 1_000,
      applicationName: 'test',
      sink,
    });
    expect(seen).toEqual([300_000_006]);
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
    await until(async () => (await activeReaders()).length === 0, 'the backend stopped');
  });

  it('survives a reader that fails in the middle of a row, and gives the connection up', async () => {
    const sink = {
      maxRowBytes: 1_000_000,
      columns: () => undefined,
      row: () => {
        throw new RangeError('out of memory');
      },
      oversizedRow: () => undefined,
    };
    const read = open.database.read({
      sql: 'select * from big',
      parameters: [],
      rowLimit: 0,
      statementTimeoutMs: 5_000,
      lockTimeoutMs: 1_000,
      applicationName: 'test',
      sink,
    });
    await expect(read).rejects.toMatchObject({ code: 'INTERNAL', message: 'the server failed unexpectedly' });
    expect(await open.rows('select 1')).toEqual([['1']]);
  });

  it('refuses an error message that quotes a huge value', async () => {
    await expect(
      open.rows("select repeat('x', 50000000)::int", { statementTimeoutMs: 30_000 }),
    ).rejects.toMatchObject({ code: 'LIMIT_VALUE_SIZE' });
    expect(await open.rows('select 1')).toEqual([['1']]);
  });
});

describe.skipIf(pgbouncerMissing !== undefined)(
  `behind PgBouncer${pgbouncerMissing === undefined ? '' : ` (skipped: ${pgbouncerMissing})`}`,
  () => {
    let server: PrivateServer;
    let bouncer: PgBouncer;
    let open: OpenDatabase;

    beforeAll(async () => {
      server = await startPrivateServer();
      bouncer = await startPgBouncer(server.adminUrl, [
        'default_pool_size = 1',
        'query_wait_timeout = 1',
        'server_login_retry = 1',
      ]);
      open = openDatabase(bouncer.urlFor(server.adminUrl));
    });
    afterAll(async () => {
      await open.database.close();
      await bouncer.stop();
      await server.stop();
    });
    const running = async () =>
      (
        await withClient(server.adminUrl, (client) =>
          client.query(
            "select pid from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid() and state = 'active'",
          ),
        )
      ).rows;

    it('a statement is run once more where the backend is lost to PgBouncer', async () => {
      const slow = open.rows("select 'done', pg_sleep(1)").catch((error: unknown) => error);
      const [{ pid }] = await until(async () => {
        const rows = await running();
        return rows.length > 0 && rows;
      }, 'the statement running');
      server.killBackend(pid);
      const answer = await slow;
      // A machine that is busy may recover for longer than the one retry waits.
      if (answer instanceof Error)
        expect(answer).toMatchObject({
          code: expect.stringMatching(/^DB_(DISCONNECTED|STARTING|UNREACHABLE)$/),
        });
      else expect(answer).toMatchObject([['done', '']]);
      expect(open.count('statement_retried')).toBe(1);
    });

    it('a wait that PgBouncer ends is told as a lost connection, not as wrong parameters', async () => {
      await until(() => open.rows('select 1').catch(() => undefined), 'an answer after the recovery');
      const holding = withClient(bouncer.urlFor(server.adminUrl), (client) =>
        client.query('select pg_sleep(6)'),
      );
      await until(async () => (await running()).length > 0, 'the pool being held');
      await expect(open.rows('select 1')).rejects.toMatchObject({
        code: 'DB_DISCONNECTED',
        message: 'the connection to the database was lost',
      });
      await holding;
    });
  },
);

describe('the queue for connections', () => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await startPrivateServer({ prepare });
  });
  afterAll(() => server.stop());

  const narrow = (more: object) =>
    openDatabase(server.url('postgres', reader), { poolMax: 2, queueMax: 3, ...more });

  it('takes exactly as many waiters as configured and refuses one more, naming the limit', async () => {
    const open = narrow({});
    const calls = Array.from({ length: 5 }, () => open.rows('select pg_sleep(0.3)'));
    await expect(open.rows('select 1')).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      message: '3 queries are already waiting for a connection',
    });
    expect((await Promise.all(calls)).length).toBe(5);
    await open.database.close();
  });

  it('lets a waiter wait until its deadline and no longer', async () => {
    const open = narrow({ queueTimeoutMs: 300 });
    const holders = [1, 2].map(() => open.rows('select pg_sleep(1)'));
    await expect(open.rows('select 1')).rejects.toMatchObject({
      code: 'QUEUE_TIMEOUT',
      message: 'no connection came free within 300 ms',
    });
    await Promise.all(holders);
    expect(await open.rows('select 1')).toEqual([['1']]);
    await open.database.close();
  });

  it('forgets a waiter that leaves', async () => {
    const open = narrow({});
    const holders = [1, 2].map(() => open.rows('select pg_sleep(0.5)'));
    const leaving = new AbortController();
    const waiter = open.rows('select 1', { signal: leaving.signal });
    leaving.abort();
    await expect(waiter).rejects.toMatchObject({
      code: 'CANCELLED',
      message: 'the call was cancelled while it waited for a connection',
    });
    await Promise.all(holders);
    expect(open.events.findLast((event) => event.kind === 'pool')).toEqual({
      kind: 'pool',
      inUse: 0,
      waiting: 0,
    });
    await open.database.close();
  });

  it('never opens more connections than configured', async () => {
    const open = narrow({ queueMax: 100 });
    await Promise.all(Array.from({ length: 40 }, () => open.rows('select pg_sleep(0.01)')));
    expect(open.count('connection_opened')).toBeLessThanOrEqual(2);
    await open.database.close();
  });
});
