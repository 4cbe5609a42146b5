// Keeps state in one Elasticsearch index, a document per record; sequence numbers make takes and conditions atomic.
// Reading a document by its id is real-time; what searches see is a moment old, so listings refresh the index first.
import { createHash } from 'node:crypto';
import { keptForMany, type OpenBackend } from '../backend.ts';
import { pageOf } from '../key-order.ts';
import type { Entry, PutOptions, Store } from '../store.ts';
import { boundedCall } from './bounded-call.ts';
import {
  type Answer,
  type ElasticsearchClient,
  elasticsearchClient,
  refused,
} from './elasticsearch-client.ts';
import { expiryAfter, isAlive } from './packed-record.ts';
import { plainName, readParameters, urlOf, urlProblem } from './url-parameters.ts';

const sweepBatch = 1_000;

/** Value and end are only carried; collection and key are searched. "strict": what we do not write is refused. */
const mappings = {
  dynamic: 'strict',
  properties: {
    collection: { type: 'keyword' },
    key: { type: 'keyword' },
    value: { type: 'object', enabled: false },
    expires_at_ms: { type: 'long' },
  },
};

type Source = {
  readonly collection: string;
  readonly key: string;
  readonly value: string;
  readonly expires_at_ms: number | null;
};

/** A document that is there, expired or not. */
type Found = { readonly source: Source; readonly version: string };

type Index = { readonly client: ElasticsearchClient; readonly path: string };

/**
 * `elasticsearch://user:password@host:9200/index?api_key=…`, or `elasticsearch+https://`. The index is made with the first
 * put or listing where it is missing.
 */
export const open: OpenBackend = async (given) => {
  const url = urlOf(given);
  const { api_key: apiKey } = readParameters(url, {
    api_key: { pattern: /^[\w=+/-]+$/, form: 'an API key' },
  });
  const name = url.pathname.slice(1) || 'pg-analytics-mcp-state';
  if (!plainName.pattern.test(name) || name !== name.toLowerCase())
    throw urlProblem('needs the name of an index in small letters behind the host');
  const client = elasticsearchClient(url, apiKey);
  const index = { client, path: `/${name}` };
  const made = makeOnce(index);
  const inIndex = <Result>(work: () => Promise<Result>) =>
    boundedCall(async () => {
      await made();
      return work();
    });
  return {
    scheme: given.scheme,
    capabilities: keptForMany,
    get: (collection, key) => boundedCall(async () => livingEntry(await find(index, idOf(collection, key)))),
    put: (collection, key, value, options = {}) =>
      inIndex(() => put(index, { collection, key, value }, options)),
    take: (collection, key) => boundedCall(() => remove(index, idOf(collection, key))),
    delete: async (collection, key) =>
      (await boundedCall(() => remove(index, idOf(collection, key)))) !== undefined,
    list: (collection, { after, limit }) =>
      inIndex(async () => {
        const keys = await livingTerms(index, 'key', [{ term: { collection } }], after, limit + 1);
        return pageOf(keys, { limit });
      }),
    collections: () => inIndex(() => collections(index)),
    sweep: async (signal) => {
      for (let removed = 0; ; ) {
        signal?.throwIfAborted();
        const count = await inIndex(() => removeExpired(index));
        removed += count;
        if (count < sweepBatch) return removed;
      }
    },
    close: async () => client.close(),
  } satisfies Store;
};

async function find({ client, path }: Index, id: string): Promise<Found | undefined> {
  const answer = await client.ask('GET', `${path}/_doc/${id}`);
  if (answer.status === 404) return undefined;
  expectStatus(answer, 200);
  // Only this server writes to the index, whose mapping admits nothing else.
  return { source: answer.body._source as Source, version: versionOf(answer) };
}

async function put(
  { client, path }: Index,
  record: Pick<Source, 'collection' | 'key' | 'value'>,
  { ttlSeconds, ifAbsent, ifVersion }: PutOptions,
): Promise<string | undefined> {
  const source: Source = { ...record, expires_at_ms: expiryAfter(ttlSeconds) ?? null };
  const id = idOf(record.collection, record.key);
  let condition = '';
  if (ifAbsent === true || ifVersion !== undefined) {
    const found = await find({ client, path }, id);
    const living = livingEntry(found);
    if (living?.version !== ifVersion) return undefined;
    condition = found === undefined ? '?op_type=create' : `?${unchanged(found.version)}`;
  }
  const answer = await client.ask('PUT', `${path}/_doc/${id}${condition}`, source);
  if (answer.status === 409) return undefined;
  return versionOf(expectStatus(answer, 200, 201));
}

/** A document that was changed between reading and deleting is looked at again: somebody has put a new one. */
async function remove(index: Index, id: string): Promise<Entry | undefined> {
  for (;;) {
    const found = await find(index, id);
    if (found === undefined) return undefined;
    const answer = await index.client.ask('DELETE', `${index.path}/_doc/${id}?${unchanged(found.version)}`);
    if (answer.status === 200) return livingEntry(found);
    expectStatus(answer, 404, 409);
  }
}

/** Values of a keyword field among living records, in the order of their bytes. */
async function livingTerms(
  { client, path }: Index,
  field: 'key' | 'collection',
  filter: readonly object[],
  after: string | undefined,
  size: number,
): Promise<string[]> {
  expectStatus(await client.ask('POST', `${path}/_refresh`), 200);
  const answer = await client.ask('POST', `${path}/_search`, {
    size,
    query: { bool: { filter, must_not: [{ range: { expires_at_ms: { lte: Date.now() } } }] } },
    sort: [{ [field]: 'asc' }],
    ...(after !== undefined && { search_after: [after] }),
    _source: false,
    track_total_hits: false,
  });
  const hits = expectStatus(answer, 200).body.hits?.hits ?? [];
  return hits.map(({ sort }) => sort[0] ?? '');
}

/** Jumps from the first record of a collection to the first one of the next. */
async function collections(index: Index): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const [next] = await livingTerms(index, 'collection', [], found.at(-1), 1);
    if (next === undefined) return found;
    found.push(next);
  }
}

async function removeExpired({ client, path }: Index): Promise<number> {
  expectStatus(await client.ask('POST', `${path}/_refresh`), 200);
  const parameters = `conflicts=proceed&refresh=true&max_docs=${sweepBatch}`;
  const answer = await client.ask('POST', `${path}/_delete_by_query?${parameters}`, {
    query: { range: { expires_at_ms: { lte: Date.now() } } },
  });
  return expectStatus(answer, 200).body.deleted ?? 0;
}

/** Makes the index with its mapping where it is missing; an attempt that fails is made again by the next call. */
function makeOnce({ client, path }: Index): () => Promise<void> {
  let making: Promise<void> | undefined;
  const make = async (): Promise<void> => {
    const there = await client.ask('GET', path);
    if (there.status === 200) return;
    const answer = await client.ask('PUT', path, { mappings });
    // Another server may have made it meanwhile.
    if (answer.body.error?.type !== 'resource_already_exists_exception') expectStatus(answer, 200);
  };
  return () => {
    making ??= make().catch((error: unknown) => {
      making = undefined;
      throw error;
    });
    return making;
  };
}

function livingEntry(found: Found | undefined): Entry | undefined {
  if (found === undefined) return undefined;
  const { value, expires_at_ms } = found.source;
  const entry = { value, version: found.version, expiresAtMs: expires_at_ms ?? undefined };
  return isAlive(entry) ? entry : undefined;
}

/** Sequence numbers of an index only rise, also over deletes, and never come again. */
function versionOf({ body }: Answer): string {
  return `${body._seq_no}.${body._primary_term}`;
}

function unchanged(version: string): string {
  const [sequence, term] = version.split('.');
  return `if_seq_no=${sequence}&if_primary_term=${term}`;
}

/** Ids have at most 512 bytes, keys 1,024. */
function idOf(collection: string, key: string): string {
  return createHash('sha256').update(`${collection}\0${key}`).digest('base64url');
}

function expectStatus(answer: Answer, ...statuses: number[]): Answer {
  if (statuses.includes(answer.status)) return answer;
  throw refused(answer);
}
