// mcp-remote, a client that nobody here wrote, signs in through a real browser and asks a question.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openChromium, withoutChromium } from '../support/chromium.ts';
import { freePort } from '../support/free-port.ts';
import { annsKey, newStateFolder, type OauthProcess, startOauthProcess } from '../support/oauth-process.ts';
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts';

const remote = fileURLToPath(new URL('../../node_modules/mcp-remote/dist/proxy.js', import.meta.url));

describe.skipIf(chromiumPath === undefined)(`mcp-remote${withoutChromium}`, () => {
  let fresh: FreshDatabase;
  let state: Awaited<ReturnType<typeof newStateFolder>>;
  let server: OauthProcess;
  let folder: string;

  beforeAll(async () => {
    fresh = await freshDatabase({ template: 'fleet' });
    state = await newStateFolder();
    folder = await mkdtemp(join(tmpdir(), 'mcp-remote-'));
    server = await startOauthProcess({ databaseUrl: fresh.readerUrl, folder: state.folder });
  });

  afterAll(async () => {
    await server.stop();
    await state.remove();
    await rm(folder, { recursive: true, force: true });
    await fresh.drop();
  });

  /** Starts it and gives what it says; it opens no browser of its own, because it finds none. */
  async function connect(onUrl: (url: string) => void): Promise<Client> {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [remote, `${server.url}/mcp`, String(await freePort()), '--transport', 'http-only'],
      env: { PATH: '/nonexistent', HOME: folder, MCP_REMOTE_CONFIG_DIR: folder },
      stderr: 'pipe',
    });
    let said = '';
    transport.stderr?.on('data', (chunk) => {
      said += String(chunk);
      // The whole line: a chunk may end in the middle of it.
      const url = new RegExp(`(${server.url}/oauth/authorize\\S+)\\n`).exec(said)?.[1];
      if (url === undefined) return;
      said = '';
      onUrl(url);
    });
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(transport, { timeout: 60_000 });
    return client;
  }

  /** What the analyst does in the browser; gives the words of the last page. */
  async function signIn(url: string): Promise<string> {
    const browser = await openChromium();
    try {
      const page = await browser.newPage();
      await page.goto(url);
      await page.getByLabel('Your analyst key').fill(annsKey);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.waitForURL(/^http:\/\/(localhost|127\.0\.0\.1):\d+\/oauth\/callback/);
      return (await page.textContent('body')) ?? '';
    } finally {
      await browser.close();
    }
  }

  it('signs in through Chromium and calls query', async () => {
    let signedIn: Promise<string> | undefined;
    const client = await connect((url) => {
      signedIn ??= signIn(url).catch((error: unknown) => String(error));
    });
    expect(await signedIn).toMatch(/success/i);
    const tools = await client.listTools();
    expect(tools.tools.map(({ name }) => name)).toContain('query');
    const answer = await client.callTool({ name: 'query', arguments: { sql: 'select 6 * 7 as answer' } });
    expect(JSON.stringify(answer)).toContain('42');
    await client.close();
  }, 120_000);

  it('needs no browser the next time, although the server was restarted', async () => {
    const port = Number(new URL(server.url).port);
    await server.stop();
    server = await startOauthProcess({ databaseUrl: fresh.readerUrl, folder: state.folder, port });
    const urls: string[] = [];
    const client = await connect((url) => urls.push(url));
    const answer = await client.callTool({ name: 'query', arguments: { sql: 'select 6 * 7 as answer' } });
    expect(JSON.stringify(answer)).toContain('42');
    expect(urls).toEqual([]);
    await client.close();
  }, 120_000);
});
