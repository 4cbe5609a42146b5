// The way of one person from the authorization request to its end: who signs in, in which browser, and what they answer.
// Every step is bound to the browser that took the first one, and an answer is given to one request of one client only:
// nothing is remembered for the next.
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, toCodedError } from '../../base/errors.ts';
import type { Emit } from '../../base/events.ts';
import type { TokenDigest } from '../../base/principal.ts';
import type { Held, OpenRecords, Records } from '../../store/records.ts';
import type { PendingAuthorization, PendingAuthorizations } from '../authorization/pending-authorization.ts';
import type { Arrival, IdentityProvider, Trip } from '../idp/identity-provider.ts';
import type { Account } from './account.ts';
import type { KeptAccounts, SignInWay } from './accounts.ts';
import { identifyByKey, keyWay } from './analyst-key.ts';

/** What sign-in is made of. */
export type SignInOptions = {
  readonly pending: PendingAuthorizations;
  readonly openRecords: OpenRecords;
  readonly accounts: KeptAccounts;
  readonly ways: readonly SignInWay[];
  /** The analysts' keys as they stand now; undefined where keys are no way to sign in. */
  readonly keys: (() => readonly TokenDigest[]) | undefined;
  readonly provider: IdentityProvider | undefined;
  /** The redirect URI at the provider: `<public URL>/oauth/callback`. */
  readonly callbackUrl: string;
  readonly emit: Emit;
};

/** What a page shows. `account` is there once somebody has signed in. */
export type SignInView = { readonly request: PendingAuthorization; readonly account: Account | undefined };

/**
 * The steps. `id` names the authorization request, `browser` is the secret of the cookie. All throw SIGN_IN_EXPIRED for a
 * request that is unknown or over, SIGN_IN_OTHER_BROWSER where another browser began, and STATE_UNAVAILABLE.
 */
export type SignIn = {
  readonly acceptsKeys: boolean;
  readonly provider: { readonly name: string; readonly label: string } | undefined;
  readonly look: (id: string, browser: string) => Promise<SignInView>;
  /** Throws SIGN_IN_KEY where nobody has that key. */
  readonly useKey: (id: string, browser: string, key: string) => Promise<void>;
  /** The URL of the provider to send the browser to. */
  readonly begin: (id: string, browser: string) => Promise<string>;
  /**
   * Takes back the query that the provider sent the browser with; gives the request, and why it did not work where it did
   * not.
   */
  readonly finish: (query: string, browser: string) => Promise<Finished>;
  /** Forgets who signed in, so that somebody else can. */
  readonly restart: (id: string, browser: string) => Promise<void>;
  /** Grants the request to the account that was shown; gives the same answer as often as it is asked. */
  readonly allow: (id: string, browser: string, subject: string) => Promise<SignInAnswer>;
  readonly refuse: (id: string, browser: string) => Promise<SignInAnswer>;
};

/** Where the browser is sent with the answer; the URL is good once. */
export type SignInAnswer = { readonly url: string; readonly clientName: string };

/** Where the browser came back to. */
export type Finished = { readonly id: string; readonly error?: CodedError | undefined };

type SignInRecord = {
  /** SHA-256 of the secret of the cookie. */
  readonly browser: string;
  readonly account?: Account | undefined;
  /** True once somebody asked for another account: the provider lets them choose. */
  readonly again?: boolean | undefined;
  /** The answer that is being given: the subject, or undefined for no. `answer` is there once it was. */
  readonly answered?:
    | { readonly to: string | undefined; readonly answer?: SignInAnswer | undefined }
    | undefined;
};

type TripRecord = Trip & { readonly id: string; readonly browser: string };

/** Time for all the steps together, and for a stay at the provider. */
const lifeSeconds = 900;
/** A second click waits this long for the answer to the first. */
const patienceMs = 5_000;
const pollMs = 50;

/** Sign-in over these parts. */
export function createSignIn(options: SignInOptions): SignIn {
  const { provider, keys } = options;
  const room: Room = {
    ...options,
    records: options.openRecords<SignInRecord>('sign-in'),
    trips: options.openRecords<TripRecord>('sign-in-trip'),
  };
  return {
    acceptsKeys: keys !== undefined,
    provider: provider === undefined ? undefined : { name: provider.name, label: provider.label },
    look: async (id, browser) => {
      const { request, held } = await opened(room, id, browser);
      return { request, account: held.record.account };
    },
    useKey: (id, browser, key) => useKey(room, id, browser, key),
    begin: (id, browser) => begin(room, id, browser),
    finish: (query, browser) => finish(room, query, browser),
    restart: async (id, browser) => {
      const { held } = await opened(room, id, browser);
      await keep(room, id, held, { account: undefined, again: true });
    },
    allow: (id, browser, subject) => answer(room, id, browser, subject),
    refuse: (id, browser) => answer(room, id, browser, undefined),
  };
}

type Room = SignInOptions & {
  readonly records: Records<SignInRecord>;
  readonly trips: Records<TripRecord>;
};

/** The request and its record, bound to this browser; the first browser that comes binds it. */
async function opened(
  room: Room,
  id: string,
  browser: string,
): Promise<{ readonly request: PendingAuthorization; readonly held: Held<SignInRecord> }> {
  const request = await room.pending.find(id);
  if (request === undefined) throw expired();
  const record = { browser: digestOf(browser) };
  const options = { ttlSeconds: lifeSeconds, ifAbsent: true };
  const held = (await room.records.get(id)) ?? (await bound(room, id, record, options));
  if (!isSame(held.record.browser, record.browser)) throw otherBrowser();
  if (held.record.answered !== undefined) throw expired();
  return { request, held };
}

async function bound(
  { records }: Room,
  id: string,
  record: SignInRecord,
  options: { readonly ttlSeconds: number; readonly ifAbsent: boolean },
): Promise<Held<SignInRecord>> {
  const version = await records.put(id, record, options);
  if (version !== undefined) return { record, version, expiresAtMs: undefined };
  const held = await records.get(id);
  if (held === undefined) throw expired();
  return held;
}

async function useKey(room: Room, id: string, browser: string, key: string): Promise<void> {
  const { request, held } = await opened(room, id, browser);
  const found = identifyByKey(room.keys?.() ?? [], key.trim());
  if (found === undefined) {
    room.emit({ kind: 'sign_in_refused', provider: keyWay, client: request.client.id, code: 'SIGN_IN_KEY' });
    throw new CodedError('SIGN_IN_KEY', 'nobody has this analyst key');
  }
  await arrive(room, id, held, keyWay, found);
}

async function begin(room: Room, id: string, browser: string): Promise<string> {
  const { provider, trips, callbackUrl } = room;
  if (provider === undefined) throw expired();
  const { held } = await opened(room, id, browser);
  const trip = { state: randomText(), nonce: randomText(), codeVerifier: randomText() };
  const url = await provider.begin(trip, callbackUrl, held.record.again === true);
  const record = { ...trip, id, browser: held.record.browser };
  await trips.put(trip.state, record, { ttlSeconds: lifeSeconds, ifAbsent: true });
  return url;
}

async function finish(room: Room, query: string, browser: string): Promise<Finished> {
  const { provider, trips } = room;
  const state = new URLSearchParams(query).get('state') ?? '';
  const held = state === '' ? undefined : await trips.take(state);
  if (held === undefined || provider === undefined) throw expired();
  const trip = held.record;
  // A link to this page that was finished elsewhere would sign its sender in here, or this person in there.
  if (!isSame(trip.browser, digestOf(browser))) throw otherBrowser();
  const { request, held: signIn } = await opened(room, trip.id, browser);
  try {
    await arrive(
      room,
      trip.id,
      signIn,
      provider.name,
      await provider.finish(trip, `${room.callbackUrl}?${query}`),
    );
    return { id: trip.id };
  } catch (error) {
    if (!(error instanceof CodedError) || !error.code.startsWith('SIGN_IN_')) throw error;
    const { code, facts } = error;
    const client = request.client.id;
    room.emit({ kind: 'sign_in_refused', provider: provider.name, client, code, logDetail: facts.logDetail });
    return { id: trip.id, error };
  }
}

async function arrive(
  room: Room,
  id: string,
  held: Held<SignInRecord>,
  wayName: string,
  { identity, proof }: Arrival,
): Promise<void> {
  const way = room.ways.find(({ name }) => name === wayName);
  if (way?.allows(identity) !== true)
    throw new CodedError('SIGN_IN_NOT_ALLOWED', `the account "${identity.login}" is not allowed here`, {
      logDetail: `subject ${identity.subject}`,
    });
  const account = await room.accounts.enrol(wayName, identity, proof);
  await keep(room, id, held, { account });
}

/** Gives the answer once; who gives the same one again in the same browser, by a double click say, gets the same. */
async function answer(
  room: Room,
  id: string,
  browser: string,
  to: string | undefined,
): Promise<SignInAnswer> {
  const open = await opened(room, id, browser).catch((error: unknown) => toCodedError(error));
  if (open instanceof CodedError) {
    const present = open.code === 'SIGN_IN_EXPIRED' ? await room.records.get(id) : undefined;
    if (present?.record.answered !== undefined) return repeated(room, id, browser, to);
    throw open;
  }
  const { request, held } = open;
  const { account } = held.record;
  if (to !== undefined && account?.subject !== to) throw changed();
  const version = await keep(room, id, held, { answered: { to } });
  if (version === undefined) return repeated(room, id, browser, to);
  const mine = { ...held, version };
  try {
    const allowed = to === undefined ? undefined : account;
    const url = await (allowed === undefined
      ? room.pending.deny(id, 'the person refused')
      : room.pending.allow(id, allowed));
    const given = { url, clientName: request.client.name };
    await keep(room, id, mine, { answered: { to, answer: given } });
    report(room, request, allowed);
    return given;
  } catch (error) {
    await keep(room, id, mine, { answered: undefined });
    throw error;
  }
}

/** The answer that another request is giving or has given; the other answer is no longer to be had. */
async function repeated(
  room: Room,
  id: string,
  browser: string,
  to: string | undefined,
): Promise<SignInAnswer> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
    const held = await room.records.get(id);
    if (held === undefined) break;
    if (!isSame(held.record.browser, digestOf(browser))) throw otherBrowser();
    const { answered } = held.record;
    if (answered === undefined) return answer(room, id, browser, to);
    if (answered.to !== to) break;
    if (answered.answer !== undefined) return answered.answer;
    await sleep(pollMs);
  }
  throw expired();
}

function report(room: Room, { client }: PendingAuthorization, allowed: Account | undefined): void {
  if (allowed === undefined)
    room.emit({ kind: 'sign_in_refused', provider: 'consent', client: client.id, code: 'SIGN_IN_REFUSED' });
  else
    room.emit({ kind: 'signed_in', principal: allowed.name, provider: allowed.provider, client: client.id });
}

function keep(
  { records }: Room,
  id: string,
  { record, version }: Held<SignInRecord>,
  changes: Partial<SignInRecord>,
): Promise<string | undefined> {
  return records.put(id, { ...record, ...changes }, { ttlSeconds: lifeSeconds, ifVersion: version });
}

function expired(): CodedError {
  return new CodedError('SIGN_IN_EXPIRED', 'the sign-in has expired, or was used already');
}

function changed(): CodedError {
  return new CodedError('SIGN_IN_FORM', 'another account has signed in since the page was shown');
}

function otherBrowser(): CodedError {
  return new CodedError('SIGN_IN_OTHER_BROWSER', 'the sign-in was begun in another browser');
}

function randomText(): string {
  return randomBytes(32).toString('base64url');
}

function digestOf(text: string): string {
  return hash('sha256', text, 'hex');
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
