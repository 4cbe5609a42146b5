// Keeps state in one Memcached server (1.6 or later) by its meta commands, with compare-and-swap for takes and conditions.
// Memcached forgets under memory pressure and at every restart, and lists nothing: for caches, never for sessions.
import { createHash } from 'node:crypto';
import { CodedError } from '../../base/errors.ts';
import type { OpenBackend } from '../backend.ts';
import type { Entry, PutOptions, Store } from '../store.ts';
import { boundedCall, storeUnavailable } from './bounded-call.ts';
import { type MetaAnswer, type MetaConnection, metaConnection } from './memcached-connection.ts';
import {
  expiryAfter,
  isAlive,
  newVersion,
  packedOverheadBytes,
  packRecord,
  unpackRecord,
} from './packed-record.ts';
import { hostOf, plainName, readParameters, urlOf } from './url-parameters.ts';

/** The server's largest item is 1 MiB by default (-I), key and its own header included. */
const maxValueBytes = 1024 * 1024 - 1024 - packedOverheadBytes;

type Found = { readonly entry: Entry | undefined; readonly cas: string };

/** `memcached://host:11211?prefix=name`. */
export const open: OpenBackend = async (given) => {
  const url = urlOf(given);
  const { prefix = 'pg-analytics-mcp' } = readParameters(url, { prefix: plainName });
  const server = metaConnection(hostOf(url), Number(url.port || 11_211));
  const call = <Result>(work: (name: string) => Promise<Result>, collection: string, key: string) =>
    boundedCall(() => work(itemName(prefix, collection, key)), server.reset);
  const unlisted = async (): Promise<never> => {
    throw new CodedError('STATE_UNSUPPORTED', 'Memcached cannot list what it keeps');
  };
  return {
    scheme: 'memcached',
    capabilities: {
      durable: false,
      shared: 'many machines',
      keepsRecords: false,
      lists: false,
      maxValueBytes,
    },
    get: (collection, key) => call(async (name) => (await find(server, name))?.entry, collection, key),
    put: (collection, key, value, options = {}) =>
      call((name) => put(server, name, value, options), collection, key),
    take: (collection, key) => call((name) => take(server, name), collection, key),
    delete: async (collection, key) =>
      (await call((name) => take(server, name), collection, key)) !== undefined,
    list: unlisted,
    collections: unlisted,
    // The server removes expired items by itself.
    sweep: async () => 0,
    close: async () => server.close(),
  } satisfies Store;
};

/** An item that is there, expired or not; undefined where there is none. */
async function find(server: MetaConnection, name: string): Promise<Found | undefined> {
  const answer = await server.say(`mg ${name} v c`);
  if (answer.code === 'EN') return undefined;
  const entry = unpackRecord(expectCode(answer, 'VA').data?.toString() ?? '');
  return { entry: entry !== undefined && isAlive(entry) ? entry : undefined, cas: flag(answer, 'c') };
}

async function put(
  server: MetaConnection,
  name: string,
  value: string,
  { ttlSeconds, ifAbsent, ifVersion }: PutOptions,
): Promise<string | undefined> {
  const entry = { value, version: newVersion(), expiresAtMs: expiryAfter(ttlSeconds) };
  const write = (flags: string) => set(server, name, entry, ttlSeconds, flags);
  if (ifVersion === undefined && ifAbsent !== true) return (await write('')) ? entry.version : undefined;
  const found = await find(server, name);
  if (ifVersion !== undefined) {
    if (found?.entry?.version !== ifVersion) return undefined;
    return (await write(` C${found.cas}`)) ? entry.version : undefined;
  }
  if (found?.entry !== undefined) return undefined;
  // An expired item that the server still holds is replaced, so long as it is that one.
  return (await write(found === undefined ? ' ME' : ` C${found.cas}`)) ? entry.version : undefined;
}

/** False where the condition in `flags` does not hold: NS (not stored), EX (changed), NF (gone). */
async function set(
  server: MetaConnection,
  name: string,
  entry: Entry,
  ttlSeconds: number | undefined,
  flags: string,
): Promise<boolean> {
  const data = Buffer.from(packRecord(entry));
  const answer = await server.say(`ms ${name} ${data.length} T${lifeFlag(ttlSeconds)}${flags}`, data);
  if (['NS', 'EX', 'NF'].includes(answer.code)) return false;
  if (answer.line.includes('too large'))
    throw new CodedError('STATE_TOO_LARGE', 'the record is larger than the Memcached server takes');
  expectCode(answer, 'HD');
  return true;
}

/** An item that was changed between reading and deleting is looked at again: somebody has put a new one. */
async function take(server: MetaConnection, name: string): Promise<Entry | undefined> {
  for (;;) {
    const found = await find(server, name);
    if (found === undefined) return undefined;
    const answer = await server.say(`md ${name} C${found.cas}`);
    if (answer.code === 'HD') return found.entry;
    if (answer.code === 'NF') return undefined;
    expectCode(answer, 'EX');
  }
}

/** Seconds, rounded up, as the record itself holds the exact time; more than 30 days is read as a time since 1970. */
function lifeFlag(ttlSeconds: number | undefined): number {
  if (ttlSeconds === undefined) return 0;
  const seconds = Math.ceil(ttlSeconds) + 1;
  return seconds <= 2_592_000 ? seconds : Math.floor(Date.now() / 1_000) + seconds;
}

/** Always a hash: names of items have at most 250 bytes and no blanks. */
function itemName(prefix: string, collection: string, key: string): string {
  return `${prefix}:${createHash('sha256').update(`${collection}\0${key}`).digest('base64url')}`;
}

function flag(answer: MetaAnswer, letter: string): string {
  return answer.flags.find((one) => one.startsWith(letter))?.slice(1) ?? '';
}

function expectCode(answer: MetaAnswer, code: string): MetaAnswer {
  if (answer.code === code) return answer;
  throw storeUnavailable('the store refused a command', undefined, answer.line);
}
