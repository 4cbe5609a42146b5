// Keeps state in one DynamoDB table: the collection is the partition key, the key the sort key, conditions make writes atomic.
// DynamoDB removes expired items late (up to days), so expiry is judged here, by the clock of this machine.
import type { AttributeValue, DynamoDB, PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { loadDriver, type OpenBackend } from '../backend.ts';
import { pageOf } from '../key-order.ts';
import type { Entry, PutOptions, Store } from '../store.ts';
import { answerTimeoutMs, boundedCall, connectTimeoutMs, storeUnavailable } from './bounded-call.ts';
import { expiryAfter, isAlive, newVersion } from './packed-record.ts';
import { accountOf, plainName, readParameters, urlOf, urlProblem } from './url-parameters.ts';

/** Names that are no reserved words of DynamoDB's expressions. An item may have 400 KB, attribute names, key (1,024), collection and version included. */
const maxValueBytes = 398 * 1024;

type Item = Record<string, AttributeValue>;

/** One table, and what it takes to say something to it. */
type Table = { readonly client: DynamoDB; readonly name: string };

/**
 * `dynamodb://region/table?endpoint=http://host:port`. Credentials come from the AWS default chain (environment, role),
 * or from the URL (`dynamodb://key-id:secret@region/table`). The table is made where it is missing.
 */
export const open: OpenBackend = async (given) => {
  const url = urlOf(given);
  const { DynamoDB } = await loadDriver('@aws-sdk/client-dynamodb', () => import('@aws-sdk/client-dynamodb'));
  const { name, settings } = readTable(url);
  const table = { client: new DynamoDB(settings), name };
  const preparation = tablePreparation(table);
  const call = <Result>(work: () => Promise<Result>) => boundedCall(() => preparation.around(work));
  const eachRecord = (visit: Visit, signal?: AbortSignal) => scan(table, call, visit, signal);
  return {
    scheme: 'dynamodb',
    capabilities: { durable: true, shared: 'many machines', keepsRecords: true, lists: true, maxValueBytes },
    get: (collection, key) => call(() => get(table, collection, key)),
    put: (collection, key, value, options = {}) => call(() => put(table, collection, key, value, options)),
    take: (collection, key) => call(() => remove(table, collection, key)),
    delete: async (collection, key) => (await call(() => remove(table, collection, key))) !== undefined,
    list: (collection, { after, limit }) =>
      call(async () => pageOf(await livingKeys(table, collection, after, limit + 1), { limit })),
    collections: async (signal) => {
      const found = new Set<string>();
      await eachRecord(async (item) => {
        if (isAlive(expiryIn(item))) found.add(textIn(item, 'record_collection'));
      }, signal);
      return [...found].sort();
    },
    sweep: async (signal) => {
      let removed = 0;
      await eachRecord(async (item) => {
        if (!isAlive(expiryIn(item)) && (await call(() => removeExpired(table, item)))) removed += 1;
      }, signal);
      return removed;
    },
    close: async () => {
      preparation.end();
      table.client.destroy();
    },
  } satisfies Store;
};

async function get({ client, name }: Table, collection: string, key: string): Promise<Entry | undefined> {
  const { Item } = await client.getItem({
    TableName: name,
    Key: itemKey(collection, key),
    ConsistentRead: true,
  });
  return livingEntry(Item);
}

async function put(
  table: Table,
  collection: string,
  key: string,
  value: string,
  options: PutOptions,
): Promise<string | undefined> {
  const version = newVersion();
  const expiresAtMs = expiryAfter(options.ttlSeconds);
  const life: Item =
    expiresAtMs === undefined
      ? {}
      : {
          expires_at_ms: { N: String(expiresAtMs) },
          // What DynamoDB's own removal reads: seconds.
          expires_at: { N: String(Math.ceil(expiresAtMs / 1_000)) },
        };
  const item = {
    ...itemKey(collection, key),
    record_value: { S: value },
    record_version: { S: version },
    ...life,
  };
  const written = table.client.putItem({ TableName: table.name, Item: item, ...conditionOf(options) });
  return (await conditionHolds(written)) ? version : undefined;
}

function conditionOf({ ifAbsent, ifVersion }: PutOptions): Partial<PutItemCommandInput> {
  const now = { N: String(Date.now()) };
  if (ifVersion !== undefined)
    return {
      ConditionExpression:
        'record_version = :version AND (attribute_not_exists(expires_at_ms) OR expires_at_ms > :now)',
      ExpressionAttributeValues: { ':version': { S: ifVersion }, ':now': now },
    };
  if (ifAbsent !== true) return {};
  return {
    ConditionExpression: 'attribute_not_exists(record_collection) OR expires_at_ms <= :now',
    ExpressionAttributeValues: { ':now': now },
  };
}

async function remove(table: Table, collection: string, key: string): Promise<Entry | undefined> {
  const { Attributes } = await table.client.deleteItem({
    TableName: table.name,
    Key: itemKey(collection, key),
    ReturnValues: 'ALL_OLD',
  });
  return livingEntry(Attributes);
}

/** False where the record has been written again since it was read. */
function removeExpired(table: Table, item: Item): Promise<boolean> {
  const deleted = table.client.deleteItem({
    TableName: table.name,
    Key: itemKey(textIn(item, 'record_collection'), textIn(item, 'record_key')),
    ConditionExpression: 'expires_at_ms <= :now',
    ExpressionAttributeValues: { ':now': { N: String(Date.now()) } },
  });
  return conditionHolds(deleted);
}

async function livingKeys(table: Table, collection: string, after: string | undefined, count: number) {
  const keys: string[] = [];
  let start: Item | undefined;
  do {
    const page = await table.client.query({
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: `record_collection = :c${after === undefined ? '' : ' AND record_key > :after'}`,
      ProjectionExpression: 'record_key, expires_at_ms',
      ExpressionAttributeValues: {
        ':c': { S: collection },
        ...(after !== undefined && { ':after': { S: after } }),
      },
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    for (const item of page.Items ?? []) if (isAlive(expiryIn(item))) keys.push(textIn(item, 'record_key'));
    start = page.LastEvaluatedKey;
  } while (start !== undefined && keys.length < count);
  return keys.slice(0, count);
}

type Visit = (item: Item) => Promise<void>;

/** Reads the whole table, page by page: only for what an operator asks for. */
async function scan(
  { client, name }: Table,
  call: <Result>(work: () => Promise<Result>) => Promise<Result>,
  visit: Visit,
  signal: AbortSignal | undefined,
): Promise<void> {
  let start: Item | undefined;
  do {
    signal?.throwIfAborted();
    const request = {
      TableName: name,
      ConsistentRead: true,
      ProjectionExpression: 'record_collection, record_key, expires_at_ms',
      ...(start !== undefined && { ExclusiveStartKey: start }),
    };
    const page = await call(() => client.scan(request));
    for (const item of page.Items ?? []) await visit(item);
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

/** Makes the table where a call finds none. A new table takes seconds: calls meanwhile end with STATE_UNAVAILABLE. */
function tablePreparation(table: Table) {
  const ending = new AbortController();
  let making: Promise<void> | undefined;
  const make = (): Promise<void> => {
    making ??= makeTable(table, ending.signal).finally(() => {
      making = undefined;
    });
    return making;
  };
  return {
    around: async <Result>(work: () => Promise<Result>): Promise<Result> => {
      try {
        return await work();
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundException')) throw error;
        await make();
        return work();
      }
    },
    end: () => ending.abort(),
  };
}

async function makeTable({ client, name }: Table, signal: AbortSignal): Promise<void> {
  const attributes = ['record_collection', 'record_key'];
  try {
    await client.createTable({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes.map((one) => ({ AttributeName: one, AttributeType: 'S' })),
      KeySchema: attributes.map((one, place) => ({
        AttributeName: one,
        KeyType: place === 0 ? 'HASH' : 'RANGE',
      })),
    });
  } catch (error) {
    if (isNamed(error, 'AccessDeniedException'))
      throw storeUnavailable(
        'the table of the state does not exist, and the account of the store may not create it',
        'Create it with the aws command of docs/how-to/choose-a-store.md, or allow dynamodb:CreateTable.',
        error,
      );
    if (!isNamed(error, 'ResourceInUseException')) throw error;
  }
  for (let status: string | undefined; status !== 'ACTIVE'; ) {
    await pause(200, signal);
    status = (await client.describeTable({ TableName: name })).Table?.TableStatus;
  }
  const lifetime = { AttributeName: 'expires_at', Enabled: true };
  // Without it the table only grows until `state sweep` runs: worth trying, not worth failing for.
  await client
    .updateTimeToLive({ TableName: name, TimeToLiveSpecification: lifetime })
    .catch(() => undefined);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', ended);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', ended, { once: true });
  });
}

function readTable(url: URL) {
  const { endpoint } = readParameters(url, { endpoint: { pattern: /^https?:\/\/\S+$/, form: 'a URL' } });
  const account = accountOf(url);
  const name = url.pathname.slice(1);
  if (!plainName.pattern.test(name))
    throw urlProblem('needs a region and a table, as in dynamodb://region/table');
  const settings = {
    region: url.hostname,
    ...(endpoint !== undefined && { endpoint }),
    ...(account !== undefined && {
      credentials: { accessKeyId: account.user, secretAccessKey: account.password },
    }),
    // A take that is sent twice would lose what the first one took: a lost answer is the caller's failure to see.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: answerTimeoutMs,
      throwOnRequestTimeout: true,
      // Idle connections are closed here before the server does it in the middle of a request.
      httpAgent: { keepAlive: true, timeout: 15_000 },
      httpsAgent: { keepAlive: true, timeout: 15_000 },
    },
  };
  return { name, settings };
}

async function conditionHolds(written: Promise<unknown>): Promise<boolean> {
  try {
    await written;
    return true;
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}

function itemKey(collection: string, key: string): Record<string, AttributeValue> {
  return { record_collection: { S: collection }, record_key: { S: key } };
}

function livingEntry(item: Item | undefined): Entry | undefined {
  if (item === undefined || !isAlive(expiryIn(item))) return undefined;
  return { value: textIn(item, 'record_value'), version: textIn(item, 'record_version'), ...expiryIn(item) };
}

function textIn(item: Item, name: string): string {
  return item[name]?.S ?? '';
}

function expiryIn(item: Item): { readonly expiresAtMs: number | undefined } {
  const text = item['expires_at_ms']?.N;
  return { expiresAtMs: text === undefined ? undefined : Number(text) };
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
