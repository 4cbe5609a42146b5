// Sign-in with the company's OpenID provider, a real one in this process, over a real door; and the attacks on it.
import { afterEach, describe, expect, it } from 'vitest';
import { identityProviders } from '../../src/auth/idp/index.ts';
import {
  hiddenFields,
  linkOf,
  type PlainBrowser,
  plainBrowser,
  type Shown,
  wordsOf,
} from '../support/plain-browser.ts';
import { type SecondProvider, startSecondProvider } from '../support/second-provider.ts';
import { openSignInDoor, type SignInDoor, type SignInDoorChanges } from '../support/sign-in-door.ts';

type World = { readonly door: SignInDoor; readonly company: SecondProvider };

const worlds: World[] = [];

afterEach(async () => {
  for (const { door, company } of worlds.splice(0)) {
    await door.close();
    await company.close();
  }
});

async function opened(changes: SignInDoorChanges = {}): Promise<World> {
  const needsGroups = (changes.allowed?.groups.length ?? 0) > 0;
  const late = Promise.withResolvers<SecondProvider>();
  const door = await openSignInDoor({
    keys: false,
    ...changes,
    provider: async (publicUrl) => {
      const company = await startSecondProvider(`${publicUrl}/oauth/callback`);
      late.resolve(company);
      const { issuer, clientId, clientSecret } = company;
      return identityProviders.oidc({ issuer, clientId, clientSecret, needsGroups });
    },
  });
  const world = { door, company: await late.promise };
  worlds.push(world);
  return world;
}

/** Follows redirects until a page of ours, or the client, is reached. */
async function follow(browser: PlainBrowser, url: string, until: (url: string) => boolean): Promise<string> {
  let at = url;
  for (let step = 0; step < 10 && !until(at); step += 1) {
    const { location, status, html } = await browser.get(at);
    if (location === undefined) throw new Error(`${at} answered ${status}: ${wordsOf(html).slice(0, 200)}`);
    at = new URL(location, at).href;
  }
  return at;
}

const isCallback = (url: string): boolean => url.includes('/oauth/callback?');

/** Goes to the company and comes back as far as our callback, which is not opened yet. */
async function goToCompany(browser: PlainBrowser, { door }: World, page: string): Promise<string> {
  const { html } = await browser.get(page);
  return follow(browser, door.url + linkOf(html, 'Continue with'), isCallback);
}

async function signIn(browser: PlainBrowser, world: World, page: string): Promise<Shown> {
  const back = await browser.get(await goToCompany(browser, world, page));
  expect([back.status, back.location]).toEqual([303, page]);
  return browser.get(page);
}

const subjectOf = ({ company }: World): string => `${company.issuer}|ann`;

describe('sign-in with an OpenID provider', () => {
  it('goes to the provider and back, shows who signed in, and allows only then', async () => {
    const world = await opened();
    const { door } = world;
    const page = `${door.url}/oauth/sign-in/${door.requests.ask()}`;
    const browser = plainBrowser();
    const consent = await signIn(browser, world, page);
    expect(wordsOf(consent.html)).toContain('Signed in as ann@example.com');
    expect(door.requests.answers).toEqual([]);
    const done = await browser.post(page, { ...hiddenFields(consent.html), step: 'allow' });
    expect(done.location).toBe('https://claude.ai/api/mcp/auth_callback?code=granted');
    expect(door.requests.answers[0]?.account).toEqual({
      subject: subjectOf(world),
      name: 'ann@example.com',
      email: 'ann@example.com',
      groups: [],
      provider: 'oidc',
    });
  });

  it('goes on through refreshes with rotated tokens, and ends at the next one once the account is disabled', async () => {
    const world = await opened();
    const { door, company } = world;
    await signIn(plainBrowser(), world, `${door.url}/oauth/sign-in/${door.requests.ask()}`);
    const subject = subjectOf(world);
    expect(await door.accounts.renew(subject)).toMatchObject({ standing: 'active' });
    company.disabled.add('ann');
    expect(await door.accounts.find(subject)).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 5_100));
    expect(await door.accounts.renew(subject)).toMatchObject({ standing: 'ended' });
    expect(await door.accounts.find(subject)).toBeUndefined();
  });

  it('ends no session while the provider is down, within the tolerance', async () => {
    const world = await opened();
    const { door, company } = world;
    await signIn(plainBrowser(), world, `${door.url}/oauth/sign-in/${door.requests.ask()}`);
    await company.close();
    expect(await door.accounts.renew(subjectOf(world))).toMatchObject({ standing: 'active' });
    expect(door.events.at(-1)).toMatchObject({
      kind: 'account_unconfirmed',
      code: 'SIGN_IN_PROVIDER_UNAVAILABLE',
    });
  });

  it('says that the provider is down, and when to come back', async () => {
    const world = await opened();
    const { door, company } = world;
    await company.close();
    const browser = plainBrowser();
    const { html } = await browser.get(`${door.url}/oauth/sign-in/${door.requests.ask()}`);
    const down = await browser.get(door.url + linkOf(html, 'Continue with'));
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '30']);
    expect(wordsOf(down.html)).toContain('The identity provider does not answer');
    expect(wordsOf(down.html)).not.toContain('ECONNREFUSED');
  });

  it('lets the person try again who refused at the provider', async () => {
    const world = await opened();
    const { door, company } = world;
    const page = `${door.url}/oauth/sign-in/${door.requests.ask()}`;
    const browser = plainBrowser();
    company.account = undefined;
    const refused = await browser.get(await goToCompany(browser, world, page));
    expect([refused.status, wordsOf(refused.html).includes('You are not signed in')]).toEqual([403, true]);
    company.account = { sub: 'ann', email: 'ann@example.com', groups: [] };
    expect(door.url + linkOf(refused.html, 'Try again')).toBe(page);
    expect(wordsOf((await signIn(browser, world, page)).html)).toContain('Signed in as ann@example.com');
  });

  it('keeps out whom no list names, says whom to ask, and keeps nothing of them', async () => {
    const world = await opened({
      allowed: { domains: ['other.example'], groups: [], users: [] },
      contact: 'the data team (data@example.com)',
    });
    const { door } = world;
    const browser = plainBrowser();
    const back = await browser.get(
      await goToCompany(browser, world, `${door.url}/oauth/sign-in/${door.requests.ask()}`),
    );
    expect(back.status).toBe(403);
    expect(wordsOf(back.html)).toContain('This account may not use the server');
    expect(wordsOf(back.html)).toContain('ask the data team (data@example.com)');
    expect(await door.accounts.find(subjectOf(world))).toBeUndefined();
    expect(door.events).toContainEqual(expect.objectContaining({ code: 'SIGN_IN_NOT_ALLOWED' }));
  });

  it('lets in by group, read at userinfo where the ID token does not hold it', async () => {
    const world = await opened({ allowed: { domains: [], groups: ['analysts'], users: [] } });
    const { door } = world;
    const consent = await signIn(plainBrowser(), world, `${door.url}/oauth/sign-in/${door.requests.ask()}`);
    expect(consent.status).toBe(200);
    expect(await door.accounts.find(subjectOf(world))).toMatchObject({ groups: ['analysts'] });
  });

  it('leaves no token, code or secret in an event, a page or the address bar', async () => {
    const world = await opened();
    const { door, company } = world;
    const page = `${door.url}/oauth/sign-in/${door.requests.ask()}`;
    const browser = plainBrowser();
    const callback = await goToCompany(browser, world, page);
    await browser.get(callback);
    const consent = await browser.get(page);
    const { searchParams } = new URL(callback);
    const said = JSON.stringify(door.events) + consent.html;
    for (const secret of [searchParams.get('code'), searchParams.get('state'), company.clientSecret])
      expect(said).not.toContain(secret);
    expect(JSON.stringify(door.events)).not.toMatch(/eyJ|refresh|verifier/i);
  });
});

describe('attacks on the way to the provider and back', () => {
  it('CVE-2026-27124: a link of the attacker’s that leads through the provider signs nobody in elsewhere', async () => {
    const world = await opened();
    const { door } = world;
    const attacker = plainBrowser();
    const page = `${door.url}/oauth/sign-in/${door.requests.ask()}`;
    const { html } = await attacker.get(page);
    const toCompany = await attacker.get(door.url + linkOf(html, 'Continue with'));
    // The victim opens the attacker's link, and the company signs them in without a question.
    const victim = plainBrowser();
    const callback = await follow(victim, toCompany.location ?? '', isCallback);
    const refused = await victim.get(callback);
    expect([refused.status, wordsOf(refused.html).includes('belongs to another browser')]).toEqual([
      403,
      true,
    ]);
    expect(wordsOf((await attacker.get(page)).html)).not.toContain('Signed in as');
    expect(await door.accounts.find(subjectOf(world))).toBeUndefined();
    expect(door.requests.answers).toEqual([]);
  });

  it('an answer of the provider that is finished in another browser signs its owner in nowhere', async () => {
    const world = await opened();
    const { door } = world;
    const attacker = plainBrowser();
    const callback = await goToCompany(attacker, world, `${door.url}/oauth/sign-in/${door.requests.ask()}`);
    const victim = plainBrowser();
    const victimsPage = `${door.url}/oauth/sign-in/${door.requests.ask()}`;
    await victim.get(victimsPage);
    expect((await victim.get(callback)).status).toBe(403);
    expect(wordsOf((await victim.get(victimsPage)).html)).not.toContain('Signed in as');
    // The state was spent by the attempt, so that it cannot be tried in one browser after another.
    expect((await attacker.get(callback)).status).toBe(410);
  });

  it('an answer of the provider is good once, however many come at the same time', async () => {
    const world = await opened();
    const { door } = world;
    const browser = plainBrowser();
    const callback = await goToCompany(browser, world, `${door.url}/oauth/sign-in/${door.requests.ask()}`);
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.get(callback)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(19);
  });

  it.each(['', '?state=', '?code=x', '?state=unknown&code=x', '?error=access_denied'])(
    'a callback that nobody waits for is answered as over: %j',
    async (query) => {
      const { door } = await opened();
      expect((await plainBrowser().get(`${door.url}/oauth/callback${query}`)).status).toBe(410);
    },
  );

  it('a code of the provider that was put into another trip is refused', async () => {
    const world = await opened();
    const { door } = world;
    const browser = plainBrowser();
    const stolen = new URL(
      await goToCompany(plainBrowser(), world, `${door.url}/oauth/sign-in/${door.requests.ask()}`),
    );
    const own = new URL(
      await goToCompany(browser, world, `${door.url}/oauth/sign-in/${door.requests.ask()}`),
    );
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '');
    const refused = await browser.get(own.href);
    expect([refused.status, wordsOf(refused.html).includes('could not be checked')]).toEqual([502, true]);
    expect(await door.accounts.find(subjectOf(world))).toBeUndefined();
  });
});
