// Sessions in the real engine: who has signed in stays so through redeploys, failed ones and rollbacks, and a restored backup opens again. Skipped, with the reason, where there is no engine and none can be started.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { type Engine, engineAbility, openEngine } from './engine.ts';
import { deployScript, runProgram } from './pretended-host.ts';
import * as image from './running-image.ts';
import { ask, newSession, refreshSession, type Session } from './signed-in.ts';

const ability = engineAbility();
const reason = ability.kind === 'none' ? ` (skipped: ${ability.reason})` : '';
const minutes = 60_000;
const name = `sign-in-engine-test-${process.pid}`;
const volume = `${name}-state`;
const publicUrl = 'https://mcp.example.com';
const stateFolder = '/var/lib/pg-analytics-mcp';

describe.skipIf(ability.kind === 'none')(
  `sign-in in a real engine${reason}`,
  { timeout: 2 * minutes },
  () => {
    let engine: Engine;
    let built: image.BuiltImage;
    let folder: string;
    let bridge: Server;
    let databaseUrl: string;
    let session: Session;

    beforeAll(async () => {
      engine = await openEngine();
      built = await image.buildImage(engine);
      folder = await mkdtemp(join(tmpdir(), 'sign-in-engine-'));
      await engine.docker('network', 'create', name);
      const gateway = '{{(index .IPAM.Config 0).Gateway}}';
      const bridgeAddress = await engine.docker('network', 'inspect', '--format', gateway, 'bridge');
      const url = new URL((await freshDatabase()).readerUrl);
      bridge = await image.relay(bridgeAddress, Number(url.port));
      url.hostname = 'host.docker.internal';
      url.port = String((bridge.address() as AddressInfo).port);
      databaseUrl = url.href;
      await writeEnv();
    }, 10 * minutes);
    afterAll(async () => {
      if (engine === undefined) return;
      const containers = await engine.docker('ps', '--all', '--quiet', '--filter', `name=^/${name}`);
      if (containers !== '') await engine.docker('rm', '--force', ...containers.split('\n'));
      for (const one of [volume, `${volume}-2`]) await engine.tryDocker('volume', 'rm', one);
      if (built !== undefined) await engine.tryDocker('image', 'rm', built.name);
      await engine.tryDocker('network', 'rm', name);
      bridge?.close();
      await engine.stop();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
      await rm(`/run/lock/${name}.deploy.lock`, { force: true });
    }, 2 * minutes);

    const envFile = () => join(folder, 'server.env');
    const writeEnv = async (more: Readonly<Record<string, string>> = {}) => {
      const settings = {
        MCP_PUBLIC_URL: publicUrl,
        MCP_TOKENS: image.lonelySettings.MCP_TOKENS,
        DATABASE_URL: databaseUrl,
        MCP_SIGN_IN: 'key',
        // The tests come by the address of a container, and not by the public name.
        MCP_ALLOWED_HOSTS: '*',
        ...more,
      };
      const lines = Object.entries(settings).map(([option, value]) => `${option}=${value}\n`);
      await writeFile(envFile(), lines.join(''));
      await chmod(envFile(), 0o600);
    };
    const deploy = (...options: string[]) => {
      const usual = ['--name', name, '--env-file', envFile(), '--network', name, '--certresolver', 'none'];
      const quick = ['--health-interval', '1', '--settle', '1', '--stop-timeout', '5'];
      const words = [deployScript, ...usual, '--image', built.name, '--no-pull', ...quick, ...options];
      return runProgram('bash', words, { env: engine.env });
    };
    const inContainer = (...words: string[]) => engine.docker('exec', `${name}-1`, ...words);
    const server = async (container = `${name}-1`) => {
      const format = `{{(index .NetworkSettings.Networks "${name}").IPAddress}}`;
      const address = await engine.docker('inspect', '--format', format, container);
      return { url: `http://${address}:8080`, publicUrl };
    };
    /** The access token first, because a refresh would replace it. */
    const expectSignedIn = async (container?: string) => {
      const at = await server(container);
      expect(await ask(at, session)).toBe('200');
      expect(await refreshSession(at, session)).toBe('200');
      expect(await ask(at, session)).toBe('200');
    };

    it('an analyst signs in with a key, and the state lies in the volume, for the user of the server alone', async () => {
      const run = await deploy();
      expect(run.code, run.stderr).toBe(0);
      session = await newSession(await server(), image.token);
      await expectSignedIn();
      expect(await inContainer('stat', '-c', '%u:%g %a', stateFolder)).toBe('10001:10001 700');
      expect(await inContainer('stat', '-c', '%u:%g %a', `${stateFolder}/secrets`)).toBe('10001:10001 600');
      const mounts = await engine.docker('inspect', '--format', '{{json .Mounts}}', `${name}-1`);
      expect(JSON.parse(mounts)).toMatchObject([{ Type: 'volume', Name: volume, Destination: stateFolder }]);
      expect(await engine.docker('volume', 'ls', '--quiet')).toBe(volume);
    });

    it('all through a redeploy, old and new container in turn answer; at worst a client is told to come again, and then is not signed out', async () => {
      await writeEnv({ LOG_LEVEL: 'warn' });
      const answers: string[] = [];
      let ended = false;
      const traffic = (async () => {
        for (let turn = 0; !ended; turn += 1) {
          const healthy = await image.healthyAddresses(engine, name);
          const address = healthy[turn % healthy.length];
          const at = { url: `http://${address}:8080` };
          answers.push(await ask(at, session), await refreshSession(at, session));
          await sleep(100);
        }
      })();
      const before = await engine.docker('inspect', '--format', '{{.Id}}', `${name}-1`);
      const run = await deploy();
      ended = true;
      await traffic;
      expect(run.code, run.stderr).toBe(0);
      expect(await engine.docker('inspect', '--format', '{{.Id}}', `${name}-1`)).not.toBe(before);
      expect(answers.length).toBeGreaterThan(10);
      // A disk that is busy with the deploy may miss the 150 ms of the store, and then the same token is good a moment later.
      const others = answers.filter((answer) => answer !== '200');
      for (const answer of others) expect(answer).toMatch(/^503 retry after \d+: .*does not answer in time/);
      expect(others.length).toBeLessThan(answers.length / 4);
    });

    it('the access token and the refresh token still work after it', async () => {
      await expectSignedIn();
    });

    it('a deploy that fails and is taken back costs nobody their session', async () => {
      await writeEnv({ DATABASE_URL: image.lonelySettings.DATABASE_URL });
      const run = await deploy();
      expect(run.code).toBe(6);
      expect(run.stderr).toContain('its check failed');
      await expectSignedIn();
    });

    it('--rollback takes what was signed in meanwhile along', async () => {
      const earlier = session;
      session = await newSession(await server(), image.token);
      const run = await deploy('--rollback');
      expect(run.code, run.stderr).toBe(0);
      await expectSignedIn();
      session = earlier;
      await expectSignedIn();
    });

    it('two replicas share the volume: what one began the other goes on with', async () => {
      await writeEnv();
      const run = await deploy('--replicas', '2');
      expect(run.code, run.stderr).toBe(0);
      await expectSignedIn(`${name}-1`);
      await expectSignedIn(`${name}-2`);
    });

    it('a backup, and the secret apart from it, restored into another volume signs nobody out', async () => {
      await writeFile(
        join(folder, 'state.jsonl'),
        await inContainer('node', 'dist/cli/main.js', 'state', 'export'),
      );
      await writeEnv({ MCP_STATE_SECRETS: await inContainer('cat', `${stateFolder}/secrets`) });
      const backup = `type=bind,source=${join(folder, 'state.jsonl')},target=/backup,readonly`;
      const mounts = ['--volume', `${volume}-2:${stateFolder}`, '--mount', backup];
      const run = ['run', '--rm', '--read-only', '--env-file', envFile(), ...mounts, built.name];
      await engine.docker(...run, 'state', 'import', '--file', '/backup');
      const deployed = await deploy('--state', `${volume}-2`);
      expect(deployed.code, deployed.stderr).toBe(0);
      await expectSignedIn();
    });

    it('without a volume the server says which folder it cannot write, and never keeps sessions where they end with it', async () => {
      const settings = { ...image.lonelySettings, MCP_PUBLIC_URL: publicUrl, MCP_SIGN_IN: 'key' };
      const env = Object.entries(settings).flatMap(([option, value]) => ['--env', `${option}=${value}`]);
      const run = await engine.tryDocker('run', '--rm', ...image.confinement, ...env, built.name);
      expect(run.code).not.toBe(0);
      expect(run.stderr).toContain('read-only');
      expect(run.stderr).toContain(stateFolder);
    });
  },
);
