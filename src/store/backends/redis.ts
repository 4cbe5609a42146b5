// Keeps state in Redis or Valkey, which speak the same protocol; conditions and takes are Lua scripts, so they are atomic.
// Nothing walks the key space of the server: each collection has an index of its own, ordered by the bytes of the keys.
import type { Cluster, Redis } from 'ioredis';
import { CodedError } from '../../base/errors.ts';
import { keptForMany, loadDriver, type OpenBackend } from '../backend.ts';
import { pageOf } from '../key-order.ts';
import type { Entry, PutOptions, Store } from '../store.ts';
import { answerTimeoutMs, boundedCall, connectTimeoutMs, storeUnavailable } from './bounded-call.ts';
import { newVersion, unpackRecord, versionLength } from './packed-record.ts';
import { accountOf, hostOf, plainName, readParameters, urlOf, yesOrNo } from './url-parameters.ts';

const sweepBatch = 500;
const ignore = () => undefined;

/**
 * The record is `version SP expiry LF value`, so a condition reads its first bytes only. The server's clock (TIME) sets the
 * expiry that is read, and the server removes the record (PX). An index entry outlives its record until the next sweep.
 */
const putScript = `
local condition = ARGV[1]
if condition == 'absent' and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if condition == 'version' and redis.call('GETRANGE', KEYS[1], 0, ${versionLength - 1}) ~= ARGV[2] then return 0 end
local head = ARGV[3] .. ' '
if ARGV[4] == '' then
  redis.call('SET', KEYS[1], head .. '-\\n' .. ARGV[5])
else
  local now = redis.call('TIME')
  local expiry = now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[4]
  redis.call('SET', KEYS[1], head .. string.format('%.0f', expiry) .. '\\n' .. ARGV[5], 'PX', ARGV[4])
end
redis.call('ZADD', KEYS[2], 0, ARGV[6])
return 1`;

const takeScript = `
local held = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return held`;

const deleteScript = `
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])`;

const forgetScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[1])`;

type Scripts = {
  readonly statePut: (...parameters: string[]) => Promise<number>;
  readonly stateTake: (record: string, index: string, key: string) => Promise<string | null>;
  readonly stateDelete: (record: string, index: string, key: string) => Promise<number>;
  readonly stateForget: (record: string, index: string, key: string) => Promise<number>;
};
type Client = (Redis | Cluster) & Scripts;
type Names = ReturnType<typeof namesFor>;

type Driver = Pick<typeof import('ioredis'), 'Cluster' | 'Redis'>;

/**
 * `redis://user:password@host:6379/0?prefix=name&cluster=yes`, `rediss://` for TLS; `valkey://` and `valkeys://` are the
 * same.
 */
export const open: OpenBackend = async (given) => {
  const url = urlOf(given);
  const { prefix = 'pg-analytics-mcp', cluster } = readParameters(url, {
    prefix: plainName,
    cluster: yesOrNo,
  });
  const driver = await loadDriver('ioredis', () => import('ioredis'));
  const client = newClient(driver, url, cluster === 'yes');
  const names = namesFor(prefix);
  const call = <Result>(work: () => Promise<Result>) => boundedCall(() => work().catch(rejectClearly));
  return {
    scheme: given.scheme,
    capabilities: keptForMany,
    get: (collection, key) => call(async () => entryOf(await client.get(names.record(collection, key)))),
    put: (collection, key, value, options) => call(() => put(client, names, collection, key, value, options)),
    take: (collection, key) =>
      call(async () => entryOf(await client.stateTake(...names.both(collection, key)))),
    delete: (collection, key) =>
      call(async () => (await client.stateDelete(...names.both(collection, key))) === 1),
    list: (collection, { after, limit }) =>
      call(async () => pageOf(await livingKeys(client, names, collection, after, limit + 1), { limit })),
    collections: () => call(() => livingCollections(client, names)),
    sweep: async (signal) => {
      let removed = 0;
      for (const collection of await call(() => client.smembers(names.collections))) {
        let after: string | undefined;
        do {
          signal?.throwIfAborted();
          const swept = await call(() => sweepPage(client, names, collection, after));
          removed += swept.removed;
          after = swept.next;
        } while (after !== undefined);
      }
      return removed;
    },
    close: async () => client.disconnect(),
  } satisfies Store;
};

async function put(
  client: Client,
  names: Names,
  collection: string,
  key: string,
  value: string,
  { ttlSeconds, ifAbsent, ifVersion }: PutOptions = {},
): Promise<string | undefined> {
  const version = newVersion();
  const condition = ifVersion === undefined ? (ifAbsent === true ? 'absent' : '') : 'version';
  const life = ttlSeconds === undefined ? '' : String(Math.max(1, Math.ceil(ttlSeconds * 1_000)));
  const [record, index] = names.both(collection, key);
  const [, done] = await Promise.all([
    client.sadd(names.collections, collection),
    client.statePut(record, index, condition, ifVersion ?? '', version, life, value, key),
  ]);
  return done === 1 ? version : undefined;
}

/** Index entries without a record (expired, not yet swept) are passed over. */
async function livingKeys(
  client: Client,
  names: Names,
  collection: string,
  after: string | undefined,
  count: number,
): Promise<string[]> {
  const living: string[] = [];
  for (let from = after; ; ) {
    const keys = await indexedKeys(client, names, collection, from, count);
    const alive = await existing(client, names, collection, keys);
    living.push(...keys.filter((_, place) => alive[place]));
    from = keys.at(-1);
    if (living.length >= count) return living.slice(0, count);
    if (keys.length < count) return living;
  }
}

async function livingCollections(client: Client, names: Names): Promise<string[]> {
  const all = await client.smembers(names.collections);
  const first = await Promise.all(
    all.map((collection) => livingKeys(client, names, collection, undefined, 1)),
  );
  return all.filter((_, place) => (first[place]?.length ?? 0) > 0).sort();
}

async function sweepPage(client: Client, names: Names, collection: string, after: string | undefined) {
  const keys = await indexedKeys(client, names, collection, after, sweepBatch);
  const alive = await existing(client, names, collection, keys);
  const expired = keys.filter((_, place) => !alive[place]);
  const forgotten = await Promise.all(
    expired.map((key) => client.stateForget(...names.both(collection, key))),
  );
  const removed = forgotten.reduce((sum, one) => sum + one, 0);
  return { removed, next: keys.length < sweepBatch ? undefined : keys.at(-1) };
}

function indexedKeys(
  client: Client,
  names: Names,
  collection: string,
  after: string | undefined,
  count: number,
): Promise<string[]> {
  const from = after === undefined ? '-' : `(${after}`;
  return client.zrangebylex(names.index(collection), from, '+', 'LIMIT', 0, count);
}

async function existing(client: Client, names: Names, collection: string, keys: readonly string[]) {
  if (keys.length === 0) return [];
  const pipeline = client.pipeline();
  for (const key of keys) pipeline.exists(names.record(collection, key));
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, count]) => {
    if (error !== null)
      throw storeUnavailable('the store of the state failed to list its keys', undefined, error);
    return count === 1;
  });
}

/** The braces make a hash tag: record and index of a collection lie on one node of a cluster. */
function namesFor(prefix: string) {
  const index = (collection: string) => `${prefix}:{${collection}}`;
  const record = (collection: string, key: string) => `${index(collection)}:${key}`;
  return {
    collections: `${prefix}:collections`,
    index,
    record,
    both: (collection: string, key: string) =>
      [record(collection, key), index(collection), key] as [record: string, index: string, key: string],
  };
}

function newClient(driver: Driver, url: URL, cluster: boolean): Client {
  const node = { host: hostOf(url), port: Number(url.port || 6_379) };
  const account = accountOf(url);
  const options = {
    ...(account !== undefined && { password: account.password }),
    ...(account !== undefined && account.user !== '' && { username: account.user }),
    ...(['rediss:', 'valkeys:'].includes(url.protocol) && { tls: {} }),
    db: Number(url.pathname.slice(1) || 0),
    connectionName: 'pg-analytics-mcp-state',
    connectTimeout: connectTimeoutMs,
    // With commands under way and no byte received for so long, the connection is given up.
    socketTimeout: answerTimeoutMs,
    // A command fails with the connection it was sent on, never to be sent twice.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // After a failover the old primary is a replica: connect again, to the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  };
  const retry = (attempts: number) => Math.min(50 * attempts, 500);
  const client = cluster
    ? new driver.Cluster([node], { lazyConnect: true, clusterRetryStrategy: retry, redisOptions: options })
    : new driver.Redis({ ...node, ...options, lazyConnect: true, retryStrategy: retry });
  client.on('error', ignore);
  const script = (name: string, lua: string) => client.defineCommand(name, { numberOfKeys: 2, lua });
  script('statePut', putScript);
  script('stateTake', takeScript);
  script('stateDelete', deleteScript);
  script('stateForget', forgetScript);
  // defineCommand adds the methods at run time, which the driver's types cannot know.
  return client as Client;
}

/** The driver's errors carry the command with its arguments, of which the first is the one with the password: only words pass. */
function rejectClearly(error: unknown): never {
  if (error instanceof CodedError) throw error;
  const words = error instanceof Error ? error.message : String(error);
  if (!words.includes('OOM command not allowed'))
    throw storeUnavailable('the store failed or cannot be reached', undefined, words);
  throw storeUnavailable(
    'the store is full',
    'Give the Redis or Valkey server more memory; its eviction policy stays noeviction.',
    words,
  );
}

function entryOf(text: string | null): Entry | undefined {
  if (text === null) return undefined;
  const entry = unpackRecord(text);
  if (entry === undefined)
    throw new CodedError('STATE_UNREADABLE', 'a record of the state was not written by this server');
  return entry;
}
