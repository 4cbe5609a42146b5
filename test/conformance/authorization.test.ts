// The official conformance suite in its authorization mode, against the server as a process; the browser that it waits for is
// ours. Only the verdict of each scenario counts.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { register } from '../support/oauth-client.ts';
import { annsKey, newStateFolder, type OauthProcess, startOauthProcess } from '../support/oauth-process.ts';
import { signInWithKey } from '../support/oauth-walk.ts';
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts';

const suite = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);

let fresh: FreshDatabase;
let state: Awaited<ReturnType<typeof newStateFolder>>;
let server: OauthProcess;
let results: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  state = await newStateFolder();
  results = await mkdtemp(join(tmpdir(), 'conformance-'));
  server = await startOauthProcess({ databaseUrl: fresh.readerUrl, folder: state.folder });
});

afterAll(async () => {
  await server.stop();
  await state.remove();
  await rm(results, { recursive: true, force: true });
  await fresh.drop();
});

/** Runs the suite; wherever it asks for a browser, an analyst with a key goes there. */
async function runSuite(version: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const port = await freePort();
  const { body } = await register(server, {
    client_name: 'Conformance suite',
    redirect_uris: [`http://127.0.0.1:${port}/callback`],
  });
  const words = [
    'authorization',
    '--url',
    server.url,
    '--client-id',
    String(body['client_id']),
    '-p',
    String(port),
  ];
  const more = ['--resource', `${server.url}/mcp`, '--spec-version', version, '-o', results];
  const child = spawn(process.execPath, [suite, ...words, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let isSignedIn = false;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += String(chunk);
      const start = new RegExp(`^${server.url}/oauth/authorize\\S+$`, 'm').exec(output)?.[0];
      if (start === undefined || isSignedIn) return;
      isSignedIn = true;
      void signInWithKey(start, annsKey).then((callback) => fetch(callback));
    });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

describe('the authorization mode of the conformance suite', () => {
  it.each(['2025-11-25', '2026-07-28'])(
    'finds every scenario of %s met',
    async (version) => {
      const { code, output } = await runSuite(version);
      expect(code, output).toBe(0);
      expect(output).toMatch(/authorization-server-metadata-endpoint: [1-9]\d* passed, 0 failed/);
      expect(output).toMatch(/authorization-code-grant: [1-9]\d* passed, 0 failed/);
    },
    120_000,
  );
});
