// Keeps state in one DynamoDB table: the collection is the partition key, the key the sort key, conditions make writes atomic.
// DynamoDB removes expired items late (up to days), so expiry is judged here, by the clock of this machine.
import type { AttributeValue, PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { loadDriver, type OpenBackend } from '../backend.ts';
import { pageOf } from '../key-order.ts';
import type { Entry, PutOptions, Store } from '../store.ts';
import { boundedCall } from './bounded-call.ts';
import { isNamed, readTable, type Table, tablePreparation } from './dynamodb-table.ts';
import { expiryAfter, isAlive, newVersion } from './packed-record.ts';
import { urlOf } from './url-parameters.ts';

/** Names that are no reserved words of DynamoDB's expressions. An item may have 400 KB, attribute names, key (1,024), collection and version included. */
const maxValueBytes = 398 * 1024;

type Item = Record<string, AttributeValue>;

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
