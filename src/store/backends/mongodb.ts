// Keeps state in one collection of a MongoDB database: one document per record, whose _id is its place.
// MongoDB removes expired documents about once a minute, so expiry is judged here, by the clock of this machine.
import type { Collection, Filter, MongoClient } from 'mongodb';
import type { StoreUrl } from '../../base/store-url.ts';
import { keptForMany, loadDriver, type OpenBackend } from '../backend.ts';
import { pageOf } from '../key-order.ts';
import type { Entry, PutOptions, Store } from '../store.ts';
import { answerTimeoutMs, boundedCall, connectTimeoutMs } from './bounded-call.ts';
import { expiryAfter, isAlive, newVersion } from './packed-record.ts';
import { plainName, urlProblem } from './url-parameters.ts';

const ignore = () => undefined;

const settings = {
  appName: 'pg-analytics-mcp-state',
  maxPoolSize: 8,
  serverSelectionTimeoutMS: connectTimeoutMs,
  connectTimeoutMS: connectTimeoutMs,
  socketTimeoutMS: answerTimeoutMs,
};

/** `_id` is `collection/key`: collections hold no "/", and ids compare by their bytes. */
type Document = {
  readonly _id: string;
  readonly value: string;
  readonly version: string;
  /** What the TTL index reads; null where the record has no end. */
  readonly expires_at: Date | null;
};
type Documents = Collection<Document>;

/**
 * `mongodb://user:password@host:27017/database?table=name` with MongoDB's own options beside it, or `mongodb+srv://`.
 * The collection and its TTL index are made with the first put.
 */
export const open: OpenBackend = async (url) => {
  const { connectionString, database, table } = readUrl(url);
  const { MongoClient } = await loadDriver('mongodb', () => import('mongodb'));
  const connection = connectOnce(() => new MongoClient(connectionString, settings));
  const call = <Result>(work: (documents: Documents) => Promise<Result>) =>
    boundedCall(async () => {
      const client = await connection.client();
      return work(client.db(database).collection<Document>(table, { writeConcern: { w: 'majority' } }));
    });
  const index = indexOnce();
  return {
    scheme: url.scheme,
    capabilities: keptForMany,
    get: (collection, key) =>
      call(async (documents) => livingEntry(await documents.findOne({ _id: idOf(collection, key) }))),
    put: (collection, key, value, options = {}) =>
      call(async (documents) => {
        await index(documents);
        return put(documents, idOf(collection, key), value, options);
      }),
    take: (collection, key) => call((documents) => remove(documents, idOf(collection, key))),
    delete: async (collection, key) =>
      (await call((documents) => remove(documents, idOf(collection, key)))) !== undefined,
    list: (collection, { after = '', limit }) =>
      call(async (documents) => {
        const range = { $gt: idOf(collection, after), $lt: endOf(collection) };
        const ids = await livingIds(documents, range, limit + 1);
        return pageOf(
          ids.map((id) => id.slice(collection.length + 1)),
          { limit },
        );
      }),
    collections: () => call(collections),
    sweep: () =>
      call(
        async (documents) => (await documents.deleteMany({ expires_at: { $lte: new Date() } })).deletedCount,
      ),
    close: connection.close,
  } satisfies Store;
};

async function put(
  documents: Documents,
  _id: string,
  value: string,
  { ttlSeconds, ifAbsent, ifVersion }: PutOptions,
): Promise<string | undefined> {
  const expiresAtMs = expiryAfter(ttlSeconds);
  const expires_at = expiresAtMs === undefined ? null : new Date(expiresAtMs);
  const document = { value, version: newVersion(), expires_at };
  if (ifVersion !== undefined) {
    const { matchedCount } = await documents.replaceOne(living({ _id, version: ifVersion }), document);
    return matchedCount === 1 ? document.version : undefined;
  }
  // Where a living document keeps the filter from matching, the upsert meets the unique index of _id.
  const filter = ifAbsent === true ? { _id, expires_at: { $lte: new Date() } } : { _id };
  for (let attempt = 1; ; attempt += 1)
    try {
      await documents.replaceOne(filter, document, { upsert: true });
      return document.version;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      if (ifAbsent === true) return undefined;
      // Two first puts of one key have met: the second replaces the first.
      if (attempt === 10) throw error;
    }
}

async function remove(documents: Documents, _id: string): Promise<Entry | undefined> {
  return livingEntry(await documents.findOneAndDelete({ _id }));
}

async function livingIds(documents: Documents, _id: { $gt: string; $lt?: string }, limit: number) {
  const found = documents.find(living({ _id }), { projection: { _id: 1 }, sort: { _id: 1 }, limit });
  return (await found.toArray()).map((document) => document._id);
}

/** Jumps from the first id of a collection to the first one after it. */
async function collections(documents: Documents): Promise<string[]> {
  const found: string[] = [];
  for (let after = ''; ; ) {
    const [id] = await livingIds(documents, { $gt: after }, 1);
    if (id === undefined) return found.sort();
    const collection = id.slice(0, id.indexOf('/'));
    found.push(collection);
    after = endOf(collection);
  }
}

function living(filter: Filter<Document>): Filter<Document> {
  return { ...filter, $or: [{ expires_at: null }, { expires_at: { $gt: new Date() } }] };
}

function livingEntry(document: Document | null): Entry | undefined {
  if (document === null) return undefined;
  const { value, version, expires_at } = document;
  const entry = { value, version, expiresAtMs: expires_at?.getTime() };
  return isAlive(entry) ? entry : undefined;
}

/** An account that may write but make no index gets on without: `state sweep` removes what has expired. */
function indexOnce(): (documents: Documents) => Promise<unknown> {
  let made: Promise<unknown> | undefined;
  return (documents) => {
    made ??= documents.createIndex({ expires_at: 1 }, { expireAfterSeconds: 0 }).catch((error: unknown) => {
      if (codeOf(error) !== undefined) return;
      made = undefined;
      throw error;
    });
    return made;
  };
}

/**
 * Connects with the first call. A client of this driver heals by itself once it was connected, but one whose first attempt
 * failed stays closed for ever, so the next call begins with a new one.
 */
function connectOnce(create: () => MongoClient) {
  let connecting: Promise<MongoClient> | undefined;
  const connect = async (): Promise<MongoClient> => {
    const client = create();
    client.on('error', ignore);
    try {
      return await client.connect();
    } catch (error) {
      connecting = undefined;
      await client.close();
      throw error;
    }
  };
  return {
    client: (): Promise<MongoClient> => {
      connecting ??= connect();
      return connecting;
    },
    close: async (): Promise<void> => {
      const client = await connecting?.catch(ignore);
      await client?.close();
    },
  };
}

/** MongoDB's URLs may name several hosts, which no URL parser takes; only the parameter that is ours is cut out. */
function readUrl({ text }: StoreUrl): { connectionString: string; database: string; table: string } {
  const [place = '', query = ''] = text.split('?', 2);
  const parameters = new URLSearchParams(query);
  const table = parameters.get('table') ?? 'state';
  if (!plainName.pattern.test(table)) throw urlProblem(`needs ${plainName.form} as its parameter "table"`);
  parameters.delete('table');
  const database = /^[^:]+:\/\/[^/]+\/(.+)$/.exec(place)?.[1] ?? 'pg_analytics_mcp';
  return { connectionString: parameters.size === 0 ? place : `${place}?${parameters}`, database, table };
}

function idOf(collection: string, key: string): string {
  return `${collection}/${key}`;
}

/** "0" follows "/": above every id of the collection, and below every one of the next. */
function endOf(collection: string): string {
  return `${collection}0`;
}

function isDuplicateKey(error: unknown): boolean {
  return codeOf(error) === 11_000;
}

/** The number by which a MongoDB server names what it refused; undefined where no server answered. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
