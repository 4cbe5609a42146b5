// sslmode as libpq means it, against a server with a certificate of its own and one without any.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionSettings } from '../../src/pg/connection-source.ts';
import { type OpenDatabase, openDatabase } from '../support/database.ts';
import { type PrivateServer, startPrivateServer } from '../support/private-server.ts';
import { until } from '../support/until.ts';

const openssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return '';
  } catch {
    return ' (openssl is not installed)';
  }
})();

const prepare = "create role reader login password 'secret'";

describe.skipIf(openssl !== '')(`TLS to Postgres${openssl}`, () => {
  let folder: string;
  let encrypted: PrivateServer;
  let plain: PrivateServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tls-'));
    chmodSync(folder, 0o755);
    const [key, cert] = [join(folder, 'server.key'), join(folder, 'server.crt')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        key,
        '-out',
        cert,
      ],
      { stdio: 'ignore' },
    );
    // Postgres takes a key of root's that its group may read, or its own (manual, 18.9).
    if (process.getuid?.() === 0) chownSync(key, 0, Number(execFileSync('id', ['-g', accountName()])));
    chmodSync(key, process.getuid?.() === 0 ? 0o640 : 0o600);
    encrypted = await startPrivateServer({
      prepare,
      settings: { ssl: 'on', ssl_cert_file: cert, ssl_key_file: key },
    });
    plain = await startPrivateServer({ prepare });
  });
  afterAll(async () => {
    await encrypted.stop();
    await plain.stop();
    rmSync(folder, { recursive: true });
  });

  /** The account that the launcher runs Postgres under where the tests run as root. */
  function accountName(): string {
    try {
      execFileSync('id', ['-u', 'postgres'], { stdio: 'ignore' });
      return 'postgres';
    } catch {
      return 'nobody';
    }
  }

  async function connected<Result>(
    server: PrivateServer,
    host: string,
    query: string,
    work: (open: OpenDatabase) => Promise<Result>,
  ): Promise<Result> {
    const url = `postgres://reader:secret@${host}:${server.port}/postgres?${query}`;
    const { value, problems } = connectionSettings({
      url,
      variables: {},
      homeDirectory: '/nonexistent',
      isOpenToOthers: () => false,
      readFile: (path: string) => readFileSync(path, 'utf8'),
    });
    expect(problems).toEqual([]);
    const open = openDatabase(server.url(), { connection: value! });
    try {
      return await work(open);
    } finally {
      await open.database.close();
    }
  }

  const isEncrypted = async (open: OpenDatabase) =>
    (await open.rows('select ssl from pg_stat_ssl where pid = pg_backend_pid()'))[0]?.[0];
  const root = () => `sslrootcert=${join(folder, 'server.crt')}`;

  it.each([
    ['disable', 'f'],
    ['allow', 'f'],
    ['prefer', 't'],
    ['require', 't'],
  ])('sslmode %s on a server with TLS: encrypted is %s', async (mode, expected) => {
    expect(await connected(encrypted, 'localhost', `sslmode=${mode}`, isEncrypted)).toBe(expected);
  });

  it.each(['disable', 'allow', 'prefer'])('sslmode %s works on a server without TLS', async (mode) => {
    expect(await connected(plain, 'localhost', `sslmode=${mode}`, isEncrypted)).toBe('f');
  });

  it.each(['require', 'verify-ca', 'verify-full'])(
    'sslmode %s refuses a server without TLS',
    async (mode) => {
      const asked = connected(plain, 'localhost', `sslmode=${mode}&${root()}`, isEncrypted);
      await expect(asked).rejects.toMatchObject({
        code: 'DB_UNREACHABLE',
        message: 'the database cannot be reached',
      });
    },
  );

  it('sslmode verify-full takes a certificate of the right authority for the right host only', async () => {
    expect(await connected(encrypted, 'localhost', `sslmode=verify-full&${root()}`, isEncrypted)).toBe('t');
    await expect(
      connected(encrypted, '127.0.0.1', `sslmode=verify-full&${root()}`, isEncrypted),
    ).rejects.toMatchObject({ code: 'DB_UNREACHABLE' });
  });

  it('sslmode verify-ca checks the authority and not the host', async () => {
    expect(await connected(encrypted, '127.0.0.1', `sslmode=verify-ca&${root()}`, isEncrypted)).toBe('t');
    await expect(
      connected(encrypted, 'localhost', 'sslmode=verify-ca&sslrootcert=/etc/hostname', isEncrypted),
    ).rejects.toMatchObject({ code: 'DB_UNREACHABLE' });
  });

  it('cancels over TLS too', async () => {
    await connected(encrypted, 'localhost', 'sslmode=require', async (open) => {
      const leaving = new AbortController();
      const asked = open.rows('select pg_sleep(20)', { signal: leaving.signal });
      asked.catch(() => undefined);
      await until(() => open.events.some((event) => event.kind === 'connection_opened'), 'the connection');
      await new Promise((resolve) => setTimeout(resolve, 100));
      leaving.abort();
      await expect(asked).rejects.toMatchObject({ code: 'CANCELLED', message: 'the call was cancelled' });
      expect(open.count('connection_discarded')).toBe(0);
      expect(await open.rows('select 1')).toEqual([['1']]);
    });
  });
});
