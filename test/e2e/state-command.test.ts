// The command `state` as an operator types it: every action between real stores, its words and its exit codes.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openState } from '../../src/app/state.ts';
import { openStore } from '../../src/store/backends/index.ts';
import { createOpenRecords } from '../../src/store/sealed-records.ts';
import { createSealing } from '../../src/store/sealing.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { type StorePlace, storesUnderTest } from '../support/store-backends.ts';
import { until } from '../support/until.ts';

const oldSecret = 'old-secret-of-32-bytes-0123456789';
const newSecret = 'new-secret-of-32-bytes-0123456789';

let folder: string;
const tree = () => `filetree:${join(folder, 'tree')}`;
const sqlite = () => `sqlite:${join(folder, 'state.db')}`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-state-command-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs work on the records of a store, sealed with these secrets. */
async function withRecords<Value>(
  url: string,
  secrets: readonly string[],
  work: (records: ReturnType<ReturnType<typeof createOpenRecords>>) => Promise<Value>,
): Promise<Value> {
  const store = await openStore(url);
  try {
    const open = createOpenRecords({ store, sealing: createSealing(secrets), deadlineMs: 10_000 });
    return await work(open('account'));
  } finally {
    await store.close();
  }
}

const fill = (url: string, secret = oldSecret) =>
  withRecords(url, [secret], async (records) => {
    for (let index = 0; index < 12; index += 1)
      await records.put(`analyst ${index}`, { name: `analyst ${index}` }, { ttlSeconds: 600 });
  });

const readable = (url: string, secrets: readonly string[]) =>
  withRecords(url, secrets, async (records) => {
    for (let index = 0; index < 12; index += 1)
      expect((await records.get(`analyst ${index}`))?.record).toEqual({ name: `analyst ${index}` });
  });

describe('state copy', () => {
  it('copies from the store of the server to another, and once more without harm', async () => {
    await fill(tree());
    const env = { MCP_STATE_URL: tree(), MCP_STATE_SECRETS: oldSecret };
    const first = await runProgram(['state', 'copy', '--to', sqlite()], env);
    expect(first).toMatchObject({
      code: 0,
      out: 'copy: 12 copied, 0 updated, 0 removed, 0 kept\n',
      err: '',
    });
    await readable(sqlite(), [oldSecret]);
    const second = await runProgram(['state', 'copy', '--from', tree(), '--to', sqlite()]);
    expect(second).toMatchObject({ code: 0, out: 'copy: 0 copied, 0 updated, 0 removed, 12 kept\n' });
  });

  it('follows changes until it is told to stop', async () => {
    await fill(tree());
    const program = startProgram(['state', 'copy', '--from', tree(), '--to', sqlite(), '--follow']);
    await until(async () => existsSync(join(folder, 'state.db')), 'the copy', 20_000);
    await withRecords(tree(), [oldSecret], (records) => records.put('late', { name: 'late' }));
    await until(
      () => withRecords(sqlite(), [oldSecret], (records) => records.get('late')),
      'the late record',
      20_000,
    );
    program.child.kill('SIGINT');
    const { code, out } = await program.ended;
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^copy: 13 copied, 0 updated, 0 removed, 0 kept\n$/),
    ]);
  });

  it('takes a URL with its password from a file', async () => {
    await fill(tree());
    writeFileSync(join(folder, 'url'), `${sqlite()}\n`);
    const end = await runProgram(['state', 'copy', '--from', tree(), '--to', `@${join(folder, 'url')}`]);
    expect(end).toMatchObject({ code: 0, out: expect.stringContaining('12 copied') });
  });

  it.each([
    [['state'], 'INPUT_INVALID: the action is missing'],
    [['state', 'move'], 'INPUT_INVALID: unknown action "move"'],
    [['state', 'copy'], 'INPUT_INVALID: copy needs --to, the store to write'],
    [
      ['state', 'copy', '--from', 'memory:', '--to', 'memory:'],
      'INPUT_INVALID: --from and --to name the same store',
    ],
    [
      ['state', 'copy', '--to', 'filetree:'],
      'INPUT_INVALID: --to names no path; the form is filetree:/var/lib/pg-analytics-mcp',
    ],
    [['state', 'sweep', '--to', 'memory:'], 'INPUT_INVALID: sweep takes no --to'],
    [['state', 'copy', '--to', '@/no/such/file'], 'INPUT_INVALID: the file "/no/such/file" cannot be read'],
    [
      ['state', 'export', '--from', 'filetree:/no/such/place'],
      'INPUT_INVALID: there is no store at "/no/such/place"',
    ],
    [
      ['state', 'copy', '--from', 'memory:', '--to', 'sqlite:/tmp/never-made.db'],
      'INPUT_INVALID: the state of a server that keeps it in memory cannot be reached',
    ],
  ])('refuses %j', async (words, message) => {
    const end = await runProgram(words);
    expect(end.code).toBe(2);
    expect(end.err.split('\n')[0]).toBe(message);
  });
});

describe('state export and import', () => {
  it('carry everything over a file that only its owner reads', async () => {
    await fill(tree());
    const file = join(folder, 'state.jsonl');
    const exported = await runProgram(['state', 'export', '--from', tree(), '--file', file]);
    expect(exported).toMatchObject({ code: 0, out: 'export: 12 records\n', err: '' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.partial`)).toBe(false);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('analyst');
    expect(text.trim().split('\n')).toHaveLength(14);
    const imported = await runProgram(['state', 'import', '--to', sqlite(), '--file', file]);
    expect(imported).toMatchObject({ code: 0, out: 'import: 12 imported, 0 kept, 0 ended\n' });
    await readable(sqlite(), [oldSecret]);
  });

  it('carry everything over standard output and input', async () => {
    await fill(tree());
    const exported = await runProgram(['state', 'export', '--from', tree()]);
    expect(exported).toMatchObject({ code: 0, err: 'export: 12 records\n' });
    const importing = startProgram(['state', 'import', '--to', sqlite()]);
    importing.child.stdin?.end(exported.out);
    expect(await importing.ended).toMatchObject({ code: 0, out: 'import: 12 imported, 0 kept, 0 ended\n' });
    await readable(sqlite(), [oldSecret]);
  });

  it('say so where the file was cut off, and where it cannot be read or written', async () => {
    await fill(tree());
    const { out } = await runProgram(['state', 'export', '--from', tree()]);
    const file = join(folder, 'cut');
    writeFileSync(file, out.split('\n').slice(0, 5).join('\n'));
    const cut = await runProgram(['state', 'import', '--to', sqlite(), '--file', file]);
    expect(cut.code).toBe(2);
    expect(cut.err).toContain('INPUT_INVALID: the file was cut off');
    expect(cut.err).toContain('import: 4 imported, 0 kept, 0 ended, then it failed');
    const missing = await runProgram(['state', 'import', '--to', sqlite(), '--file', join(folder, 'none')]);
    expect(missing.err).toContain('cannot be read');
    const unwritable = join(folder, 'no', 'folder');
    const refused = await runProgram(['state', 'export', '--from', tree(), '--file', unwritable]);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('cannot be written')]);
  });
});

describe('state reseal', () => {
  it('rotates the secrets with everyone still signed in', async () => {
    await fill(tree());
    const env = { MCP_STATE_URL: tree(), MCP_STATE_SECRETS: `${newSecret},${oldSecret}` };
    expect(await runProgram(['state', 'reseal'], env)).toMatchObject({
      code: 0,
      out: 'reseal: 12 resealed, 0 current, 0 unreadable\n',
      err: '',
    });
    await readable(tree(), [newSecret]);
    expect(await runProgram(['state', 'reseal'], env)).toMatchObject({
      code: 0,
      out: 'reseal: 0 resealed, 12 current, 0 unreadable\n',
    });
  });

  it('fails, and changes nothing, where the secrets are not the right ones', async () => {
    await fill(tree());
    const end = await runProgram(['state', 'reseal'], {
      MCP_STATE_URL: tree(),
      MCP_STATE_SECRETS: newSecret,
    });
    expect(end).toMatchObject({ code: 1, out: 'reseal: 0 resealed, 0 current, 12 unreadable\n' });
    expect(end.err).toContain('Some records open with none of MCP_STATE_SECRETS.');
    await readable(tree(), [oldSecret]);
  });

  it('never shows a secret or a password', async () => {
    const env = {
      MCP_STATE_URL: 'redis://user:hunter2@127.0.0.1:1/0',
      MCP_STATE_SECRETS: newSecret,
    };
    const end = await runProgram(['state', 'reseal'], env);
    expect(end.code).toBe(1);
    expect(end.err).toContain('STATE_UNAVAILABLE');
    expect(end.out + end.err).not.toMatch(/hunter2|new-secret/);
  });
});

describe('state sweep', () => {
  it('removes what has expired and says how much', async () => {
    await fill(tree());
    await withRecords(tree(), [oldSecret], (records) => records.put('gone', {}, { ttlSeconds: 0.01 }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await runProgram(['state', 'sweep'], { MCP_STATE_URL: tree() })).toMatchObject({
      code: 0,
      out: 'sweep: 1 removed\n',
    });
    await readable(tree(), [oldSecret]);
  });
});

describe('check', () => {
  /** What it finds about the state; the database is not there, which is another finding. */
  const findings = async (env: Readonly<Record<string, string>>) => {
    const { out } = await runProgram(['check', '--json'], {
      DATABASE_URL: 'postgres://a@127.0.0.1:1/x',
      ...env,
    });
    const all = JSON.parse(out) as { check: string; state: string; found: string }[];
    return all.filter(({ check }) => check === 'state').map(({ state, found }) => [state, found]);
  };
  const writeTook = expect.stringMatching(/^opens with the secrets; a write took \d+ ms$/);
  const usable = expect.stringMatching(/^(ok|warning|failed)$/);

  it('says that no store is needed where nobody signs in', async () => {
    expect(await findings({})).toEqual([['ok', 'not needed, as nobody signs in (MCP_SIGN_IN)']]);
  });

  it('says what a store promises, how quick it is and that it opens, and leaves nothing', async () => {
    await fill(tree());
    expect(await findings({ MCP_STATE_URL: tree(), MCP_STATE_SECRETS: oldSecret })).toEqual([
      ['ok', `filetree in ${join(folder, 'tree')}: outlives the process, may be shared on many machines`],
      [usable, writeTook],
    ]);
    const { out } = await runProgram(['state', 'export', '--from', tree()]);
    expect(out.trim().split('\n')).toHaveLength(14);
  });

  it('makes no store where there is none yet', async () => {
    expect(await findings({ MCP_STATE_URL: tree() })).toEqual([
      ['ok', `nothing there yet; the server will make ${join(folder, 'tree')}`],
    ]);
    expect(existsSync(join(folder, 'tree'))).toBe(false);
  });

  it('fails where a store cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await findings({ MCP_STATE_URL: `filetree:${join(folder, 'file', 'tree')}` })).toEqual([
      [
        'failed',
        `${join(folder, 'file', 'tree')} cannot be made: ${join(folder, 'file')} is not a folder to write to`,
      ],
    ]);
  });

  it('warns of a secret beside the records and of a folder that others may read', async () => {
    await fill(tree());
    chmodSync(join(folder, 'tree'), 0o755);
    expect(await findings({ MCP_STATE_URL: tree() })).toEqual([
      ['ok', `filetree in ${join(folder, 'tree')}: outlives the process, may be shared on many machines`],
      ['warning', expect.stringMatching(/^MCP_STATE_SECRETS is not set, so the key of the state lies in /)],
      [usable, writeTook],
      ['warning', `others may look into ${join(folder, 'tree')}`],
    ]);
  });

  it('fails where there is no secret, the wrong one, or no store to be reached', async () => {
    const { close } = await openState({
      configuration: { state: { url: sqlite(), isNamed: true, timeoutMs: 5_000, secrets: [oldSecret] } },
      emit: () => undefined,
    });
    await close();
    expect(await findings({ MCP_STATE_URL: sqlite() })).toContainEqual([
      'failed',
      expect.stringContaining('MCP_STATE_SECRETS must be given where MCP_STATE_URL is of the kind sqlite'),
    ]);
    expect(await findings({ MCP_STATE_URL: sqlite(), MCP_STATE_SECRETS: newSecret })).toContainEqual([
      'failed',
      'a record of the state is sealed with a secret that the server does not have',
    ]);
    const lost = await findings({
      MCP_STATE_URL: 'redis://user:hunter2@127.0.0.1:1/0',
      MCP_STATE_SECRETS: newSecret,
    });
    expect(lost.at(-1)?.[0]).toBe('failed');
    expect(JSON.stringify(lost)).not.toContain('hunter2');
  });
});

describe.each(storesUnderTest.filter(({ name }) => !['memory', 'filetree'].includes(name)))(
  'to $name and back',
  ({ skipped, start }) => {
    let place: StorePlace | undefined;
    beforeAll(async () => {
      if (skipped === undefined) place = await start();
    });
    afterAll(async () => place?.stop());

    it.skipIf(skipped !== undefined)(
      `everything is carried over${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
      { timeout: 120_000 },
      async ({ skip }) => {
        if (place === undefined) return;
        await fill(tree());
        const store = await place.open();
        const { lists, shared } = store.capabilities;
        await store.close();
        if (shared === 'no') skip('a store that one process uses is tried in the contract test');
        const there = await runProgram(['state', 'copy', '--from', tree(), '--to', place.url]);
        expect(there).toMatchObject({ code: 0, out: expect.stringContaining('12 copied'), err: '' });
        await readable(place.url, [oldSecret]);
        const back = await runProgram(['state', 'copy', '--from', place.url, '--to', sqlite()]);
        if (lists) await readable(sqlite(), [oldSecret]);
        else expect(back.err).toContain('STATE_UNSUPPORTED');
      },
    );
  },
);
