// The command line as an operator meets it: real processes, their output and their exit codes.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintToken } from '../../src/auth/mint-token.ts';
import { commands } from '../../src/cli/commands.ts';
import { legacy, legacyHeaders, post } from '../support/mcp-messages.ts';
import { type FreshDatabase, freshDatabase, withClient } from '../support/postgres.ts';
import { type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { until } from '../support/until.ts';

const nowhere = 'postgres://ro:dbsecret@127.0.0.1:1/nowhere';

let folder: string;
let database: FreshDatabase;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'command-line-'));
  database = await freshDatabase({ template: 'empty' });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('help', () => {
  it.each(['', ...commands.map(({ name }) => name)])(
    'of "%s" is the one that was agreed on',
    async (name) => {
      const { code, out, err } = await runProgram(name === '' ? ['--help'] : [name, '--help']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatchSnapshot();
    },
  );

  it('comes instead of work where no command is given', async () => {
    const { code, out, err } = await runProgram([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: pg-analytics-mcp <command>');
  });
});

describe('usage', () => {
  it.each([
    [['chekc'], 'INPUT_INVALID: unknown command "chekc"\nHINT: Did you mean check?'],
    [['token'], 'INPUT_INVALID: the name of the analyst is missing'],
    [['token', 'sonia', 'bob'], 'INPUT_INVALID: unexpected argument "bob"'],
    [['token', 'so nia'], 'INPUT_INVALID: the name must be 1 to 63 letters, digits and . _ @ + -'],
    [['config', '--exmple'], 'unknown option --exmple; did you mean --example'],
    [['config', '--set', 'MCP_MAX_ROWS'], '--set needs NAME=VALUE'],
    [['config', '--set', 'MCP_MAXROWS=1'], 'did you mean MCP_MAX_ROWS'],
    [['serve', '--set', 'MCP_TOKENS=a:b'], 'MCP_TOKENS is a secret and would show in the list of processes'],
    [['role'], '--schemas is missing'],
    [['demo', '--size', 'huge'], '--size needs small or full'],
    [['demo', '--port', 'abc'], '--port must be a whole number'],
    [['demo', '--port', '65536'], '--port must be 0 to 65535'],
  ])('%j ends with exit code 2 and says why', async (words, message) => {
    const { code, out, err } = await runProgram(words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe('configuration', () => {
  it('with problems ends serve with exit code 3 and all problems, without secrets', async () => {
    const env = { DATABASE_URL: 'postgres://ro:hush/hush@h/d', MCP_POOL_MAX: 'many', MCP_POOLMAX: '3' };
    const { code, err } = await runProgram(['serve'], env);
    expect(code).toBe(3);
    expect(err).toContain('CONFIG_INVALID: the configuration has 4 problems');
    for (const name of ['DATABASE_URL', 'MCP_POOL_MAX=many', 'did you mean MCP_POOL_MAX', 'MCP_TOKENS'])
      expect(err).toContain(name);
    expect(err).not.toContain('hush');
  });

  it('is printed with origins by config, the file included', async () => {
    const path = join(folder, 'config.yaml');
    writeFileSync(path, 'MCP_SCHEMAS: [reporting, fuel]\n');
    const { code, out } = await runProgram(['config', '--config', path, '--set', 'PORT=0'], {
      DATABASE_URL: nowhere,
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^DATABASE_URL=\(hidden\) +# environment$/m);
    expect(out).toContain(`# file ${path}`);
    expect(out).toMatch(/^PORT=0 +# command line$/m);
    expect(out).toContain('# logs in as ro at 127.0.0.1:1, database nowhere, sslmode prefer');
    expect(out).not.toContain('dbsecret');
  });

  it('is judged by config as serve would judge it, and says where sign-ins are kept', async () => {
    const { code, out, err } = await runProgram(['config'], { DATABASE_URL: nowhere, MCP_SIGN_IN: 'key' });
    expect(code).toBe(3);
    expect(out).toMatch(/^# keeps who has signed in at filetree:.*pg-analytics-mcp \(MCP_STATE_URL\)$/m);
    for (const name of ['MCP_TOKENS', 'MCP_PUBLIC_URL']) expect(err).toContain(`  ${name}\n`);
  });

  it.each([
    [{ MCP_TOKENS: 'sonia' }, 'MCP_TOKENS'],
    [{ MCP_ADMIN_PORT: '8080' }, 'MCP_ADMIN_PORT=8080\n    is the same as PORT'],
    [{ MCP_ADMIN_TOKEN: 'short' }, 'MCP_ADMIN_TOKEN=(hidden)\n    must be 16 characters'],
    [{ MCP_SIGN_IN: 'google' }, 'MCP_SIGN_IN_ALLOW_DOMAINS\n    is missing'],
    [{ MCP_POLL_MAX: '5' }, 'did you mean MCP_POOL_MAX'],
  ])('%j is refused by config and by check as serve refuses it', async (env, problem) => {
    const given = { DATABASE_URL: nowhere, ...env };
    const config = await runProgram(['config'], given);
    expect(config.code).toBe(3);
    expect(config.err).toContain(problem);
    const check = await runProgram(['check'], given);
    expect(check.code).toBe(4);
    expect(check.out).toContain(problem.split('\n')[0]);
    expect(check.out).not.toMatch(/^ok +configuration/m);
  });

  it('without analysts is fit for stdio, which config and check say', async () => {
    const config = await runProgram(['config'], { DATABASE_URL: nowhere });
    expect(config).toMatchObject({ code: 0, err: '' });
    expect(config.out).toMatch(/^# no analyst may call over HTTP, so only stdio can be served$/m);
    const check = await runProgram(['check'], { DATABASE_URL: nowhere });
    expect(check.out).toMatch(/^ok +configuration +no problem$/m);
    expect(check.out).toMatch(/^warning +tokens +no analyst may call over HTTP$/m);
  });

  it('with access tokens of others has analysts, which config and check see', async () => {
    const env = {
      DATABASE_URL: nowhere,
      MCP_OAUTH_ISSUERS: 'https://issuer.example.com',
      MCP_PUBLIC_URL: 'https://analytics.example.com',
    };
    expect((await runProgram(['config'], env)).out).not.toContain('no analyst may call');
    const { out } = await runProgram(['check'], env);
    expect(out).toMatch(/^ok +tokens +none: others issue them \(MCP_OAUTH_ISSUERS\)$/m);
  });
});

describe('check', () => {
  it('finds a role of the script in order and proves that Postgres refuses writes', async () => {
    const { code, out, err } = await runProgram(['check', '--json'], {
      DATABASE_URL: database.readerUrl,
      MCP_TOKENS: 'sonia:token-of-sonia-0001',
    });
    const findings = JSON.parse(out) as { check: string; state: string; found: string }[];
    expect(findings.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(findings.find(({ check }) => check === 'read-only')).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(
        /create table in a read only transaction \((25006|42501)\), create table in a read write transaction \(42501\)/,
      ),
    });
    expect(findings.find(({ check }) => check === 'guard')?.found).toContain('GUARD_MODIFYING_CTE');
    expect(findings.find(({ check }) => check === 'server')).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/^PostgreSQL \d\d(\.\d+|\D)/),
    });
    expect(findings.find(({ check }) => check === 'connections')).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/^MCP_POOL_MAX is 8, the role may have \d+$/),
    });
    expect(findings.filter(({ check }) => check === 'pooler')).toEqual([]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('fails a superuser with exit code 4, and leaves nothing of what it tried', async () => {
    const { code, out } = await runProgram(['check'], { DATABASE_URL: database.adminUrl });
    expect(code).toBe(4);
    expect(out).toMatch(
      /^failed +read-only +Postgres let the role create table in a read write transaction \(rolled back\)$/m,
    );
    expect(out).toMatch(/^failed +role +attribute SUPERUSER/m);
    const again = await runProgram(['check', '--json'], { DATABASE_URL: database.adminUrl });
    expect(again.out).not.toContain('42P07');
  });

  it('fails a database that cannot be reached, and says where it looked', async () => {
    const { code, out } = await runProgram(['check'], { DATABASE_URL: nowhere });
    expect(code).toBe(4);
    expect(out).toMatch(
      /^failed +connection +127\.0\.0\.1:1, database nowhere, role ro: the database cannot be reached/m,
    );
    expect(out).not.toContain('dbsecret');
  });

  it('reports every problem of the configuration as a failed line', async () => {
    const { code, out } = await runProgram(['check'], { MCP_POOL_MAX: '0' });
    expect(code).toBe(4);
    expect(out).toMatch(/^failed +configuration +MCP_POOL_MAX=0 must be 1 to 1000$/m);
    expect(out).toMatch(/^failed +configuration +DATABASE_URL is missing$/m);
  });
});

describe('a file of settings that is not there', () => {
  it('is told by its path and for what it is', async () => {
    const { code, err } = await runProgram(['config', '--config', join(folder, 'nowhere.yaml')]);
    expect({ code, told: err.split('\n').slice(2, 4) }).toEqual({
      code: 3,
      told: [`  MCP_CONFIG=${join(folder, 'nowhere.yaml')}`, '    there is no such file'],
    });
  });
});

describe('demo', () => {
  it('says before it loads anything that the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, err } = await runProgram(['demo', '--port', String(port)]);
    other.close();
    expect({ code, first: err.split('\n', 1)[0] }).toEqual({
      code: 2,
      first: `INPUT_INVALID: --port ${port} is in use; leave it out to get a free one`,
    });
  });
});

describe('output that nobody reads', () => {
  it.each(['config', 'token sonia', 'role --schemas public'])('ends %s without a word', async (words) => {
    const program = startProgram(words.split(' '), { DATABASE_URL: nowhere });
    program.child.stdout?.destroy();
    expect(await program.ended).toMatchObject({ code: 1, err: '' });
  });
});

describe('a start', () => {
  it('loads nothing that the configuration does not ask for, before the first message', async () => {
    const hook = new URL('../support/programs/loaded-modules.ts', import.meta.url).href;
    const program = startProgram(['serve'], {
      DATABASE_URL: nowhere,
      MCP_TOKENS: 'sonia:a-token-that-is-long-enough-to-pass-00',
      PORT: '0',
      NODE_OPTIONS: `--import=${hook}`,
    });
    await until(() => program.err().includes('/src/query/run-query.ts'), 'the rooms', 15_000);
    program.child.kill('SIGTERM');
    const { err } = await program.ended;
    expect(err).toContain('/fastify/fastify.js');
    const spare = [
      'ajv',
      'fast-json-stringify/index.js',
      'yaml',
      'libpg-query',
      'pgsql-ast-parser',
      '@modelcontextprotocol/',
    ];
    const later = ['oidc-provider', 'openid-client', 'jose', 'ioredis', 'mongodb', '@aws-sdk'];
    const found = [...spare, ...later].filter((name) => err.includes(`/node_modules/${name}`));
    expect(found).toEqual([]);
  });

  it('keeps V8 from optimising until the server runs, and lets it from then on', async () => {
    const program = fileURLToPath(new URL('../support/programs/hot-function.ts', import.meta.url));
    const { promise, resolve } = Promise.withResolvers<string>();
    execFile(process.execPath, ['--allow-natives-syntax', program], (_error, out) => resolve(out));
    expect(JSON.parse(await promise)).toEqual({ early: false, late: true });
  });

  it('holds the shape of ticks over garbage collections, after which V8 would make every tick slowly', async () => {
    // V8 logs a transition for each hidden class that it makes.
    expect([await tickShapesMade('kept'), await tickShapesMade('lost')]).toEqual([1, 3]);
  });
});

async function tickShapesMade(how: 'kept' | 'lost'): Promise<number> {
  const program = fileURLToPath(new URL('../support/programs/tick-shape.ts', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'mcp-shapes-'));
  try {
    const log = join(folder, 'v8.log');
    const flags = ['--expose-gc', '--log-maps', `--logfile=${log}`, '--no-logfile-per-isolate'];
    const { promise, resolve } = Promise.withResolvers<void>();
    execFile(process.execPath, [...flags, program, how], () => resolve());
    await promise;
    const lines = readFileSync(log, 'latin1').split('\n');
    return lines.filter(
      (line) => line.startsWith('map,Transition') && line.includes('trigger_async_id_symbol'),
    ).length;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a start that fails', () => {
  const hook = new URL('../support/programs/missing-package.ts', import.meta.url).href;
  const broken = (module: string, more: Record<string, string> = {}) => ({
    DATABASE_URL: nowhere,
    MCP_TOKENS: 'sonia:a-token-that-is-long-enough-to-pass-00',
    PORT: '0',
    NODE_OPTIONS: `--import=${hook}`,
    TEST_MISSING_MODULE: module,
    ...more,
  });

  it.each([
    ['stdio', '@modelcontextprotocol/server'],
    ['stdio', '@modelcontextprotocol/server/stdio'],
    ['stdio', 'pg'],
    ['stdio', 'zod'],
    ['serve', 'fastify'],
    ['serve', 'pg'],
    ['serve', 'zod'],
  ])('ends %s with exit code 5 and one line where %s cannot be loaded', async (command, module) => {
    const program = startProgram([command], broken(module));
    const { code, out, err } = await program.ended;
    expect({ code, out }).toEqual({ code: 5, out: '' });
    const lines = err.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    expect(lines).toEqual([`START_FAILED: the server cannot start: Cannot find package '${module}'`]);
  });

  it('shows where it failed to an operator who asks for it', async () => {
    const { code, err } = await startProgram(['stdio'], broken('zod', { LOG_LEVEL: 'debug' })).ended;
    expect(code).toBe(5);
    expect(err).toMatch(/^START_FAILED: the server cannot start: .*\nHINT: .*\n\n.*\n.*\n {4}at /m);
  });
});

describe('serve', () => {
  const sonia = mintToken('sonia');
  const bob = mintToken('bob');
  const programs: RunningProgram[] = [];
  afterAll(() => programs.forEach(({ child }) => void child.kill('SIGKILL')));

  async function serving(env: Record<string, string>): Promise<{ program: RunningProgram; url: string }> {
    const program = startProgram(['serve'], { PORT: '0', ...env });
    programs.push(program);
    await until(() => program.err().includes('listening on'), 'listening');
    return { program, url: /listening on (\S+?)"/.exec(program.err())?.[1] ?? '' };
  }

  const send = (url: string, token: string, body: string) =>
    post(url, body, legacyHeaders({ authorization: `Bearer ${token}` }));
  const status = async (url: string, token: string) => (await send(url, token, legacy('tools/list'))).status;

  it('starts with the database down, and ends with exit code 0 on SIGTERM', async () => {
    const { program, url } = await serving({ DATABASE_URL: nowhere, MCP_TOKENS: `sonia:${sonia.token}` });
    expect((await fetch(new URL('/healthz', url))).status).toBe(200);
    program.child.kill('SIGTERM');
    const { code, out } = await program.ended;
    expect({ code, out }).toEqual({ code: 0, out: '' });
  });

  it('cancels in Postgres what is under way at a second signal, and ends with exit code 1', async () => {
    const { program, url } = await serving({
      DATABASE_URL: database.readerUrl,
      MCP_TOKENS: `sonia:${sonia.token}`,
    });
    const running = () =>
      withClient(database.adminUrl, async (client) => {
        const { rows } = await client.query(
          "select 1 from pg_stat_activity where state = 'active' and query like '%generate_series(1, 100000000)%' and pid <> pg_backend_pid()",
        );
        return rows.length;
      });
    const sql = 'select count(*) from generate_series(1, 100000000) a, generate_series(1, 1000) b';
    const call = send(url, sonia.token, legacy('tools/call', { name: 'query', arguments: { sql } }));
    const ended = call.catch(() => undefined);
    await until(async () => (await running()) === 1, 'the query', 15_000);
    program.child.kill('SIGINT');
    await until(() => program.err().includes('"stopping"'), 'the drain');
    program.child.kill('SIGINT');
    expect((await program.ended).code).toBe(1);
    await ended;
    await until(async () => (await running()) === 0, 'the end of the query');
  });

  it('reads the token file anew on SIGHUP, and keeps the old tokens where the file has a mistake', async () => {
    const path = join(folder, 'tokens');
    writeFileSync(path, `${sonia.line}\n`);
    const { program, url } = await serving({ DATABASE_URL: nowhere, MCP_TOKENS_FILE: path });
    expect([await status(url, sonia.token), await status(url, bob.token)]).toEqual([200, 401]);
    writeFileSync(path, `${bob.line}\n`);
    program.child.kill('SIGHUP');
    await until(() => program.err().includes('tokens replaced'), 'the reload');
    expect([await status(url, sonia.token), await status(url, bob.token)]).toEqual([401, 200]);
    writeFileSync(path, 'not a token line at all\n');
    program.child.kill('SIGHUP');
    await until(() => program.err().includes('The tokens stay as they are'), 'the warning');
    expect(await status(url, bob.token)).toBe(200);
    program.child.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
  });

  it('says which option to mend where the port or the address cannot be had, and ends with exit code 3', async () => {
    const env = { DATABASE_URL: nowhere, MCP_TOKENS: `sonia:${sonia.token}` };
    const { program, url } = await serving(env);
    const { port } = new URL(url);
    const second = await runProgram(['serve'], { ...env, PORT: port });
    expect(second.code).toBe(3);
    expect(second.err).toContain(
      `CONFIG_INVALID: the configuration has one problem\n\n  PORT=${port}\n    is in use`,
    );
    const admin = await runProgram(['serve'], { ...env, PORT: '0', MCP_ADMIN_PORT: port });
    expect(admin.code).toBe(3);
    expect(admin.err).toContain(`MCP_ADMIN_PORT=${port}\n    is in use`);
    const elsewhere = await runProgram(['serve'], { ...env, PORT: '0', HOST: '203.0.113.7' });
    expect(elsewhere.code).toBe(3);
    expect(elsewhere.err).toContain('HOST=203.0.113.7\n    is not an address of this machine');
    expect(second.err + admin.err + elsewhere.err).not.toMatch(/\n {4}at /);
    program.child.kill('SIGTERM');
    await program.ended;
  });

  it.each(['PORT', 'MCP_ADMIN_PORT'])('never listens, and ends at once, where %s is taken', async (taken) => {
    const env = { DATABASE_URL: nowhere, MCP_TOKENS: `sonia:${sonia.token}`, PORT: '0', MCP_ADMIN_PORT: '0' };
    const { program, url } = await serving(env);
    const failing = startProgram(['serve'], { ...env, [taken]: new URL(url).port });
    await until(() => failing.err().includes('CONFIG_INVALID'), 'the error', 15_000);
    const startedAt = performance.now();
    const { code, err } = await failing.ended;
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(code).toBe(3);
    expect(err).not.toContain('listening on');
    program.child.kill('SIGTERM');
    await program.ended;
  });

  it('writes into its log why Postgres could not be logged in to, which clients never learn', async () => {
    const { program, url } = await serving({ DATABASE_URL: nowhere, MCP_TOKENS: `sonia:${sonia.token}` });
    const answer = await send(url, sonia.token, legacy('tools/call', { name: 'list_tables', arguments: {} }));
    const text = await answer.text();
    expect(text).toContain('DB_UNREACHABLE');
    expect(text).not.toContain('ECONNREFUSED');
    program.child.kill('SIGTERM');
    expect((await program.ended).err).toMatch(
      /"event":"role_failed","reason":"DB_UNREACHABLE: [^"]*ECONNREFUSED/,
    );
  });

  it('never writes a token or a password into its log', async () => {
    const { program, url } = await serving({
      DATABASE_URL: nowhere,
      MCP_TOKENS: `sonia:${sonia.token}`,
      LOG_LEVEL: 'trace',
    });
    await status(url, sonia.token);
    await fetch(new URL('/readyz', url));
    program.child.kill('SIGTERM');
    const { err } = await program.ended;
    expect(err).toContain('"event":"stopped"');
    expect(err).not.toMatch(/dbsecret|pgam_/);
  });
});
