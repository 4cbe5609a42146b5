// What deploy.sh refuses before it has changed anything, with the code and the words for it; and that its text is in order.
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changes, deployScript, PretendedHost, runProgram, secret } from './pretended-host.ts';

const has = (program: string) => spawnSync(program, ['--version']).error === undefined;

let host: PretendedHost;
beforeEach(async () => {
  host = await PretendedHost.make();
});
afterEach(async () => {
  await host.remove();
});

describe('a wrong call', () => {
  it.each([
    [['--colour', 'red'], 'unknown option "--colour"'],
    [['--memory'], 'option "--memory" needs a value'],
    [['--replicas', '0'], '--replicas must be a whole number from 1, not "0"'],
    [['--memory', 'much'], '--memory must be a size like 512m or 1g, not "much"'],
    [['--cpus', 'two'], '--cpus must be a number like 1 or 0.5, not "two"'],
    [['--network', 'a b'], '--network may hold letters, digits, - and _ only, not "a b"'],
    [['--certresolver', 'x`) || Host(`y'], '--certresolver may hold letters'],
    [['--mount', 'tokens:/tokens'], '--mount must be two absolute paths SOURCE:TARGET, not "tokens:/tokens"'],
    [['--state', '../state'], '--state must be the name of a volume or an absolute path, not "../state"'],
    [['--state', '/state:/etc'], 'or an absolute path, not "/state:/etc"'],
  ])('%j ends with code 2 before docker is asked anything', async (options, message) => {
    const run = await host.deploy(...options);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(message);
    expect(run.calls).toEqual([]);
  });

  it('--help explains every option, variable and exit code of the script, and needs no Docker', async () => {
    await host.order('daemon-down');
    const run = await host.deploy('--help');
    expect(run.code).toBe(0);
    const source = (await readFile(deployScript, 'utf8')).replaceAll(/^#.*$/gm, '');
    const options = source.match(/--[a-z][a-z-]*(?=\)| \||$)/gm)?.filter((option) => option !== '--help');
    const variables = source.match(/\bDEPLOY_[A-Z_]+/g);
    expect(options).toEqual(expect.arrayContaining(['--build', '--mount', '--burst', '--dry-run']));
    expect(variables).toContain('DEPLOY_BUILD_OPTIONS');
    for (const name of [...(options ?? []), ...(variables ?? [])]) expect(run.stdout).toContain(name);
    for (const [, code] of source.matchAll(/\bEXIT_[A-Z_]+=(\d)/g)) expect(run.stdout).toContain(` ${code} `);
  });

  it('ends before docker is asked anything where an option is explained that the script does not take', async () => {
    const { stdout } = await host.deploy('--help');
    const explained = stdout.match(/(?<=^ {2}.*)--[a-z][a-z-]*(?=[ ,\]])/gm) ?? [];
    expect(explained).toContain('--health-timeout');
    for (const option of explained) {
      const { stderr } = await host.deploy(option, '--help');
      expect(stderr).not.toContain('unknown option');
    }
  });
});

it('deploy.sh has at most 300 lines, as every file', async () => {
  expect((await readFile(deployScript, 'utf8')).split('\n').length).toBeLessThanOrEqual(300);
});

describe('something missing', () => {
  const refused = async (message: string, ...options: string[]) => {
    const run = await host.deploy(...options);
    expect(run.stderr).toContain(message);
    expect(run.code).toBe(3);
    expect(changes(run)).toEqual([]);
    return run;
  };

  it('refuses an env file that is not there', async () => {
    await refused('env file "/nowhere/.env" does not exist or cannot be read', '--env-file', '/nowhere/.env');
  });

  it.each([0o644, 0o602])(
    'refuses an env file that every user of the machine can open (%o)',
    async (mode) => {
      await chmod(host.envFile, mode);
      await refused('is open to every user of this machine: chmod 600');
    },
  );

  it('takes an env file that a group may read', async () => {
    await chmod(host.envFile, 0o640);
    expect((await host.deploy()).code).toBe(0);
  });

  it.each([
    ['export A=1', 'has a line that is not NAME=value'],
    ['PGPASSWORD="kQ7-never-print-me"', 'value of "PGPASSWORD" in'],
  ])('refuses an env file that Docker would misread: %s', async (line, message) => {
    await host.writeEnv(`${line}\n`);
    const run = await refused(message);
    expect(run.stderr).not.toContain(secret);
  });

  it.each(['', 'http://mcp.example.com', 'https://a`) || Host(`b', 'https://mcp.example.com/path'])(
    'refuses MCP_PUBLIC_URL=%s',
    async (url) => {
      await host.writeEnv(`MCP_PUBLIC_URL=${url}\n`);
      await refused('must be the address that clients will use');
    },
  );

  it.each([
    [
      'filetree:/state',
      1,
      'is a place that ends with the container: leave it out, or name one in /var/lib/pg',
    ],
    ['sqlite:/tmp/state.db', 1, 'is a place that ends with the container'],
    ['rocksdb:/var/lib/pg-analytics-mcp/r', 1, 'which one process has for itself, but two versions meet'],
    ['memory:', 2, 'is memory:, so no replica would know whom another has signed in'],
  ])('refuses sign-in with MCP_STATE_URL=%s and %i replicas', async (url, replicas, message) => {
    await host.writeEnv(`MCP_SIGN_IN=key\nMCP_STATE_URL=${url}\n`);
    await refused(message, '--replicas', `${replicas}`);
  });

  it('refuses sign-in without MCP_PUBLIC_URL, to which browsers come back', async () => {
    await host.writeEnv('MCP_SIGN_IN=key\nMCP_PUBLIC_URL=\n');
    await refused('MCP_PUBLIC_URL in');
  });

  it('says that the daemon does not answer', async () => {
    await host.order('daemon-down');
    await refused('the Docker daemon does not answer');
  });

  it('says that docker is not installed', async () => {
    const bin = join(host.folder, 'bare');
    await mkdir(bin);
    for (const program of ['bash', 'find', 'sed', 'tail']) {
      const { stdout } = await runProgram('bash', ['-c', `command -v ${program}`]);
      await symlink(stdout.trim(), join(bin, program));
    }
    const options = [deployScript, '--name', host.name, '--env-file', host.envFile];
    const run = await runProgram(join(bin, 'bash'), options, { env: { PATH: bin } });
    expect(run).toMatchObject({ code: 3, stderr: 'deploy.sh: docker is not installed or not on PATH\n' });
  });

  it('names the network that does not exist and how to make it', async () => {
    await refused('Docker network "edge" does not exist', '--network', 'edge');
  });

  it('does not touch a container of the same name that it did not make', async () => {
    await mkdir(host.container('-1'));
    await writeFile(join(host.container('-1'), 'labels'), '');
    await refused(`a container "${host.name}-1" exists that deploy.sh did not make`);
  });

  it('names a file of --mount that does not exist', async () => {
    await refused('file "/nowhere/tokens" of --mount does not exist', '--mount', '/nowhere/tokens:/tokens');
  });
});

it('refuses a second run for the same deployment while one is under way', async () => {
  await host.order('fate', 'never');
  const first = host.deploy('--health-timeout', '4');
  await expect.poll(() => host.present()).toEqual(['-1-next']);
  const second = await host.deploy();
  expect(second.code).toBe(4);
  expect(second.stderr).toContain(`another run for "${host.name}" is under way`);
  expect((await first).code).toBe(6);
});

it.skipIf(!has('shellcheck'))(
  'shellcheck finds no fault in deploy.sh (skipped where it is not installed)',
  async () => {
    expect(await runProgram('shellcheck', [deployScript])).toMatchObject({
      code: 0,
      stdout: '',
    });
  },
);

it.skipIf(!has('shfmt'))(
  'deploy.sh is formatted as shfmt does it (skipped where it is not installed)',
  async () => {
    const run = await runProgram('shfmt', ['-i', '2', '-ci', '-d', deployScript]);
    expect(run).toMatchObject({ code: 0, stdout: '' });
  },
);
