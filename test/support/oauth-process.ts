// The server as an operator runs it with sign-in by analyst key, over a folder of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type RunningProgram, startProgram } from './program.ts';
import { until } from './until.ts';

/** The key of the analyst ann. */
export const annsKey = 'pgam_a-key-of-the-tests-own';

/** A process, and where it keeps its state. */
export type OauthProcess = {
  readonly url: string;
  readonly program: RunningProgram;
  readonly stop: () => Promise<void>;
};

/** A folder for state; whoever makes it removes it. */
export async function newStateFolder(): Promise<{
  readonly folder: string;
  readonly remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-oauth-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Starts a server over that folder; `port` and the public URL stay the same over restarts. */
export async function startOauthProcess(options: {
  readonly databaseUrl: string;
  readonly folder: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<OauthProcess> {
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const program = startProgram(['serve'], {
    DATABASE_URL: options.databaseUrl,
    PORT: String(port),
    MCP_PUBLIC_URL: url,
    MCP_SIGN_IN: 'key',
    MCP_TOKENS: `ann:${annsKey}`,
    // A disk that many tests share is slower than one that a server has.
    MCP_STATE_TIMEOUT: '5s',
    MCP_STATE_URL: `filetree:${join(options.folder, 'state')}`,
    ...options.env,
  });
  const listening = async () => {
    if (program.child.exitCode !== null) throw new Error(`the server ended: ${program.err()}`);
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    return answer?.ok === true;
  };
  try {
    await until(listening, 'the server listening', 20_000);
  } catch (error) {
    program.child.kill('SIGKILL');
    throw error;
  }
  return {
    url,
    program,
    stop: async () => {
      program.child.kill('SIGTERM');
      await program.ended;
    },
  };
}
