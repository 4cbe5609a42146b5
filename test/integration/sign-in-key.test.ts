// Sign-in with an analyst key and the consent page, over a real door: what it shows, whom it believes, what it refuses.
import { afterEach, describe, expect, it } from 'vitest';
import { digestToken } from '../../src/auth/static-tokens.ts';
import { hiddenFields, linkOf, type PlainBrowser, plainBrowser, wordsOf } from '../support/plain-browser.ts';
import {
  openSignInDoor,
  type SignInDoor,
  type SignInDoorChanges,
  soniasKey,
} from '../support/sign-in-door.ts';

const doors: SignInDoor[] = [];
const opened = async (changes?: SignInDoorChanges): Promise<SignInDoor> => {
  const door = await openSignInDoor(changes);
  doors.push(door);
  return door;
};

afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
});

const pageOf = (door: SignInDoor, id: string): string => `${door.url}/oauth/sign-in/${id}`;

/** Pastes a key and gives what the server says to it. */
async function paste(browser: PlainBrowser, page: string, key: string) {
  const { html } = await browser.get(page);
  return browser.post(page, { ...hiddenFields(html), key, step: 'key' });
}

/** Signs sonia in and gives the consent page. */
async function signIn(browser: PlainBrowser, page: string): Promise<string> {
  const { status, location } = await paste(browser, page, soniasKey);
  expect([status, location]).toEqual([303, page]);
  return (await browser.get(page)).html;
}

const allow = (browser: PlainBrowser, page: string, html: string) =>
  browser.post(page, { ...hiddenFields(html), step: 'allow' });

describe('sign-in with an analyst key', () => {
  it('asks for the key, shows who signed in, and allows only then', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    const browser = plainBrowser();
    const first = await browser.get(page);
    expect(first.status).toBe(200);
    expect(wordsOf(first.html)).toContain('Connect Claude to the analytics database');
    expect(wordsOf(first.html)).not.toContain('Signed in as');
    const consent = await signIn(browser, page);
    expect(wordsOf(consent)).toContain('Signed in as sonia');
    expect(door.requests.answers).toEqual([]);
    const done = await allow(browser, page, consent);
    expect([done.status, done.location]).toEqual([
      200,
      'https://claude.ai/api/mcp/auth_callback?code=granted',
    ]);
    expect(door.requests.answers).toMatchObject([
      { account: { subject: 'key:sonia', name: 'sonia', groups: [] } },
    ]);
    expect(door.events).toContainEqual({
      kind: 'signed_in',
      principal: 'sonia',
      provider: 'key',
      client: 'https://claude.ai/oauth/client',
    });
  });

  it('says which application asks, who vouches for it, and where the answer goes', async () => {
    const door = await opened();
    const browser = plainBrowser();
    const words = async (changes: Parameters<typeof door.requests.ask>[0]) =>
      wordsOf((await browser.get(pageOf(door, door.requests.ask(changes)))).html);
    expect(await words({})).toContain('The site claude.ai vouches for this name.');
    expect(await words({})).toContain('The answer goes to claude.ai A website');
    const client = { id: 'abc', name: 'Claude', vouchedBy: 'itself' } as const;
    expect(await words({ client })).toContain('It gave itself this name. Nobody has verified it.');
    expect(await words({ client: { ...client, vouchedBy: 'operator' } })).toContain(
      'Registered by the operator of this server.',
    );
    const app = await words({ client, redirectUri: 'cursor://anysphere.cursor-mcp/oauth' });
    expect(app).toContain('The answer goes to cursor: An app on this device');
  });

  it('warns where the answer goes to a program on the computer, and only there', async () => {
    const door = await opened();
    const browser = plainBrowser();
    const local = { redirectUri: 'http://localhost:53682/callback', isLoopback: true };
    const words = wordsOf((await browser.get(pageOf(door, door.requests.ask(local)))).html);
    expect(words).toContain('localhost:53682 A program on this computer');
    expect(words).toContain('Go on only if you have just started Claude here yourself');
    expect(wordsOf((await browser.get(pageOf(door, door.requests.ask()))).html)).not.toContain('Go on only');
  });

  it('shows a hostile name of a client as text and never as HTML', async () => {
    const door = await opened();
    const name = '<script>alert(1)</script><form action=https://evil.example>"\'&';
    const id = door.requests.ask({ client: { id: 'x', name, vouchedBy: 'itself' } });
    const { html } = await plainBrowser().get(pageOf(door, id));
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<form action=https');
    expect(wordsOf(html)).toContain(name);
  });

  it('refuses a key that nobody has, says so, and lets the right one follow', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    const browser = plainBrowser();
    for (const key of ['pgam_wrong', '', ' ', soniasKey.slice(1), `${soniasKey}x`, soniasKey.toUpperCase()]) {
      const { status, html } = await paste(browser, page, key);
      expect(status).toBe(403);
      expect(wordsOf(html)).toContain('Nobody has this key.');
      expect(html).toContain('role="alert"');
      expect(html).toContain('aria-invalid="true"');
    }
    expect(door.requests.answers).toEqual([]);
    await signIn(browser, page);
  });

  it('takes a key with blanks around it, as pasting leaves them', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    expect((await paste(plainBrowser(), page, `  ${soniasKey}\r\n`)).status).toBe(303);
  });

  it('takes as many keys as the limit says, then none, not even the right one', async () => {
    const door = await opened({ keyAttempts: { perAddress: 3, perSignIn: 100 } });
    const page = pageOf(door, door.requests.ask());
    const browser = plainBrowser();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect((await paste(browser, page, `guess-${attempt}`)).status).toBe(403);
    }
    const { status, headers, html } = await paste(browser, page, soniasKey);
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(wordsOf(html)).toContain('Too many keys were tried');
  });

  it('counts no right key, since a whole company may come from one address', async () => {
    const door = await opened({ keyAttempts: { perAddress: 2, perSignIn: 1 } });
    for (let analyst = 1; analyst <= 5; analyst += 1)
      expect((await paste(plainBrowser(), pageOf(door, door.requests.ask()), soniasKey)).status).toBe(303);
  });

  it('counts keys within one sign-in too, whatever address they come from', async () => {
    const door = await opened({ keyAttempts: { perAddress: 100, perSignIn: 2 } });
    const browser = plainBrowser();
    const page = pageOf(door, door.requests.ask());
    await paste(browser, page, 'guess-1');
    await paste(browser, page, 'guess-2');
    expect((await paste(browser, page, 'guess-3')).status).toBe(429);
    expect((await paste(browser, pageOf(door, door.requests.ask()), soniasKey)).status).toBe(303);
  });

  it('lets a person refuse before and after they signed in', async () => {
    const door = await opened();
    const browser = plainBrowser();
    const refused = 'https://claude.ai/api/mcp/auth_callback?error=access_denied';
    const early = pageOf(door, door.requests.ask());
    const cancel = linkOf((await browser.get(early)).html, 'Cancel');
    expect((await browser.get(door.url + cancel)).location).toBe(refused);
    const late = pageOf(door, door.requests.ask());
    const consent = await signIn(browser, late);
    expect((await browser.get(door.url + linkOf(consent, 'Cancel'))).location).toBe(refused);
    expect(door.requests.answers.map(({ account }) => account)).toEqual([undefined, undefined]);
  });

  it('lets another person sign in instead', async () => {
    const door = await opened();
    const tariqsKey = 'pgam_the-key-of-tariq-0123456789';
    door.replaceTokens([
      { name: 'sonia', sha256: digestToken(soniasKey) },
      { name: 'tariq', sha256: digestToken(tariqsKey) },
    ]);
    const page = pageOf(door, door.requests.ask());
    const browser = plainBrowser();
    const consent = await signIn(browser, page);
    const { location } = await browser.get(door.url + linkOf(consent, 'Use another account'));
    expect(location).toBe(page);
    expect((await paste(browser, page, tariqsKey)).status).toBe(303);
    const again = (await browser.get(page)).html;
    expect(wordsOf(again)).toContain('Signed in as tariq');
    await allow(browser, page, again);
    expect(door.requests.answers).toMatchObject([{ account: { name: 'tariq' } }]);
  });

  it('ends a session at the next refresh once the key is withdrawn or replaced, and not before', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    await signIn(plainBrowser(), page);
    expect(await door.accounts.renew('key:sonia')).toMatchObject({ standing: 'active' });
    door.replaceTokens([{ name: 'sonia', sha256: digestToken('pgam_a-new-key-of-sonia') }]);
    expect(await door.accounts.renew('key:sonia')).toEqual({
      standing: 'ended',
      reason: 'the analyst key was withdrawn',
    });
    expect(await door.accounts.find('key:sonia')).toBeUndefined();
    expect(door.events.at(-1)).toMatchObject({ kind: 'account_ended', principal: 'sonia' });
  });

  it('answers 503 with Retry-After while the store is down, and goes on when it is back', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    const browser = plainBrowser();
    const { html } = await browser.get(page);
    door.records.down = true;
    const down = await browser.post(page, { ...hiddenFields(html), key: soniasKey, step: 'key' });
    expect(down.status).toBe(503);
    expect(down.headers.get('retry-after')).toBe('30');
    expect(wordsOf(down.html)).toContain('The server cannot sign you in just now');
    door.records.down = false;
    await signIn(browser, page);
  });

  it('leaves no key in an event or a record', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    const browser = plainBrowser();
    await paste(browser, page, 'pgam_a-secret-that-was-mistyped');
    await allow(browser, page, await signIn(browser, page));
    const everything = JSON.stringify(door.events) + door.records.dump();
    for (const secret of [soniasKey, 'a-secret-that-was-mistyped', ...browser.cookies.values()])
      expect(everything).not.toContain(secret);
  });
});

describe('what protects the consent page', () => {
  it('confused deputy: consent is asked for every request of every client, and never remembered', async () => {
    const door = await opened();
    const browser = plainBrowser();
    const first = pageOf(door, door.requests.ask());
    await allow(browser, first, await signIn(browser, first));
    const client = { id: 'evil', name: 'Claude', vouchedBy: 'itself' } as const;
    for (const changes of [{}, { client, redirectUri: 'https://evil.example/cb' }]) {
      const next = await browser.get(pageOf(door, door.requests.ask(changes)));
      expect(next.status).toBe(200);
      expect(wordsOf(next.html)).toContain('Sign in first.');
    }
    expect(door.requests.answers).toHaveLength(1);
  });

  it('victim browser: a page that one browser opened is closed to every other', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    const attacker = plainBrowser();
    await signIn(attacker, page);
    const victim = plainBrowser();
    const shown = await victim.get(page);
    expect(shown.status).toBe(403);
    expect(wordsOf(shown.html)).toContain('This sign-in belongs to another browser');
    expect(wordsOf(shown.html)).not.toContain('sonia');
    expect(victim.cookies.size).toBe(0);
  });

  it('CSRF: refuses a form that another site sends through the browser', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    const browser = plainBrowser();
    const consent = await signIn(browser, page);
    const fields = hiddenFields(consent);
    const forged = await browser.post(page, { step: 'allow', account: 'key:sonia' });
    expect([forged.status, wordsOf(forged.html).includes('The page was out of date')]).toEqual([403, true]);
    const foreign = await browser.post(
      page,
      { ...fields, step: 'allow' },
      { origin: 'https://evil.example' },
    );
    expect(foreign.status).toBe(403);
    const sandboxed = await browser.post(page, { ...fields, step: 'allow' }, { origin: 'null' });
    expect(sandboxed.status).toBe(403);
    expect(door.requests.answers).toEqual([]);
    expect((await allow(browser, page, consent)).status).toBe(200);
  });

  it('CSRF: refuses a form token of another browser, another sign-in or another account', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    const browser = plainBrowser();
    const consent = await signIn(browser, page);
    const otherPage = pageOf(door, door.requests.ask());
    const otherConsent = await signIn(browser, otherPage);
    expect((await allow(browser, page, otherConsent)).status).toBe(403);
    const stranger = plainBrowser();
    const strangersPage = pageOf(door, door.requests.ask());
    const strangersConsent = await signIn(stranger, strangersPage);
    expect((await allow(browser, strangersPage, strangersConsent)).status).toBe(403);
    const fields = { ...hiddenFields(consent), account: 'key:tariq', step: 'allow' };
    expect((await browser.post(page, fields)).status).toBe(403);
    expect(door.requests.answers).toEqual([]);
  });

  it('refuses a link without its token, so that no other site can refuse or begin for the person', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    const browser = plainBrowser();
    await signIn(browser, page);
    for (const link of ['again', 'refuse', 'provider', 'refuse?form=x', 'again?form=x&form=y'])
      expect((await browser.get(`${page}/${link}`)).status).toBe(403);
    expect(wordsOf((await browser.get(page)).html)).toContain('Signed in as sonia');
  });

  it('lets two tabs of one browser sign in side by side', async () => {
    const door = await opened();
    const browser = plainBrowser();
    const [one, other] = [pageOf(door, door.requests.ask()), pageOf(door, door.requests.ask())];
    const [first, second] = [await browser.get(one), await browser.get(other)];
    const send = (page: string, html: string) =>
      browser.post(page, { ...hiddenFields(html), key: soniasKey, step: 'key' });
    expect((await send(one, first.html)).status).toBe(303);
    expect((await send(other, second.html)).status).toBe(303);
    for (const page of [other, one])
      expect((await allow(browser, page, (await browser.get(page)).html)).status).toBe(200);
    expect(door.requests.answers).toHaveLength(2);
  });

  it('gives a double click the same answer, and grants once', async () => {
    const door = await opened();
    door.requests.delayMs = 100;
    const page = pageOf(door, door.requests.ask());
    const browser = plainBrowser();
    const consent = await signIn(browser, page);
    const clicks = await Promise.all([1, 2, 3].map(() => allow(browser, page, consent)));
    const late = await allow(browser, page, consent);
    expect(new Set([...clicks, late].map(({ location }) => location))).toEqual(
      new Set(['https://claude.ai/api/mcp/auth_callback?code=granted']),
    );
    expect(door.requests.answers).toHaveLength(1);
    const refusal = await browser.get(door.url + linkOf(consent, 'Cancel'));
    expect([refusal.status, wordsOf(refusal.html).includes('This sign-in is over')]).toEqual([410, true]);
  });

  it('shows the page again when the authorization server could not take the answer', async () => {
    const door = await opened();
    const id = door.requests.ask();
    const page = pageOf(door, id);
    const browser = plainBrowser();
    const consent = await signIn(browser, page);
    const { allow: works } = door.requests;
    Object.assign(door.requests, { allow: () => Promise.reject(new Error('broken')) });
    expect((await allow(browser, page, consent)).status).toBe(500);
    Object.assign(door.requests, { allow: works });
    expect((await allow(browser, page, consent)).status).toBe(200);
  });

  it('answers an unknown or finished request with one and the same page', async () => {
    const door = await opened();
    const browser = plainBrowser();
    const page = pageOf(door, door.requests.ask());
    await allow(browser, page, await signIn(browser, page));
    const finished = await browser.get(page);
    const unknown = await browser.get(pageOf(door, 'no-such-request'));
    expect([finished.status, unknown.status]).toEqual([410, 410]);
    expect(finished.html).toBe(unknown.html);
  });

  it('sends headers that keep the page out of frames, caches, referrers and reach of other styles', async () => {
    const door = await opened();
    const { headers } = await plainBrowser().get(pageOf(door, door.requests.ask()));
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('set-cookie')).toMatch(
      /^pgam-browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600$/,
    );
  });

  it('takes the browser on by a page of its own, so that no form leads anywhere else', async () => {
    const door = await opened();
    const browser = plainBrowser();
    const page = pageOf(door, door.requests.ask());
    const done = await allow(browser, page, await signIn(browser, page));
    const target = 'https://claude.ai/api/mcp/auth_callback?code=granted';
    expect(done.headers.get('refresh')).toBe(`0;url=${target}`);
    expect(linkOf(done.html, 'Go back to Claude')).toBe(target);
    expect(wordsOf(done.html)).toContain('Allowed Taking you back to Claude.');
    expect(done.headers.get('content-security-policy')).toContain("form-action 'self';");
    const refused = pageOf(door, door.requests.ask());
    const link = door.url + linkOf((await browser.get(refused)).html, 'Cancel');
    expect(wordsOf((await browser.get(link)).html)).toContain(
      'Nothing was allowed Taking you back to Claude.',
    );
  });

  it('gives the cookie the prefix __Host- and Secure where browsers come by https', async () => {
    const door = await opened({ publicUrl: 'https://analytics.example.com' });
    const { headers } = await plainBrowser().get(pageOf(door, door.requests.ask()));
    expect(headers.get('set-cookie')).toMatch(
      /^__Host-pgam-browser=.*; Path=\/; HttpOnly; SameSite=Lax; .*; Secure$/,
    );
  });

  it('refuses a body that is no form, and one that is too large', async () => {
    const door = await opened();
    const page = pageOf(door, door.requests.ask());
    const json = await fetch(page, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(json.status).toBe(403);
    const large = await fetch(page, {
      method: 'POST',
      body: new URLSearchParams({ key: 'x'.repeat(20_000) }),
    });
    expect(large.status).toBe(403);
  });
});
