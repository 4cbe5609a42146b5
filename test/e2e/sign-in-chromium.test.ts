// The sign-in pages in a real Chromium: by keyboard alone, without script, in two tabs, with hasty fingers, on a phone, in
// light and dark, and by the rules of axe for people who see, hear or move otherwise.
import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { identityProviders } from '../../src/auth/idp/index.ts';
import { signInLeaving } from '../../src/http/sign-in-pages.ts';
import { chromiumPath, openChromium, withoutChromium } from '../support/chromium.ts';
import { type ClientSite, connectedUrl, startClientSite } from '../support/client-site.ts';
import { type SecondProvider, startSecondProvider } from '../support/second-provider.ts';
import { openSignInDoor, type SignInDoor, soniasKey } from '../support/sign-in-door.ts';
import { until } from '../support/until.ts';

/** Run in the page: the words of what has the focus, or its id. */
const focusedName = "(document.activeElement?.textContent ?? '').trim() || document.activeElement?.id || ''";
const fitsWidth = 'document.documentElement.scrollWidth <= document.documentElement.clientWidth';

describe.skipIf(chromiumPath === undefined)(`the sign-in pages in Chromium${withoutChromium}`, () => {
  let browser: Browser;
  let door: SignInDoor;
  let company: SecondProvider;
  let site: ClientSite;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    site = await startClientSite();
    browser = await openChromium(site.chromiumArguments);
    door = await openSignInDoor({
      provider: async (publicUrl) => {
        company = await startSecondProvider(`${publicUrl}/oauth/callback`);
        const { issuer, clientId, clientSecret } = company;
        return identityProviders.oidc({ issuer, clientId, clientSecret, needsGroups: false });
      },
    });
  });

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    door.requests.delayMs = 0;
  });

  afterAll(async () => {
    await browser?.close();
    await door?.close();
    await company?.close();
    await site?.close();
  });

  async function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
    contexts.push(context);
    return context;
  }

  const newPage = async (options?: BrowserContextOptions): Promise<Page> =>
    (await newContext(options)).newPage();
  const addressOf = (id = door.requests.ask()): string => `${door.url}/oauth/sign-in/${id}`;
  const heading = (page: Page): Promise<string | null> => page.textContent('h1');
  const answersFor = (address: string) => door.requests.answers.filter(({ id }) => address.endsWith(id));

  async function signIn(page: Page, address: string): Promise<void> {
    await page.goto(address);
    await page.fill('#key', soniasKey);
    await page.click('button[value=key]');
    await page.waitForSelector('button[value=allow]');
  }

  /** Presses Tab until the element with that name has the focus; gives the names on the way. */
  async function tabTo(page: Page, name: string): Promise<string[]> {
    const passed: string[] = [];
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate<string>(focusedName);
      passed.push(focused);
      if (focused === name) return passed;
    }
    throw new Error(`never reached "${name}": ${passed.join(', ')}`);
  }

  it('can be passed by keyboard alone, in the order in which they read', async () => {
    const page = await newPage();
    const address = addressOf();
    await page.goto(address);
    expect(await tabTo(page, 'key')).toEqual([`Continue with ${new URL(company.issuer).host}`, 'key']);
    await page.keyboard.type(soniasKey);
    await page.keyboard.press('Enter');
    await page.waitForSelector('button[value=allow]');
    expect(await tabTo(page, 'Allow')).toEqual(['Use another account', 'Allow']);
    await page.keyboard.press('Enter');
    await page.waitForURL(connectedUrl);
    expect(answersFor(address)).toMatchObject([{ account: { name: 'sonia' } }]);
  });

  it('can be refused by keyboard alone', async () => {
    const page = await newPage();
    const address = addressOf();
    await page.goto(address);
    await tabTo(page, 'Cancel');
    await page.keyboard.press('Enter');
    await page.waitForURL(connectedUrl);
    expect(answersFor(address)).toMatchObject([{ account: undefined }]);
  });

  it('work where script is switched off', async () => {
    const page = await newPage({ javaScriptEnabled: false });
    const address = addressOf();
    await signIn(page, address);
    await page.click('button[value=allow]');
    await page.waitForURL(connectedUrl);
    expect(answersFor(address)).toHaveLength(1);
  });

  it('lead through the identity provider, which the policy of the page does not stop', async () => {
    const page = await newPage();
    const address = addressOf();
    await page.goto(address);
    await page.click('text=Continue with');
    await page.waitForSelector('button[value=allow]');
    expect(page.url()).toBe(address);
    expect(await page.textContent('.who strong')).toBe('ann@example.com');
    await page.click('button[value=allow]');
    await page.waitForURL(connectedUrl);
  });

  it('leave no error or refusal of the policy in the console', async () => {
    const page = await newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await signIn(page, addressOf());
    await page.goto(addressOf('unknown'));
    // Chromium itself notes the status of the page that tells of the error.
    expect(said.filter((text) => !text.includes('410'))).toEqual([]);
  });

  it('show a wrong key at once to eye, ear and keyboard, and take the right one then', async () => {
    const page = await newPage();
    await page.goto(addressOf());
    await page.fill('#key', 'pgam_wrong');
    await page.click('button[value=key]');
    const alert = page.getByRole('alert');
    expect(await alert.textContent()).toContain('Nobody has this key.');
    const key = page.getByLabel('Your analyst key');
    expect(await page.evaluate(focusedName)).toBe('key');
    expect(await key.getAttribute('aria-describedby')).toContain('key-problem');
    expect(await key.inputValue()).toBe('');
    expect(await page.title()).toMatch(/^Error:/);
    await page.keyboard.type(soniasKey);
    await page.keyboard.press('Enter');
    await page.waitForSelector('button[value=allow]');
    expect(await heading(page)).toBe('Allow Claude to query as you?');
  });

  it('are answered side by side in two tabs', async () => {
    const context = await newContext();
    const [one, other] = [await context.newPage(), await context.newPage()];
    const [first, second] = [addressOf(), addressOf()];
    await one.goto(first);
    await other.goto(second);
    await signIn(one, first);
    await signIn(other, second);
    for (const page of [one, other]) {
      await page.click('button[value=allow]');
      await page.waitForURL(connectedUrl);
    }
    expect([...answersFor(first), ...answersFor(second)]).toHaveLength(2);
  });

  it('grant once to a double click on Allow, and end where a single one does', async () => {
    door.requests.delayMs = 150;
    const page = await newPage();
    const address = addressOf();
    await signIn(page, address);
    await page.dblclick('button[value=allow]', { delay: 20 });
    // The second click breaks off the first way there, which waiting for a navigation would take for a failure.
    await until(() => page.url().startsWith(connectedUrl), 'the browser at the client', 20_000);
    expect(answersFor(address)).toHaveLength(1);
  });

  it('say that the sign-in is over to whoever goes back after the answer', async () => {
    const page = await newPage();
    const address = addressOf();
    await signIn(page, address);
    await page.click('button[value=allow]');
    await page.waitForURL(connectedUrl);
    await page.goBack();
    expect(await heading(page)).toBe('This sign-in is over');
    expect(answersFor(address)).toHaveLength(1);
  });

  it('go on as before after the back button in the middle', async () => {
    const page = await newPage();
    const address = addressOf();
    await page.goto('about:blank');
    await signIn(page, address);
    await page.goBack();
    await page.goForward();
    await page.waitForSelector('button[value=allow]');
    await page.click('button[value=allow]');
    await page.waitForURL(connectedUrl);
  });

  it('open in no frame of another page', async () => {
    const page = await newPage();
    const address = addressOf();
    await page.route('http://evil.test/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<iframe src="${address}"></iframe>` }),
    );
    await page.goto('http://evil.test/');
    const frame = page.frames()[1];
    await frame?.waitForLoadState();
    expect(await frame?.evaluate('document.body?.textContent ?? ""')).not.toContain('Connect Claude');
  });

  it('take no form that another site sends in the person’s browser', async () => {
    const context = await newContext();
    const page = await context.newPage();
    const address = addressOf();
    await signIn(page, address);
    const inputs = await page.$$eval('input[type=hidden]', (all) =>
      all.map((one) => String(one.outerHTML)).join(''),
    );
    const evil = await context.newPage();
    await evil.route('http://evil.test/**', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${address}">${inputs}<button name="step" value="allow">win</button></form>`,
      }),
    );
    await evil.goto('http://evil.test/');
    await evil.click('button');
    await evil.waitForLoadState();
    expect(answersFor(address)).toEqual([]);
  });

  it('belong to the browser that opened them', async () => {
    const address = addressOf();
    await signIn(await newPage(), address);
    const other = await newPage();
    await other.goto(address);
    expect(await heading(other)).toBe('This sign-in belongs to another browser');
  });

  it('fit a phone, with nothing to scroll sideways and targets that a thumb hits', async () => {
    const page = await newPage({ viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true });
    const request = {
      client: {
        id: 'x',
        name: 'A client whose name is as long as names may be '.repeat(2).trim(),
        vouchedBy: 'itself',
      },
      redirectUri: 'http://localhost:53682/callback',
      isLoopback: true,
    } as const;
    await page.goto(addressOf(door.requests.ask(request)));
    expect(await page.evaluate(fitsWidth)).toBe(true);
    await signIn(page, page.url());
    expect(await page.evaluate(fitsWidth)).toBe(true);
    for (const target of await page.locator('.button').all())
      expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  });

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    const wrongs = async (page: Page): Promise<string[]> => {
      await page.evaluate(axe.source);
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: {
            run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
          };
        };
        const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        return (await axe.run({ runOnly })).violations;
      });
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    };

    it('breaks no rule of axe on any page', async () => {
      const page = await newPage({ colorScheme });
      await page.goto(
        addressOf(door.requests.ask({ redirectUri: 'http://localhost:1/cb', isLoopback: true })),
      );
      expect(await wrongs(page)).toEqual([]);
      await page.fill('#key', 'wrong');
      await page.click('button[value=key]');
      expect(await wrongs(page)).toEqual([]);
      await signIn(page, page.url());
      expect(await wrongs(page)).toEqual([]);
      const own = { id: 'x', name: 'Claude', vouchedBy: 'itself' } as const;
      await page.goto(addressOf(door.requests.ask({ client: own })));
      expect(await wrongs(page)).toEqual([]);
      await page.goto(addressOf('unknown'));
      expect(await wrongs(page)).toEqual([]);
      await page.setContent(
        signInLeaving('analytics.example.com', { url: '/x', clientName: 'Claude' }, true),
      );
      expect(await wrongs(page)).toEqual([]);
    });

    it('uses the colours of the scheme', async () => {
      const page = await newPage({ colorScheme });
      await page.goto(addressOf());
      const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      const [red = 0] = (/\d+/.exec(ground) ?? []).map(Number);
      expect(red > 128).toBe(colorScheme === 'light');
    });
  });
});
