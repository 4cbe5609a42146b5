// Builds the image for real, runs it as an operator would, and lets deploy.sh switch versions in a real Docker engine. Skipped, with the reason, where there is no engine and none can be started.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintToken } from '../../src/auth/mint-token.ts';
import { connectV2 } from '../e2e/real-clients.ts';
import { freePort } from '../support/free-port.ts';
import { freshDatabase } from '../support/postgres.ts';
import { type Engine, engineAbility, openEngine } from './engine.ts';
import { deployScript, runProgram } from './pretended-host.ts';
import * as image from './running-image.ts';

const ability = engineAbility();
const reason = ability.kind === 'none' ? ` (skipped: ${ability.reason})` : '';
const minutes = 60_000;

describe.skipIf(ability.kind === 'none')(
  `the image in a real engine${reason}`,
  { timeout: 2 * minutes },
  () => {
    let engine: Engine;
    let built: image.BuiltImage;
    let lonely: string;
    beforeAll(async () => {
      engine = await openEngine();
      built = await image.buildImage(engine);
      lonely = await image.startContainer(engine, built.name, image.lonelySettings);
    }, 10 * minutes);
    afterAll(async () => {
      if (engine === undefined) return;
      if (lonely !== undefined) await engine.tryDocker('rm', '--force', lonely);
      if (built !== undefined) await engine.tryDocker('image', 'rm', built.name);
      await engine.stop();
    }, 2 * minutes);

    const inLonely = (...words: string[]) => engine.tryDocker('exec', lonely, ...words);

    it('is smaller than 250 MB', async () => {
      const bytes = Number(await engine.docker('image', 'inspect', '--format', '{{.Size}}', built.name));
      console.log(
        `image: ${(bytes / 1e6).toFixed(1)} MB on ${built.isRealBase ? 'the real' : 'a locally made'} base`,
      );
      expect(bytes).toBeLessThan(250e6);
    });

    it('turns healthy though the database is down', async () => {
      await image.untilHealthy(engine, lonely);
    });

    it('runs as a user that is not root and belongs to no group of the system', async () => {
      expect((await inLonely('id')).stdout.trim()).toBe('uid=10001 gid=10001 groups=10001');
    });

    it.each(['/', '/app', '/app/dist', '/etc', '/var/tmp', '/var/lib/pg-analytics-mcp'])(
      'cannot write to %s',
      async (folder) => {
        const { code, stderr } = await inLonely('touch', join(folder, 'written'));
        expect(stderr).toContain('Read-only file system');
        expect(code).not.toBe(0);
      },
    );

    it('cannot run a program out of the one folder that it may write to', async () => {
      const { code, stderr } = await inLonely('sh', '-c', 'cp /bin/true /tmp/program && /tmp/program');
      expect(stderr).toContain('Permission denied');
      expect(code).toBe(126);
    });

    it('carries no package manager, no compiler, no tests, no embedded Postgres and no setuid program', async () => {
      const inside = async (script: string) => (await inLonely('sh', '-c', script)).stdout.trim();
      expect(await inside('command -v npm npx pnpm corepack yarn')).toBe('');
      expect(await inside('ls /app')).toBe('LICENSE\ndist\nnode_modules\npackage.json\nsql');
      expect(
        await inside('ls /app/node_modules/.pnpm | grep -E "^(typescript|vitest|@embedded|rocksdb)"'),
      ).toBe('');
      expect(await inside('find /app/node_modules -name "*.ts" -o -path "*/fastify/test"')).toBe('');
      expect(await inside('find / -xdev -type f -perm /6000')).toBe('');
    });

    it('loads every package that the server may choose, stores and sign-in included', async () => {
      const script = `const names = Object.keys(require('/app/package.json').dependencies);
        Promise.all(names.map((name) => import(name))).then((all) => console.log(all.length === names.length && names.includes('mongodb')))`;
      const { stdout, stderr } = await inLonely('node', '-e', script);
      expect(stdout.trim(), stderr).toBe('true');
    });

    it('ends within a second of docker stop, with exit code 0', async () => {
      const container = await image.startContainer(engine, built.name, image.lonelySettings);
      // The least of three, as a busy machine slows the engine itself.
      let leastMs = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 3 && leastMs >= 1000; round += 1) {
        if (round > 0) await engine.docker('start', container);
        await image.untilHealthy(engine, container);
        const started = performance.now();
        await engine.docker('stop', container);
        leastMs = Math.min(leastMs, performance.now() - started);
        expect(await engine.docker('inspect', '--format', '{{.State.ExitCode}}', container)).toBe('0');
      }
      await engine.docker('rm', container);
      expect(leastMs).toBeLessThan(1000);
    });

    it('says what is wrong with its settings and ends, when it has none', async () => {
      const { code, stderr } = await engine.tryDocker('run', '--rm', ...image.confinement, built.name);
      expect(code).not.toBe(0);
      expect(stderr).toContain('MCP_TOKENS');
    });

    it('reads its tokens from a mounted folder, and reads them again on SIGHUP', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tokens-'));
      await chmod(folder, 0o755);
      const [first, second] = [mintToken('sonia'), mintToken('mario')];
      await writeFile(join(folder, 'tokens'), `${first.line}\n`);
      const settings = { DATABASE_URL: image.lonelySettings.DATABASE_URL, MCP_TOKENS_FILE: '/tokens/tokens' };
      const mount = `--mount=type=bind,source=${folder},target=/tokens,readonly`;
      const container = await image.startContainer(engine, built.name, settings, [mount]);
      const statusWith = (token: string) =>
        engine.docker(
          'exec',
          container,
          'node',
          '-e',
          `fetch('http://127.0.0.1:8080/mcp', { headers: { authorization: 'Bearer ${token}' } }).then((answer) => console.log(answer.status))`,
        );
      try {
        await image.untilHealthy(engine, container);
        expect([await statusWith(first.token), await statusWith(second.token)]).toEqual(['405', '401']);
        await writeFile(join(folder, 'tokens'), `${first.line}\n${second.line}\n`);
        await engine.docker('kill', '--signal', 'HUP', container);
        await expect.poll(() => statusWith(second.token)).toBe('405');
      } finally {
        await engine.docker('rm', '--force', container);
        await rm(folder, { recursive: true });
      }
    });

    it.each(['auto', 'legacy'] as const)('answers a query of a real client (%s)', async (mode) => {
      const database = await freshDatabase();
      const port = await freePort();
      const settings = {
        ...image.lonelySettings,
        DATABASE_URL: database.readerUrl,
        HOST: '127.0.0.1',
        PORT: `${port}`,
      };
      const container = await image.startContainer(engine, built.name, settings, ['--network=host']);
      try {
        await image.untilHealthy(engine, container);
        const client = await connectV2({ url: `http://127.0.0.1:${port}/mcp`, token: image.token }, mode);
        expect(await client.tools()).toContain('query');
        const answer = await client.call('query', { sql: 'select 6 * 7 as answer' });
        expect(answer.isError, answer.text).toBe(false);
        expect(answer.text).toContain('42');
        await client.close();
      } finally {
        await engine.docker('stop', container);
        await engine.docker('rm', container);
      }
    });

    describe('deployed by deploy.sh', () => {
      const name = `deploy-engine-test-${process.pid}`;
      let folder: string;
      let bridge: Server;
      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'deploy-engine-'));
        await engine.docker('network', 'create', name);
        const database = await freshDatabase();
        const gateway = await engine.docker(
          'network',
          'inspect',
          '--format',
          '{{(index .IPAM.Config 0).Gateway}}',
          'bridge',
        );
        const url = new URL(database.readerUrl);
        bridge = await image.relay(gateway, Number(url.port));
        url.hostname = 'host.docker.internal';
        url.port = String((bridge.address() as AddressInfo).port);
        await writeEnv(url.href);
      });
      afterAll(async () => {
        const containers = await engine.docker('ps', '--all', '--quiet', '--filter', `name=^/${name}`);
        if (containers !== '') await engine.docker('rm', '--force', ...containers.split('\n'));
        await engine.tryDocker('image', 'rm', `${name}:current`);
        await engine.docker('network', 'rm', name);
        bridge.close();
        await rm(folder, { recursive: true, force: true });
        await rm(`/run/lock/${name}.deploy.lock`, { force: true });
      });

      let databaseUrl: string;
      const envFile = () => join(folder, 'server.env');
      const writeEnv = async (url: string, more = '') => {
        databaseUrl ??= url;
        const lines = `MCP_PUBLIC_URL=https://mcp.example.com\nMCP_TOKENS=${image.lonelySettings.MCP_TOKENS}\nDATABASE_URL=${url}\n`;
        await writeFile(envFile(), lines + more);
        await chmod(envFile(), 0o600);
      };
      const deploy = (...options: string[]) => {
        const env = { ...engine.env, DEPLOY_BUILD_OPTIONS: built.buildOptions.join(' ') };
        const usual = ['--name', name, '--env-file', envFile(), '--network', name];
        const quick = ['--health-interval', '1', '--stop-timeout', '5', '--certresolver', 'none'];
        return runProgram('bash', [deployScript, ...usual, ...quick, ...options], { env });
      };
      const inspect = (format: string, container = `${name}-1`) =>
        engine.docker('inspect', '--format', format, container);
      const serves = async (path = '/healthz') => {
        const address = await inspect(`{{(index .NetworkSettings.Networks "${name}").IPAddress}}`);
        return (await fetch(`http://${address}:8080${path}`)).status;
      };

      it('comes up fresh from the source, checked, confined, with its logs rotated', async () => {
        const run = await deploy();
        expect(run.code, run.stderr).toBe(0);
        expect(await serves('/readyz')).toBe(200);
        const host = JSON.parse(await inspect('{{json .HostConfig}}'));
        expect(host).toMatchObject({
          LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } },
          RestartPolicy: { Name: 'unless-stopped' },
          ReadonlyRootfs: true,
          CapDrop: ['ALL'],
          SecurityOpt: ['no-new-privileges'],
          Memory: 512 * 1024 ** 2,
          NanoCpus: 1e9,
          PidsLimit: 128,
        });
        expect(await inspect('{{.Config.StopTimeout}}')).toBe('5');
      });

      it('has nothing to do a second time', async () => {
        const before = await inspect('{{.Id}}');
        const run = await deploy();
        expect(run.stderr).toContain('nothing to do');
        expect(await inspect('{{.Id}}')).toBe(before);
      });

      it('is replaced when a setting changes, refuses no request meanwhile, and keeps the version before at hand', async () => {
        const before = await inspect('{{.Id}}');
        await writeEnv(databaseUrl, 'LOG_LEVEL=warn\n');
        const traffic = image.callHealthyContainers(engine, name, 'mcp.example.com');
        const run = await deploy();
        const answers = await traffic.end();
        expect(run.code, run.stderr).toBe(0);
        expect(answers.length).toBeGreaterThan(20);
        expect(answers.filter((answer) => answer !== 200)).toEqual([]);
        expect(await inspect('{{.Id}}', `${name}-1-previous`)).toBe(before);
        expect(await inspect('{{.State.Status}} {{.State.ExitCode}}', `${name}-1-previous`)).toBe('exited 0');
        expect(await serves('/readyz')).toBe(200);
      });

      it.each([
        ['a setting is wrong', 'MCP_POOL_MAX=many\n', [], 'MCP_POOL_MAX'],
        ['the image is not ours', '', ['--image', 'BASE', '--no-pull'], 'did not come up'],
      ])('goes on serving where %s', async (_, lines, options, message) => {
        const before = await inspect('{{.Id}}');
        await writeEnv(databaseUrl, lines);
        const base = built.buildOptions.at(-1)?.split('=')[1] ?? '';
        const run = await deploy(...options.map((word) => (word === 'BASE' ? base : word)));
        expect(run.code).toBe(6);
        expect(run.stderr).toContain(message);
        expect(await inspect('{{.Id}}')).toBe(before);
        expect(await serves('/readyz')).toBe(200);
        expect((await engine.tryDocker('inspect', `${name}-1-next`)).code).not.toBe(0);
      });

      it('goes on serving where the new version cannot reach its database', async () => {
        await writeEnv(image.lonelySettings.DATABASE_URL);
        const run = await deploy();
        expect(run.code).toBe(6);
        expect(run.stderr).toContain('its check failed');
        expect(run.stderr).not.toContain('analytics_ro:secret');
        expect(await serves('/readyz')).toBe(200);
      });

      it('goes back with --rollback', async () => {
        const previous = await inspect('{{.Id}}', `${name}-1-previous`);
        const run = await deploy('--rollback');
        expect(run.code, run.stderr).toBe(0);
        expect(await inspect('{{.Id}}')).toBe(previous);
        expect(await serves('/readyz')).toBe(200);
      });
    });
  },
);
