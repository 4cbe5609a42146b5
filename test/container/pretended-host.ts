// Runs deploy.sh on a pretended host: the stand-in for docker first on PATH, in a folder of its own that is removed afterwards. It needs no Docker.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Path of the script under test. */
export const deployScript = fileURLToPath(new URL('../../deploy.sh', import.meta.url));
const standIn = fileURLToPath(new URL('./docker-stand-in.sh', import.meta.url));

/** A password that no output and no argument may ever hold. */
export const secret = 'kQ7-never-print-me';

/** What a finished program left behind. */
export type Finished = { code: number | null; stdout: string; stderr: string };

/** What a run of deploy.sh left behind; `calls` are its calls of docker (and of sleep), one text each. */
export type DeployRun = Finished & { calls: string[] };

const reads = /^(version|network inspect|container (ls|inspect)|image inspect) /;

/** The calls of a run that change something on the host. */
export function changes(run: DeployRun): string[] {
  return run.calls.filter((call) => !reads.test(call));
}

/** The call that started the first container of a run. */
export function startOf(run: DeployRun): string {
  return run.calls.find((call) => call.startsWith('container run')) ?? '';
}

/** Runs a program to its end. */
export async function runProgram(
  program: string,
  options: readonly string[],
  place: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Finished> {
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const child = spawn(program, options, { ...place, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  child.on('error', reject);
  child.on('close', (code) => resolve({ code, stdout, stderr }));
  return promise;
}

/** One pretended host. Its `name` is unlike that of any other test, because the lock of deploy.sh is per name. */
export class PretendedHost {
  readonly name = `deploy-test-${randomBytes(6).toString('hex')}`;
  readonly folder: string;
  readonly envFile: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.envFile = join(folder, 'server.env');
  }

  /** Makes a host with Docker, the network traefik, an env file, and nothing deployed. */
  static async make(): Promise<PretendedHost> {
    const host = new PretendedHost(await mkdtemp(join(tmpdir(), 'deploy-test-')));
    for (const folder of ['bin', 'images', 'containers']) await mkdir(join(host.folder, folder));
    await symlink(standIn, join(host.folder, 'bin', 'docker'));
    // Time passes twenty times as fast.
    const sleep = '#!/bin/sh\necho "sleep $1" >>"$DOCKER_STAND_IN/calls"\nexec /bin/sleep 0.05\n';
    await writeFile(join(host.folder, 'bin', 'sleep'), sleep, { mode: 0o755 });
    await writeFile(join(host.folder, 'networks'), 'traefik\n');
    await host.order('fate', 'healthy');
    await host.writeEnv();
    return host;
  }

  /** The environment in which the stand-in is found. */
  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: `${this.folder}/bin:${process.env['PATH']}`,
      DOCKER_STAND_IN: this.folder,
    };
  }

  /** Gives the stand-in an order: fate, daemon-down, check-fails or failing. */
  async order(what: string, value = ''): Promise<void> {
    await writeFile(join(this.folder, what), `${value}\n`);
  }

  /** Writes the env file anew, with these lines after the usual ones. */
  async writeEnv(lines = ''): Promise<void> {
    const usual = `MCP_PUBLIC_URL=https://mcp.example.com\nDATABASE_URL=postgres://analytics_ro:${secret}@db/fleet\n`;
    await writeFile(this.envFile, usual + lines);
    await chmod(this.envFile, 0o600);
  }

  /** Runs deploy.sh for this host's deployment. */
  async deploy(...options: string[]): Promise<DeployRun> {
    await rm(join(this.folder, 'calls'), { force: true });
    const usual = [deployScript, '--name', this.name, '--env-file', this.envFile];
    const finished = await runProgram('bash', [...usual, ...options], { env: this.env });
    const calls = await readFile(join(this.folder, 'calls'), 'utf8').catch(() => '');
    return { ...finished, calls: calls.split('\n').filter((call) => call !== '') };
  }

  /** Suffixes of the containers there are (-1, -1-next, -1-previous), in order. */
  async present(): Promise<string[]> {
    const names = await readdir(join(this.folder, 'containers'));
    return names.map((name) => name.replace(this.name, '')).sort();
  }

  /** Suffixes of the containers that run. */
  async running(): Promise<string[]> {
    const running: string[] = [];
    for (const suffix of await this.present()) {
      if ((await readdir(this.container(suffix))).includes('running')) running.push(suffix);
    }
    return running;
  }

  /** Image of the container with this suffix. */
  async imageOf(suffix: string): Promise<string> {
    return (await readFile(join(this.container(suffix), 'image'), 'utf8')).trim();
  }

  /** Renames a container as a run that was killed half-way would have left it. */
  async leaveAs(suffix: string, left: string): Promise<void> {
    await rename(this.container(suffix), this.container(left));
  }

  /** Makes a container run that deploy.sh had stopped. */
  async leaveRunning(suffix: string): Promise<void> {
    await cp(join(this.folder, 'fate'), join(this.container(suffix), 'running'));
  }

  /** Folder in which the stand-in keeps a container. */
  container(suffix: string): string {
    return join(this.folder, 'containers', this.name + suffix);
  }

  /** Removes all that the host and its runs made. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    for (const folder of ['/run/lock', process.env['XDG_RUNTIME_DIR'] ?? '/tmp']) {
      await rm(join(folder, `${this.name}.deploy.lock`), { force: true });
    }
  }
}
