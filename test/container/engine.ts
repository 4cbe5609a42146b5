// The Docker engine of a test file: one that already answers, or a private one on a machine that can have it. It changes nothing in an engine that others use but what carries its own names.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Finished, runProgram } from './pretended-host.ts';

/** How to get an engine on this machine, or why there is none. */
export type EngineAbility = { kind: 'answers' | 'private' } | { kind: 'none'; reason: string };

/** An engine in use. */
export type Engine = {
  readonly isPrivate: boolean;
  /** Environment in which the docker command finds it. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs docker and gives what it wrote to standard output, trimmed; throws, with what it said, where it fails. */
  readonly docker: (...words: string[]) => Promise<string>;
  /** Runs docker and gives code and outputs, whatever they are. */
  readonly tryDocker: (...words: string[]) => Promise<Finished>;
  readonly stop: () => Promise<void>;
};

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** Looks, without starting anything, how this machine could run containers. Takes a few milliseconds. */
export function engineAbility(): EngineAbility {
  const none = (reason: string): EngineAbility => ({ kind: 'none', reason });
  if (process.platform !== 'linux') return none('containers are tested on Linux only');
  if (!has('docker')) return none('docker is not installed');
  if (spawnSync('docker', ['version'], { timeout: 10_000 }).status === 0) return { kind: 'answers' };
  if (process.getuid?.() !== 0) return none('no Docker engine answers, and only root can start one');
  for (const program of ['dockerd', 'ip', 'unshare', 'mmdebstrap']) {
    if (!has(program)) return none(`no Docker engine answers, and ${program} is not installed to start one`);
  }
  return { kind: 'private' };
}

/** Gets the engine that `engineAbility` promised. A private one ends with `stop`, and with this process at the latest. */
export async function openEngine(): Promise<Engine> {
  const ability = engineAbility();
  if (ability.kind === 'none') throw new Error(ability.reason);
  if (ability.kind === 'answers') return engineAt(process.env, false, async () => {});
  const script = fileURLToPath(new URL('./private-engine.sh', import.meta.url));
  const child = spawn('bash', [script], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const [line] = (await Promise.race([once(child.stdout, 'data'), once(child, 'close')])) as [unknown];
  const address = /^ready (\S+)/.exec(String(line))?.[1];
  if (address === undefined)
    throw new Error('the private Docker engine did not start; its last words are above');
  // The legacy builder: Debian's docker.io comes without BuildKit's client.
  const env = { ...process.env, DOCKER_HOST: address, DOCKER_BUILDKIT: '0' };
  return engineAt(env, true, async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'close');
  });
}

function engineAt(env: NodeJS.ProcessEnv, isPrivate: boolean, stop: () => Promise<void>): Engine {
  const tryDocker = (...words: string[]) => runProgram('docker', words, { env });
  const docker = async (...words: string[]) => {
    const { code, stdout, stderr } = await tryDocker(...words);
    if (code !== 0)
      throw new Error(`docker ${words.slice(0, 2).join(' ')} failed:\n${`${stdout}${stderr}`.slice(-3000)}`);
    return stdout.trim();
  };
  return { isPrivate, env, docker, tryDocker, stop };
}
