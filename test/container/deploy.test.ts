// Holds deploy.sh to its promises with a recording stand-in for docker: what it calls, in which order, and what it leaves when something fails. The real engine has its own test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changes, deployScript, PretendedHost, secret, startOf } from './pretended-host.ts';

let host: PretendedHost;
beforeEach(async () => {
  host = await PretendedHost.make();
});
afterEach(async () => {
  await host.remove();
});

describe('a deploy', () => {
  it('starts a container that may write nowhere, gain nothing and fill no disk', async () => {
    const run = await host.deploy();
    expect(run.code, run.stderr).toBe(0);
    const start = startOf(run);
    for (const option of [
      '--read-only',
      '--cap-drop ALL',
      '--security-opt no-new-privileges',
      '--log-opt max-size=10m --log-opt max-file=5',
      '--restart unless-stopped',
      '--memory 512m --memory-swap 512m --cpus 1 --pids-limit 128',
      '--stop-timeout 30',
    ]) {
      expect(start).toContain(option);
    }
    expect(await host.running()).toEqual(['-1']);
  });

  it('tells Traefik the host of MCP_PUBLIC_URL, TLS, the rate limit and the security headers', async () => {
    const run = await host.deploy('--rate', '7', '--burst', '9', '--certresolver', 'acme');
    const start = startOf(run);
    const router = `traefik.http.routers.${host.name}`;
    const middleware = `traefik.http.middlewares.${host.name}`;
    for (const label of [
      `${router}.rule=Host(\`mcp.example.com\`)`,
      `${router}.entrypoints=websecure`,
      `${router}.tls.certresolver=acme`,
      `traefik.http.services.${host.name}.loadbalancer.server.port=8080`,
      `${middleware}-rate.ratelimit.average=7`,
      `${middleware}-rate.ratelimit.burst=9`,
      `${middleware}-headers.headers.stsseconds=31536000`,
      `${middleware}-headers.headers.contenttypenosniff=true`,
    ]) {
      expect(start).toContain(`--label ${label}`);
    }
  });

  it('trusts the forwarded address of the Traefik network only, unless the env file says otherwise', async () => {
    const first = await host.deploy();
    expect(first.calls.join('\n')).toContain('--env MCP_TRUST_PROXY=172.20.0.0/16 ');
    await host.writeEnv('MCP_TRUST_PROXY=10.1.2.3\n');
    const second = await host.deploy();
    expect(second.calls.join('\n')).not.toContain('--env MCP_TRUST_PROXY');
  });

  it('never shows a secret, neither in its output nor in an argument that ps would list', async () => {
    await host.order('fate', 'crash');
    const failed = await host.deploy();
    await host.order('fate', 'healthy');
    const dry = await host.deploy('--dry-run');
    for (const run of [failed, dry]) expect(JSON.stringify(run)).not.toContain(secret);
  });

  it('starts the new version beside the old one, and stops the old one only when the new one is healthy', async () => {
    await host.deploy();
    await host.writeEnv('LOG_LEVEL=warn\n');
    const run = await host.deploy();
    expect(run.code, run.stderr).toBe(0);
    const order = changes(run).map((call) => call.replace(/^(sleep \d+|\w+ \w+).*/, '$1'));
    expect(order).toEqual([
      'image build',
      'container run',
      'container exec',
      'container rename',
      'container rename',
      'sleep 3',
      'container exec',
      'sleep 3',
      'container stop',
      'image prune',
    ]);
    expect(await host.running()).toEqual(['-1']);
    expect(await host.present()).toEqual(['-1', '-1-previous']);
  });

  it('has nothing to do when the same image already runs with the same settings', async () => {
    await host.deploy('--image', 'registry.example.com/server:1');
    const again = await host.deploy('--image', 'registry.example.com/server:1');
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('nothing to do');
    expect(changes(again)).toEqual(['image pull registry.example.com/server:1']);
    const forced = await host.deploy('--image', 'registry.example.com/server:1', '--force');
    expect(forced.stderr).toContain('deployed');
  });

  it('runs as many containers as asked for, and as few when fewer are asked for later', async () => {
    await host.deploy('--replicas', '3');
    expect(await host.running()).toEqual(['-1', '-2', '-3']);
    await host.deploy('--replicas', '1');
    expect(await host.running()).toEqual(['-1']);
  });
});

describe('a deploy that fails', () => {
  it.each([
    ['crashes', ['fate', 'crash'], 'restarting starting 2'],
    ['turns unhealthy', ['fate', 'unhealthy'], 'running unhealthy 0'],
    ['never becomes healthy', ['fate', 'never'], 'running starting 0'],
    ['fails its check', ['check-fails'], 'its check failed'],
    ['cannot be started', ['failing', 'container run'], 'fails by order of the test'],
  ] as const)('leaves the old version serving where the new one %s', async (_, trouble, reason) => {
    await host.deploy();
    await host.writeEnv('LOG_LEVEL=warn\n');
    await host.order(trouble[0], trouble[1]);
    const run = await host.deploy('--health-timeout', '2');
    expect(run.code).toBe(6);
    expect(run.stderr).toContain(reason);
    expect(run.stderr).toContain('the one before it serves as before');
    expect(run.calls.some((call) => /^container (stop|rename)/.test(call))).toBe(false);
    expect(await host.running()).toEqual(['-1']);
    expect(await host.present()).toEqual(['-1']);
  });

  it('shows the last words of a container that did not come up', async () => {
    await host.order('fate', 'crash');
    const run = await host.deploy();
    expect(run.code).toBe(6);
    expect(run.stderr).toContain('last words of the container');
    expect(run.stderr).toContain('there was none before it');
    expect(await host.present()).toEqual([]);
  });

  it.each([
    ['built', ['--build'], 'image build', 'the image could not be built'],
    ['pulled', ['--image', 'a/b:1'], 'image pull', 'image "a/b:1" could not be pulled'],
  ])('changes nothing where the image cannot be %s', async (_, options, failing, message) => {
    await host.deploy('--image', 'a/b:0');
    await host.order('failing', failing);
    const run = await host.deploy(...options);
    expect(run.code).toBe(5);
    expect(run.stderr).toContain(message);
    expect(await host.running()).toEqual(['-1']);
  });

  it('deploys in spite of a failed check when told to', async () => {
    await host.order('check-fails');
    expect((await host.deploy('--skip-check')).code).toBe(0);
  });

  it('takes its half-started container away when it is interrupted', async () => {
    await host.order('fate', 'never');
    const options = [deployScript, '--name', host.name, '--env-file', host.envFile];
    const child = spawn('bash', options, { env: host.env, stdio: 'ignore', detached: true });
    await expect.poll(() => host.present()).toEqual(['-1-next']);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await once(child, 'close');
    expect(await host.present()).toEqual([]);
  });
});

describe('--rollback', () => {
  it('brings the version before back, and a second time goes forward again', async () => {
    await host.deploy('--image', 'a/b:1');
    await host.deploy('--image', 'a/b:2');
    const back = await host.deploy('--rollback');
    expect(back.code, back.stderr).toBe(0);
    expect(await host.imageOf('-1')).toBe('sha256:a/b:1');
    const forward = await host.deploy('--rollback');
    expect(forward.code).toBe(0);
    expect(await host.imageOf('-1')).toBe('sha256:a/b:2');
    expect(await host.running()).toEqual(['-1']);
  });

  it('keeps the current version where the previous one does not come up', async () => {
    await host.deploy('--image', 'a/b:1');
    await host.deploy('--image', 'a/b:2');
    await host.order('fate', 'unhealthy');
    const run = await host.deploy('--rollback');
    expect(run.code).toBe(6);
    expect(run.stderr).toContain('the current one serves as before');
    expect(await host.imageOf('-1')).toBe('sha256:a/b:2');
    expect(await host.running()).toEqual(['-1']);
  });

  it('says so where there is nothing to go back to', async () => {
    await host.deploy();
    const run = await host.deploy('--rollback');
    expect(run.code).toBe(7);
    expect(run.stderr).toContain(`there is no previous version of "${host.name}" on this host`);
  });
});

describe('after a run that was killed', () => {
  it('takes up what served before, and goes on', async () => {
    await host.deploy('--image', 'a/b:1');
    await host.deploy('--image', 'a/b:2');
    await host.leaveAs('-1', '-1-next');
    const run = await host.deploy('--image', 'a/b:3');
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain('an earlier run was interrupted');
    expect(await host.present()).toEqual(['-1', '-1-previous']);
    expect(await host.imageOf('-1')).toBe('sha256:a/b:3');
  });

  it('stops a replaced container that was left running', async () => {
    await host.deploy('--image', 'a/b:1');
    await host.deploy('--image', 'a/b:2');
    await host.leaveRunning('-1-previous');
    await host.deploy('--image', 'a/b:2');
    expect(await host.running()).toEqual(['-1']);
  });
});

describe('--dry-run', () => {
  it('prints every command of a first deploy and calls none that changes something', async () => {
    const run = await host.deploy('--dry-run');
    expect(run.code, run.stderr).toBe(0);
    const printed = run.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(0, 3).join(' '));
    expect(printed).toEqual([
      'docker image build',
      'docker container run',
      'docker container rename',
      'docker image prune',
    ]);
    expect(changes(run)).toEqual([]);
    expect(await host.present()).toEqual([]);
  });

  it('prints the whole switch where something is deployed already', async () => {
    await host.deploy('--image', 'a/b:1');
    const run = await host.deploy('--image', 'a/b:2', '--dry-run');
    const printed = run.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(0, 3).join(' '));
    expect(printed).toEqual([
      'docker image pull',
      'docker container run',
      'docker container rename',
      'docker container rename',
      'sleep 3 ',
      'docker container exec',
      'sleep 3 ',
      'docker container stop',
    ]);
    expect(changes(run)).toEqual([]);
    expect(await host.present()).toEqual(['-1']);
  });
});
