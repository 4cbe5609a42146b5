// DATABASE_URL and the PG variables become connection settings, as libpq reads them.
import { describe, expect, it } from 'vitest';
import { connectionSettings } from '../../../src/pg/connection-source.ts';
import { tlsOptions } from '../../../src/pg/tls.ts';

type Files = Readonly<Record<string, string>>;

function read(url?: string, variables: Record<string, string> = {}, files: Files = {}, open: string[] = []) {
  return connectionSettings({
    url,
    variables,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return text;
    },
    isOpenToOthers: (path) => open.includes(path),
    homeDirectory: '/home/op',
  });
}

const base = 'postgres://ro:pw@db.example.com/fleet';

describe('the URI', () => {
  it('gives host, port, role, password and database', () => {
    expect(read('postgresql://ro:p%40ss@db.example.com:6432/fleet?application_name=app').value).toMatchObject(
      {
        host: 'db.example.com',
        port: 6432,
        user: 'ro',
        password: 'p@ss',
        database: 'fleet',
        applicationName: 'app',
      },
    );
  });

  it('takes IPv6 addresses in brackets and sockets as a percent-encoded host or a parameter', () => {
    expect(read('postgres://ro@[::1]:5433/fleet').value).toMatchObject({ host: '::1', port: 5433 });
    expect(read('postgres://ro@%2Fvar%2Frun%2Fpostgresql/fleet').value?.host).toBe('/var/run/postgresql');
    expect(read('postgres://ro@/fleet?host=/tmp').value?.host).toBe('/tmp');
  });

  it('leaves what it does not say to the PG variables, and wins over them', () => {
    const { value } = read('postgres://db.example.com/fleet', {
      PGUSER: 'ro',
      PGPASSWORD: 'x',
      PGPORT: '6000',
      PGDATABASE: 'other',
    });
    expect(value).toMatchObject({ user: 'ro', password: 'x', port: 6000, database: 'fleet' });
  });

  it('uses the role’s name as database where none is named', () => {
    expect(read('postgres://ro@db.example.com').value?.database).toBe('ro');
  });

  it.each([
    ['a password with a bare slash', 'postgres://ro:se/cret@db/fleet', 'the port is not a number'],
    ['a password with a bare @', 'postgres://ro:se@cret@db/fleet', 'the host is not well formed'],
    ['another scheme', 'mysql://ro:secret@db/fleet', 'must be a URI that begins with postgres://'],
    ['keywords and values', 'host=db password=secret', 'must be a URI that begins with postgres://'],
    [
      'a broken percent-encoding',
      'postgres://ro:%zzsecret@db/fleet',
      '"password" holds an invalid percent-encoding',
    ],
    ['several hosts', 'postgres://ro:secret@a,b/fleet', 'several hosts are not supported; name one'],
    [
      'a port out of range',
      'postgres://ro:secret@a:70000/fleet',
      'the port must be a number from 1 to 65535',
    ],
    ['an unknown mode', `${base}?sslmode=ful`, 'sslmode must be one of disable, allow'],
    ['a misspelt parameter', `${base}?sslmod=require`, 'unknown parameter "sslmod"; did you mean "sslmode"'],
    ['startup options', `${base}?options=-c%20x%3D1`, '"options" is not supported'],
  ])('refuses %s without repeating the password', (_, url, reason) => {
    const { value, problems } = read(url);
    expect(value).toBeUndefined();
    expect(problems.map((problem) => problem.reason).join('\n')).toContain(reason);
    expect(JSON.stringify(problems)).not.toMatch(/pw|cret(?!@db)/);
  });

  it('says which parameters it ignores', () => {
    expect(read(`${base}?connect_timeout=3`).warnings).toEqual([
      'DATABASE_URL: "connect_timeout" is ignored: MCP_CONNECT_TIMEOUT sets the time of a login.',
    ]);
  });

  it('says nothing where nothing is given', () => {
    expect(read(undefined, { PGSSLMODE: 'require' })).toEqual({ problems: [], warnings: [] });
  });

  it('needs a role', () => {
    expect(read('postgres://db/fleet').problems).toMatchObject([{ reason: 'names no role to log in as' }]);
  });
});

describe('sslmode', () => {
  const tls = (query: string, files: Files = {}) => read(`${base}?${query}`, {}, files).value?.tls;

  it.each([
    ['disable', ['plain'], 'none'],
    ['allow', ['plain', 'tls'], 'none'],
    ['prefer', ['tls', 'plain'], 'none'],
    ['require', ['tls'], 'none'],
  ])('%s tries %j and checks nothing', (mode, attempts, verification) => {
    expect(tls(`sslmode=${mode}`)).toMatchObject({ attempts, verification });
  });

  it('is prefer where it is left out', () => {
    expect(read(base).value?.tls.mode).toBe('prefer');
  });

  it('require checks the chain where a root certificate is at hand, as libpq does', () => {
    expect(tls('sslmode=require&sslrootcert=/ca', { '/ca': 'PEM' })).toMatchObject({
      verification: 'authority',
      ca: 'PEM',
    });
    expect(tls('sslmode=require', { '/home/op/.postgresql/root.crt': 'HOME' })).toMatchObject({ ca: 'HOME' });
  });

  it('verify-ca and verify-full refuse to start without root certificates', () => {
    expect(read(`${base}?sslmode=verify-ca`).problems[0]?.reason).toContain('needs root certificates');
    expect(tls('sslmode=verify-full&sslrootcert=system')).toMatchObject({
      verification: 'full',
      ca: undefined,
    });
  });

  it('sslrootcert=system needs verify-full', () => {
    expect(read(`${base}?sslmode=require&sslrootcert=system`).problems[0]?.reason).toContain(
      'needs sslmode verify-full',
    );
  });

  it('never encrypts a Unix-domain socket', () => {
    expect(read('postgres://ro@/fleet?host=/tmp&sslmode=require').value?.tls.attempts).toEqual(['plain']);
  });

  it('names the file that cannot be read', () => {
    expect(read(`${base}?sslmode=verify-ca&sslrootcert=/nowhere`).problems).toEqual([
      { name: 'DATABASE_URL', value: '/nowhere', reason: 'there is no such file' },
    ]);
  });

  it('gives node:tls the host that was dialled, so that an address is checked as itself', () => {
    const settings = read('postgres://ro@127.0.0.1/fleet?sslmode=verify-full&sslrootcert=system').value;
    expect(tlsOptions(settings!.tls, 'tls', settings!.host)).toEqual({
      host: '127.0.0.1',
      rejectUnauthorized: true,
    });
  });
});

describe('the password file', () => {
  const line = 'db.example.com:5432:*:ro:se\\:cret\\:';

  it('gives the password of the first line that fits', () => {
    const files = { '/pgpass': `# comment\nother:*:*:*:no\n${line}\n*:*:*:*:late` };
    expect(read('postgres://ro@db.example.com/fleet', { PGPASSFILE: '/pgpass' }, files).value?.password).toBe(
      'se:cret:',
    );
  });

  it('is ignored with a warning where others may read it', () => {
    const reading = read('postgres://ro@db.example.com/fleet', {}, { '/home/op/.pgpass': line }, [
      '/home/op/.pgpass',
    ]);
    expect(reading.value?.password).toBeUndefined();
    expect(reading.warnings[0]).toContain('ignored because others than its owner may read it');
  });

  it('is a problem where it is named and missing', () => {
    expect(read(base.replace(':pw', ''), { PGPASSFILE: '/nowhere' }).problems).toMatchObject([
      { name: 'PGPASSFILE' },
    ]);
  });
});
