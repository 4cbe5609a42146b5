// The embedded Postgres never outlives the program that started it, and leaves no folder, however that program ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';

type Facts = { keeper: number; postmaster: number; directory: string; url: string; uid: number };

const program = fileURLToPath(new URL('../support/programs/demo-program.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;
const started: ChildProcess[] = [];
// A temporary directory of the file's own, that the server's account can reach: other runs leave their folders alone.
const temporary = mkdtempSync(join(tmpdir(), 'embedded-postgres-test-'));
const outerTemporary = process.env['TMPDIR'];

beforeAll(() => {
  chmodSync(temporary, 0o777);
  process.env['TMPDIR'] = temporary;
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => {
  if (outerTemporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = outerTemporary;
  const left = readdirSync(temporary);
  rmSync(temporary, { recursive: true });
  expect(left).toEqual([]);
});

async function startProgram(
  args: string[] = [],
  options: object = {},
): Promise<{ child: ChildProcess; facts: Facts }> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
  started.push(child);
  const [line] = await once(child.stdout!, 'data');
  return { child, facts: JSON.parse(String(line)) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function expectNothingLeft({ keeper, postmaster, directory }: Facts): Promise<void> {
  const left = () => ({
    keeper: isAlive(keeper),
    postmaster: isAlive(postmaster),
    folder: existsSync(directory),
  });
  await expect.poll(left).toEqual({ keeper: false, postmaster: false, folder: false });
}

async function currentUser(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ current_user: string }>('select current_user');
  await client.end();
  return rows[0]!.current_user;
}

describe('an embedded Postgres', () => {
  it('answers on loopback, asks for a password, and leaves nothing after stop', async () => {
    const server = await startEmbeddedPostgres();
    const facts = { ...server.pids(), directory: server.directory } as Facts;
    expect(await currentUser(server.connectionString())).toBe('postgres');
    const wrong = server.connectionString('postgres', { user: 'postgres', password: 'wrong' });
    await expect(currentUser(wrong)).rejects.toMatchObject({
      code: '28P01',
      message: 'password authentication failed for user "postgres"',
    });
    expect(statSync(server.directory).mode & 0o777).toBe(0o700);
    await server.stop();
    await server.stop();
    await expectNothingLeft(facts);
  });

  it('runs twice at once, on two ports', async () => {
    const servers = await Promise.all([startEmbeddedPostgres(), startEmbeddedPostgres()]);
    expect(servers[0].port).not.toBe(servers[1].port);
    for (const server of servers) expect(await currentUser(server.connectionString())).toBe('postgres');
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('says what went wrong when Postgres does not take a setting, and leaves nothing', async () => {
    const failure = startEmbeddedPostgres({ settings: { shared_buffers: 'many' } });
    await expect(failure).rejects.toMatchObject({
      code: 'DEMO_POSTGRES',
      message: 'the server ended while starting',
    });
    expect(leftFolders()).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'is gone when its program dies of %s',
    async (signal) => {
      const { child, facts } = await startProgram();
      expect(await currentUser(facts.url)).toBe('postgres');
      child.kill(signal);
      await expectNothingLeft(facts);
    },
  );

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'is gone before its program ends by itself on %s',
    async (signal) => {
      const { child, facts } = await startProgram(['--handle-signals']);
      child.kill(signal);
      const [code] = await once(child, 'exit');
      expect({ code, folder: existsSync(facts.directory), alive: isAlive(facts.postmaster) }).toEqual({
        code: 0,
        folder: false,
        alive: false,
      });
    },
  );

  it('is gone when the program is killed while initdb is still at work', async () => {
    const child = spawn(process.execPath, [program], { stdio: 'ignore' });
    await expect.poll(() => leftFolders().length).toBe(1);
    child.kill('SIGKILL');
    await expect.poll(leftFolders).toEqual([]);
  });

  it('is cleared away by its program when the keeper itself is killed', async () => {
    const server = await startEmbeddedPostgres();
    const facts = { ...server.pids(), directory: server.directory } as Facts;
    process.kill(facts.keeper, 'SIGKILL');
    await expectNothingLeft(facts);
    await expect(server.halt('fast')).rejects.toMatchObject({
      code: 'DEMO_POSTGRES',
      message: 'the process that holds the server is gone',
    });
    await server.stop();
  });

  it('starts again after a run that was killed', async () => {
    const { child, facts } = await startProgram();
    child.kill('SIGKILL');
    const second = await startProgram(['--handle-signals']);
    expect(await currentUser(second.facts.url)).toBe('postgres');
    second.child.kill('SIGTERM');
    await Promise.all([expectNothingLeft(facts), expectNothingLeft(second.facts)]);
  });
});

describe.skipIf(!isRoot)('an embedded Postgres started by root (skipped for ordinary users)', () => {
  it('runs Postgres under another account than root', async () => {
    const server = await startEmbeddedPostgres();
    const { postmaster } = server.pids();
    expect(statSync(`/proc/${postmaster}`).uid).not.toBe(0);
    expect(statSync(server.directory).uid).toBe(statSync(`/proc/${postmaster}`).uid);
    await server.stop();
  });

  it('also runs for an ordinary user, under that user', async () => {
    const { child, facts } = await startProgram(['--handle-signals'], {
      uid: 65534,
      gid: 65534,
      env: { HOME: '/' },
    });
    expect(facts.uid).toBe(65534);
    expect(await currentUser(facts.url)).toBe('postgres');
    child.kill('SIGINT');
    await expectNothingLeft(facts);
  });
});

function leftFolders(): string[] {
  return readdirSync(temporary);
}
