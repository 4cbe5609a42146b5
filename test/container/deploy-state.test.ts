// Where deploy.sh keeps who has signed in: what it mounts and when, with the recording stand-in for docker. That sessions outlive a deploy is proved in the real engine.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PretendedHost, startOf } from './pretended-host.ts';

let host: PretendedHost;
beforeEach(async () => {
  host = await PretendedHost.make();
});
afterEach(async () => {
  await host.remove();
});

describe('what keeps who has signed in', () => {
  const mountedAt = '/var/lib/pg-analytics-mcp';

  it.each(['', 'MCP_SIGN_IN=off\n', 'MCP_SIGN_IN=key\nMCP_STATE_URL=redis://memory:6379/0\n'])(
    'is no volume where there is nothing to keep here: %j',
    async (lines) => {
      await host.writeEnv(lines);
      expect(startOf(await host.deploy())).not.toContain('--volume');
    },
  );

  it.each(['', `MCP_STATE_URL=filetree:${mountedAt}\n`, `MCP_STATE_URL=sqlite:${mountedAt}/state.db\n`])(
    'is a volume named for the deployment with sign-in and %j',
    async (line) => {
      await host.writeEnv(`MCP_SIGN_IN=key\n${line}`);
      expect(startOf(await host.deploy())).toContain(`--volume ${host.name}-state:${mountedAt} `);
    },
  );

  it('is one for all replicas, the same after a redeploy, and never removed', async () => {
    await host.writeEnv('MCP_SIGN_IN=entra\n');
    const first = await host.deploy('--replicas', '2', '--state', 'sessions');
    await host.writeEnv('MCP_SIGN_IN=entra\nLOG_LEVEL=warn\n');
    const second = await host.deploy('--replicas', '2', '--state', 'sessions');
    const back = await host.deploy('--rollback');
    const calls = [first, second, back].flatMap((run) => run.calls);
    const starts = calls.filter((call) => call.startsWith('container run'));
    expect(starts).toHaveLength(4);
    for (const start of starts) expect(start).toContain(`--volume sessions:${mountedAt} `);
    expect(calls.filter((call) => /^volume|rm .*(-v\b|--volumes)/.test(call))).toEqual([]);
  });

  it('is a folder where a path is given, made for the user of the container alone', async () => {
    const folder = join(host.folder, 'state of all');
    const dry = await host.deploy('--state', folder, '--dry-run');
    expect(dry.stdout).toContain(`install -d -m 700 -o 10001 -g 10001 ${folder.replaceAll(' ', '\\ ')} \n`);
    expect(dry.stdout).toContain(`:${mountedAt} `);
    await mkdir(folder);
    const run = await host.deploy('--state', folder);
    expect(startOf(run)).toContain(`--volume ${folder}:${mountedAt} `);
  });

  it('is deployed anew where only its place changes', async () => {
    await host.deploy('--image', 'a/b:1', '--state', 'one');
    expect((await host.deploy('--image', 'a/b:1', '--state', 'one')).stderr).toContain('nothing to do');
    expect((await host.deploy('--image', 'a/b:1', '--state', 'two')).stderr).toContain('deployed');
  });
});
