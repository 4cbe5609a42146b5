// State as the server opens it: which secrets it takes, what it refuses and what it warns of.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState } from '../../../src/app/state.ts';
import type { ProductEvent } from '../../../src/base/events.ts';
import { openStore } from '../../../src/store/backends/index.ts';
import { startSweeping } from '../../../src/store/sweeping.ts';
import { until } from '../../support/until.ts';

type Account = { readonly name: string };

const oldSecret = 'old-secret-of-32-bytes-0123456789';
const newSecret = 'new-secret-of-32-bytes-0123456789';

describe('state', () => {
  let folder: string;
  let events: ProductEvent[];
  const open = (secrets: readonly string[] = [], url = `filetree:${folder}/state`) => {
    events = [];
    return openState({
      configuration: { state: { url, isNamed: true, timeoutMs: 5_000, secrets } },
      emit: (event) => events.push(event),
    });
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-state-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('outlives a restart with the same secret, and with a newer one before it', async () => {
    const first = await open([oldSecret]);
    await first.openRecords<Account>('account').put('ana', { name: 'Ana' });
    await first.close();
    for (const secrets of [[oldSecret], [newSecret, oldSecret]]) {
      const again = await open(secrets);
      expect((await again.openRecords<Account>('account').get('ana'))?.record).toEqual({ name: 'Ana' });
      await again.close();
      expect(events).toEqual([]);
    }
  });

  it('is refused at start with secrets that do not open it, and nothing is lost', async () => {
    await (await open([oldSecret])).close();
    await expect(open([newSecret])).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      facts: {
        problems: [
          {
            name: 'MCP_STATE_SECRETS',
            reason:
              'do not open the store: a record of the state is sealed with a secret that the server does not have',
          },
        ],
      },
    });
    await (await open([oldSecret])).close();
  });

  it('keeps a secret of its own beside the records of a file tree, for nobody else to read, and says what is at stake', async () => {
    const first = await open();
    await first.openRecords<Account>('account').put('ana', { name: 'Ana' });
    const keys = first.deriveKeys('cookies');
    await first.close();
    const file = join(folder, 'state/secrets');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Buffer.byteLength(readFileSync(file, 'utf8').trim())).toBeGreaterThanOrEqual(32);
    expect(events).toEqual([
      {
        kind: 'warning',
        message: `MCP_STATE_SECRETS is not set, so the key of the state lies in ${file} beside what it seals: whoever copies the folder can read who has signed in, and if the file is lost everybody has to sign in again.`,
      },
    ]);
    const again = await open();
    expect((await again.openRecords<Account>('account').get('ana'))?.record).toEqual({ name: 'Ana' });
    expect(again.deriveKeys('cookies')).toEqual(keys);
    await again.close();
    expect(readdirSync(join(folder, 'state')).sort()).toEqual(['records', 'secrets', 'store.json']);
  });

  it('goes on opening what its own secret sealed once the operator gives one, until it is resealed', async () => {
    const first = await open();
    await first.openRecords<Account>('account').put('ana', { name: 'Ana' });
    await first.close();
    const given = await open([newSecret]);
    expect((await given.openRecords<Account>('account').get('ana'))?.record).toEqual({ name: 'Ana' });
    await given.close();
    expect(events).toEqual([]);
  });

  it('is the same for several servers that start at once without a secret', async () => {
    const servers = await Promise.all(Array.from({ length: 8 }, () => open()));
    const keys = servers.map(({ deriveKeys }) => Buffer.from(deriveKeys('x')[0] ?? []).toString('hex'));
    expect(new Set(keys).size).toBe(1);
    await Promise.all(servers.map((server) => server.close()));
  });

  it('moves with its folder', async () => {
    const first = await open();
    await first.openRecords<Account>('account').put('ana', { name: 'Ana' });
    await first.close();
    const { renameSync } = await import('node:fs');
    renameSync(join(folder, 'state'), join(folder, 'moved'));
    const moved = await open([], `filetree:${folder}/moved`);
    expect((await moved.openRecords<Account>('account').get('ana'))?.record).toEqual({ name: 'Ana' });
    await moved.close();
  });

  it('does not start without a secret where its folder cannot be used, and names the folder', async () => {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(folder, 'file'), '');
    const reason = expect.stringMatching(/^the folder \/.*\/file\/tree cannot be used: .*\(ENOTDIR/);
    await expect(open([], `filetree:${folder}/file/tree`)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'the configuration has one problem',
      facts: { problems: [{ name: 'MCP_STATE_URL', reason }] },
    });
  });

  it('in memory needs no secret and says that it ends with the process', async () => {
    const state = await open([], 'memory:');
    await state.openRecords<Account>('account').put('ana', { name: 'Ana' });
    await state.close();
    expect(events).toEqual([
      {
        kind: 'warning',
        message:
          'MCP_STATE_URL is memory:, so everybody is signed out when the process ends, and other replicas do not know who has signed in.',
      },
    ]);
  });

  it('never fills a folder that holds something else', async () => {
    const { mkdirSync, writeFileSync } = await import('node:fs');
    mkdirSync(join(folder, 'state'));
    writeFileSync(join(folder, 'state/thesis.txt'), 'mine');
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      facts: {
        problems: [
          { reason: expect.stringMatching(/used: the folder of the store holds something else \(.*thesis/) },
        ],
      },
    });
    expect(readdirSync(join(folder, 'state'))).toEqual(['thesis.txt']);
  });
});

describe('sweeping', () => {
  it('removes expired records by and by, goes on after a failure, and stops', async () => {
    const store = await openStore('memory:');
    await store.put('account', 'gone', 'x', { ttlSeconds: 0.05 });
    await store.put('account', 'stays', 'x');
    const failures: string[] = [];
    let sweeps = 0;
    let removed = 0;
    const sweep = async () => {
      sweeps += 1;
      if (sweeps === 1) throw new Error('no disk');
      const count = await store.sweep();
      removed += count;
      return count;
    };
    const sweeping = startSweeping(
      { sweep },
      { everyMs: 40, onFailure: (error) => failures.push(error.code) },
    );
    await until(() => removed === 1, 'a sweep');
    await sweeping.stop();
    const before = sweeps;
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(sweeps).toBe(before);
    expect(failures).toEqual(['INTERNAL']);
    expect((await store.get('account', 'stays'))?.value).toBe('x');
    await store.close();
  });
});
