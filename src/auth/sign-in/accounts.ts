// Keeps who signed in, and asks the identity provider again at every refresh. Replicas share the records: one of them asks,
// the others wait for what it wrote, because a provider that rotates its refresh tokens ends a session whose token comes
// twice. A provider that cannot be asked never ends a session; only its word does, or the operator's.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CodedError, toCodedError } from '../../base/errors.ts';
import type { Emit } from '../../base/events.ts';
import type { Held, OpenRecords, Records } from '../../store/records.ts';
import { isAddress } from '../idp/claims.ts';
import type { Identity, Proof, Renewal } from '../idp/identity-provider.ts';
import type { Account, AccountState, Accounts } from './account.ts';
import { analystNames } from './analyst-name.ts';

/** A way to sign in, as far as a session that goes on needs it. */
export type SignInWay = {
  /** As in `Account.provider`. */
  readonly name: string;
  /** True where `renew` asks nobody outside, so that it costs nothing to ask every time. */
  readonly isLocal: boolean;
  readonly renew: (proof: Proof) => Promise<Renewal>;
  /** True where the operator lets the identity in, as the options stand now. */
  readonly allows: (identity: Identity) => boolean;
};

/** What the accounts are made of. */
export type AccountOptions = {
  readonly openRecords: OpenRecords;
  readonly ways: readonly SignInWay[];
  /** Names that mean somebody else already, such as those of static tokens. */
  readonly isTaken: (name: string) => boolean;
  /** How long a session goes on while its provider cannot be asked. */
  readonly toleranceMs: number;
  readonly emit: Emit;
  readonly nowMs?: () => number;
};

/** Accounts with the door by which they come in. */
export type KeptAccounts = Accounts & {
  /** Keeps who signed in. The name stays the one of the first time. */
  readonly enrol: (way: string, identity: Identity, proof: Proof | undefined) => Promise<Account>;
};

type AccountRecord = {
  readonly account: Account;
  readonly identity: Identity;
  /** Absent where the provider gave nothing to ask again with. */
  readonly proof?: Proof | undefined;
  /** When the provider last said yes, and when it last could not be asked. */
  readonly confirmedAtMs: number;
  /** When the last refresh was answered by the provider. */
  readonly renewedAtMs?: number | undefined;
  readonly failedAtMs?: number | undefined;
  /** Who is asking now, and until when that is believed. */
  readonly asking?: { readonly by: string; readonly untilMs: number } | undefined;
  readonly endedBecause?: string | undefined;
};

/** An account that nobody used for so long is forgotten, and its name is free again much later. */
const accountLifeSeconds = 400 * 86_400;
const nameLifeSeconds = 800 * 86_400;
/** An ended account is kept only so that late askers learn why. */
const endedLifeSeconds = 86_400;
/** Refreshes so close together are one: Claude refreshes from two addresses at once. */
const togetherMs = 5_000;
/** After a failure nobody asks for this long, so that refreshes stay quick while the provider is down. */
const pauseMs = 30_000;
/** Longer than any provider is waited for. */
const leaseMs = 12_000;
const pollMs = 100;

/** The accounts over these records. */
export function createAccounts(options: AccountOptions): KeptAccounts {
  const { openRecords, nowMs = Date.now } = options;
  const room: Room = {
    ...options,
    nowMs,
    records: openRecords<AccountRecord>('account'),
    names: openRecords<{ readonly subject: string }>('account-name'),
    unsaved: new Map(),
    instance: randomUUID(),
  };
  const running = new Map<string, Promise<AccountState>>();
  return {
    find: async (subject) => {
      const held = await room.records.get(subject);
      return held?.record.endedBecause === undefined ? held?.record.account : undefined;
    },
    renew: (subject) => {
      const present = running.get(subject);
      if (present !== undefined) return present;
      const renewal = renew(room, subject).finally(() => running.delete(subject));
      running.set(subject, renewal);
      return renewal;
    },
    enrol: async (way, identity, proof) => {
      const known = await room.records.get(identity.subject);
      const name =
        way === 'key' ? identity.login : await claimName(room, identity, known?.record.account.name);
      const account = accountOf(name, way, identity);
      room.unsaved.delete(identity.subject);
      const record = { account, identity, proof, confirmedAtMs: nowMs() };
      await room.records.put(identity.subject, record, { ttlSeconds: accountLifeSeconds });
      return account;
    },
  };
}

type Room = AccountOptions & {
  readonly nowMs: () => number;
  readonly records: Records<AccountRecord>;
  readonly names: Records<{ readonly subject: string }>;
  /** Tells this process from its replicas. */
  readonly instance: string;
  /** Proofs that the provider has given and the store has not taken yet: without them the session would be lost. */
  readonly unsaved: Map<string, { readonly instead: Proof; readonly proof: Proof }>;
};

/** An address that nobody has verified stays with the identity: the database would take it for the person's own. */
function accountOf(name: string, provider: string, identity: Identity): Account {
  const { subject, email, emailVerified, groups } = identity;
  return { subject, name, email: emailVerified ? email : undefined, groups: [...groups], provider };
}

/** A name that no other account has; the one that the account had, where it had one. */
async function claimName(room: Room, identity: Identity, had: string | undefined): Promise<string> {
  const { subject, login } = identity;
  const [plain, marked] = analystNames(login, subject);
  const wanted = had ?? (isForeignAddress(identity) ? marked : plain);
  // The mark of a subject can be known, and so be part of somebody's login; the last one cannot.
  const [, last] = analystNames(login, randomUUID());
  for (const name of [wanted, marked]) {
    if (room.isTaken(name)) continue;
    const id = name.toLowerCase();
    const keep = { ttlSeconds: nameLifeSeconds };
    if ((await room.names.put(id, { subject }, { ...keep, ifAbsent: true })) !== undefined) return name;
    const held = await room.names.get(id);
    if (held?.record.subject !== subject) continue;
    await room.names.put(id, { subject }, keep);
    return name;
  }
  await room.names.put(last.toLowerCase(), { subject }, { ttlSeconds: nameLifeSeconds });
  return last;
}

/** A login may look like an address without being the person's: many providers let people choose it. */
function isForeignAddress({ login, email, emailVerified }: Identity): boolean {
  return isAddress(login) && !(emailVerified && email?.toLowerCase() === login.toLowerCase());
}

async function renew(room: Room, subject: string): Promise<AccountState> {
  const giveUpMs = room.nowMs() + 2 * leaseMs;
  for (;;) {
    const held = await room.records.get(subject);
    if (held === undefined) return { standing: 'ended', reason: 'nobody is signed in' };
    const { record } = held;
    if (record.endedBecause !== undefined) return { standing: 'ended', reason: record.endedBecause };
    const way = room.ways.find(({ name }) => name === record.account.provider);
    const refused = refusalOf(record, way);
    if (refused !== undefined || way === undefined) return end(room, held, refused ?? 'not allowed');
    if (way.isLocal) return askLocally(room, held, way);
    if (!isDue(room, record)) return settled(room, record);
    if (record.proof === undefined) return withoutProof(room, held);
    const state = isAsked(room, record) ? undefined : await ask(room, held, record.proof, way);
    if (state !== undefined) return state;
    if (room.nowMs() > giveUpMs) return settled(room, record);
    await sleep(pollMs);
  }
}

/** What the operator has changed since: the way is gone, or the identity is no longer allowed. */
function refusalOf(record: AccountRecord, way: SignInWay | undefined): string | undefined {
  if (way === undefined) return `sign-in by ${record.account.provider} was switched off`;
  return way.allows(record.identity) ? undefined : 'the account is no longer allowed';
}

function isDue({ nowMs }: Room, { renewedAtMs, failedAtMs, asking }: AccountRecord): boolean {
  const now = nowMs();
  if (asking !== undefined) return true;
  if (failedAtMs !== undefined && now - failedAtMs < pauseMs) return false;
  return renewedAtMs === undefined || now - renewedAtMs >= togetherMs;
}

/** By another process: this one asks once at a time, so its own mark is left from a failure. */
function isAsked({ nowMs, instance }: Room, { asking }: AccountRecord): boolean {
  return asking !== undefined && asking.by !== instance && asking.untilMs > nowMs();
}

/** Where the account stands by what is written, without asking. */
function settled({ nowMs, toleranceMs }: Room, record: AccountRecord): AccountState {
  const { account, confirmedAtMs } = record;
  return nowMs() - confirmedAtMs <= toleranceMs
    ? { standing: 'active', account }
    : { standing: 'unknown', retryAfterSeconds: pauseMs / 1000 };
}

async function askLocally(room: Room, held: Held<AccountRecord>, way: SignInWay): Promise<AccountState> {
  const { account, proof } = held.record;
  const renewal = proof === undefined ? undefined : await way.renew(proof);
  if (renewal?.standing !== 'active') return end(room, held, renewal?.reason ?? 'nothing proves the account');
  // Written once a day, so that an account in use never expires and a refresh costs no write.
  if (room.nowMs() - held.record.confirmedAtMs > 86_400_000)
    await keep(room, held, { confirmedAtMs: room.nowMs() });
  return { standing: 'active', account };
}

/** Nobody can say whether such an account is still good, so it is trusted no longer than a provider that is down. */
async function withoutProof(room: Room, held: Held<AccountRecord>): Promise<AccountState> {
  const state = settled(room, held.record);
  if (state.standing === 'active') return state;
  return end(room, held, 'the identity provider gave no refresh token, so it cannot be asked again');
}

/** Undefined where somebody else was quicker. */
async function ask(
  room: Room,
  held: Held<AccountRecord>,
  kept: Proof,
  way: SignInWay,
): Promise<AccountState | undefined> {
  const { subject } = held.record.account;
  const asking = { by: room.instance, untilMs: room.nowMs() + leaseMs };
  const version = await keep(room, held, { asking });
  if (version === undefined) return undefined;
  const mine = { ...held, version };
  const unsaved = room.unsaved.get(subject);
  const proof = unsaved !== undefined && sameProof(unsaved.instead, kept) ? unsaved.proof : kept;
  let renewal: Renewal;
  try {
    renewal = await way.renew(proof);
  } catch (error) {
    return unanswered(room, mine, toCodedError(error));
  }
  if (renewal.standing === 'ended') return end(room, mine, renewal.reason);
  const identity = renewal.identity ?? held.record.identity;
  if (!way.allows(identity)) return end(room, mine, 'the account is no longer allowed');
  const { name, provider } = held.record.account;
  const account = accountOf(name, provider, identity);
  const news = { account, identity, proof: renewal.proof ?? proof };
  if (!sameProof(news.proof, kept)) room.unsaved.set(subject, { instead: kept, proof: news.proof });
  const now = room.nowMs();
  const done = { ...news, confirmedAtMs: now, renewedAtMs: now, failedAtMs: undefined, asking: undefined };
  await keepPersistently(room, mine, done);
  room.unsaved.delete(subject);
  return { standing: 'active', account };
}

async function unanswered(room: Room, held: Held<AccountRecord>, error: CodedError): Promise<AccountState> {
  const { name, provider } = held.record.account;
  const { logDetail } = error.facts;
  room.emit({ kind: 'account_unconfirmed', principal: name, provider, code: error.code, logDetail });
  await keep(room, held, { failedAtMs: room.nowMs(), asking: undefined });
  return settled(room, held.record);
}

/** Ends the account, unless somebody signed in to it meanwhile: then the new sign-in stands. */
async function end(room: Room, held: Held<AccountRecord>, reason: string): Promise<AccountState> {
  const { account, identity, confirmedAtMs } = held.record;
  const ended = { account, identity, confirmedAtMs, endedBecause: reason };
  const options = { ttlSeconds: endedLifeSeconds, ifVersion: held.version };
  if ((await room.records.put(account.subject, ended, options)) === undefined) {
    const present = await room.records.get(account.subject);
    const stands = present !== undefined && present.record.endedBecause === undefined;
    if (stands && present.record.confirmedAtMs > confirmedAtMs)
      return { standing: 'active', account: present.record.account };
  }
  room.emit({ kind: 'account_ended', principal: account.name, provider: account.provider, reason });
  return { standing: 'ended', reason };
}

function keep(
  room: Room,
  { record, version }: Held<AccountRecord>,
  changes: Partial<AccountRecord>,
): Promise<string | undefined> {
  const options = { ttlSeconds: accountLifeSeconds, ifVersion: version };
  return room.records.put(record.account.subject, { ...record, ...changes }, options);
}

/** The provider has spent the old token already: what it gave instead is worth more than one attempt. */
async function keepPersistently(
  room: Room,
  held: Held<AccountRecord>,
  changes: Partial<AccountRecord>,
): Promise<void> {
  for (const pause of [200, 600, undefined]) {
    try {
      await keep(room, held, changes);
      return;
    } catch (error) {
      if (pause === undefined) throw error;
      await sleep(pause);
    }
  }
}

function sameProof(one: Proof, other: Proof): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
