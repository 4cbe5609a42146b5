// Sign-in in a real Chromium against the server as a process: hasty fingers, a slow client, and what is left in the log.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openChromium, withoutChromium } from '../support/chromium.ts';
import { newClient, newPkce, redeem } from '../support/oauth-client.ts';
import { annsKey, newStateFolder, type OauthProcess, startOauthProcess } from '../support/oauth-process.ts';
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';

/** A program on this computer that takes the answer, and takes its time. */
async function startSlowClient(delayMs: number) {
  const taken: string[] = [];
  const server: Server = createServer((request, response) => {
    if (request.url?.startsWith('/callback') !== true) return void response.writeHead(404).end();
    taken.push(request.url);
    setTimeout(() => response.end('<title>connected</title>'), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { taken, redirectUri, close };
}

describe.skipIf(chromiumPath === undefined)(
  `sign-in at the real server in Chromium${withoutChromium}`,
  () => {
    let fresh: FreshDatabase;
    let state: Awaited<ReturnType<typeof newStateFolder>>;
    let server: OauthProcess;
    let browser: Browser;
    let client: Awaited<ReturnType<typeof startSlowClient>>;

    beforeAll(async () => {
      fresh = await freshDatabase({ template: 'fleet' });
      state = await newStateFolder();
      server = await startOauthProcess({
        databaseUrl: fresh.readerUrl,
        folder: state.folder,
        // In memory: a disk that is busy with other tests is told as late, which is another test's matter.
        env: { LOG_LEVEL: 'trace', MCP_STATE_URL: 'memory:' },
      });
      client = await startSlowClient(800);
      browser = await openChromium();
    });

    afterAll(async () => {
      await browser?.close();
      await client?.close();
      await server?.stop();
      await state?.remove();
      await fresh?.drop();
    });

    /** Opens the consent page of a new request, signed in; gives what redeems its code. */
    async function openConsent(page: Page) {
      const door = { url: server.url, resource: `${server.url}/mcp` };
      const { verifier, challenge } = newPkce();
      const registered = await newClient(door, client.redirectUri);
      const url = new URL(`${server.url}/oauth/authorize`);
      const parameters = {
        response_type: 'code',
        client_id: registered.id,
        redirect_uri: client.redirectUri,
        state: 'state-of-the-client',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        resource: door.resource,
        scope: 'analytics:read offline_access',
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      await page.goto(url.href);
      await page.fill('#key', annsKey);
      await page.click('button[value=key]');
      await page.waitForSelector('button[value=allow]');
      return (code: string) => redeem(door, registered, code, verifier);
    }

    const connected = async (page: Page): Promise<URL> => {
      // A second click breaks off the first way there, which waiting for a navigation would take for a failure.
      const isThere = () => page.url().startsWith(`${client.redirectUri}?`);
      await until(isThere, 'the browser at the client', 20_000);
      return new URL(page.url());
    };

    it('gives the client a code that it can redeem', async () => {
      const page = await browser.newPage();
      const redeemed = await openConsent(page);
      await page.click('button[value=allow]');
      const { searchParams } = await connected(page);
      expect(searchParams.get('state')).toBe('state-of-the-client');
      expect((await redeemed(searchParams.get('code') ?? '')).status).toBe(200);
      await page.close();
    });

    it.each([0, 20, 60, 120, 250])(
      'ends at the client also after a second click %i ms later',
      async (pauseMs) => {
        const page = await browser.newPage();
        const redeemed = await openConsent(page);
        const before = client.taken.length;
        // Chromium takes no clicks before it has painted; hovering waits for that.
        await page.hover('button[value=allow]');
        const box = await page.locator('button[value=allow]').boundingBox();
        const [x, y] = [(box?.x ?? 0) + 50, (box?.y ?? 0) + 10];
        await page.mouse.click(x, y);
        await page.waitForTimeout(pauseMs);
        await page.mouse.click(x, y).catch(() => undefined);
        const { searchParams } = await connected(page);
        expect((await redeemed(searchParams.get('code') ?? '')).status).toBe(200);
        expect(client.taken.length - before).toBe(1);
        await page.close();
      },
    );

    it('leaves no key, code, cookie or form token in the log, not even at its most talkative', async () => {
      const page = await browser.newPage();
      await openConsent(page);
      const secrets = await page.$$eval('input[name=form]', (all) =>
        all.map((one) => one.getAttribute('value') ?? ''),
      );
      for (const { name, value } of await page.context().cookies())
        if (name === 'pgam-browser') secrets.push(value);
      await page.click('button[value=allow]');
      secrets.push((await connected(page)).searchParams.get('code') ?? '', annsKey);
      expect(secrets.filter((secret) => secret.length < 20)).toEqual([]);
      const log = server.program.err() + server.program.out();
      expect(log).toContain('signed in');
      for (const secret of secrets) expect(log).not.toContain(secret);
      await page.close();
    });
  },
);
