// A listener that answers the document, search and index requests of Elasticsearch that the store makes, for machines without
// one: real-time reads, searches that see only what was refreshed, sequence numbers. Anything else it refuses with 400.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Source = Readonly<Record<string, unknown>>;
type Document = { readonly source: Source; readonly sequence: number };
type Index = {
  readonly mappings: { readonly properties: Readonly<Record<string, unknown>> };
  readonly documents: Map<string, Document>;
  /** What searches see: the documents of the last refresh. */
  seen: ReadonlyMap<string, Document>;
  sequence: number;
};
type Answer = { readonly status: number; readonly body: object };
type Asked = {
  readonly index: string;
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: Body;
};
// What a test sends is read where it is needed; a request of another shape fails there.
type Body = Readonly<Record<string, never>>;

/** Listens on a free port of 127.0.0.1; no index is there at first. */
export async function startElasticsearchStandIn() {
  const indexes = new Map<string, Index>();
  const server = createServer(async (request, response) => {
    const { status, body } = answer(indexes, request, await readBody(request));
    response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
    response.end(JSON.stringify(body));
  });
  let port = 0;
  const start = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  await start();
  return { port, start, stop, remove: stop };
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

function answer(indexes: Map<string, Index>, request: IncomingMessage, body: Body): Answer {
  const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://localhost');
  const [, name = '', endpoint, id = ''] = pathname.split('/');
  const index = indexes.get(name);
  const asked = { index: name, id, query, body };
  const request_ = `${request.method} ${endpoint ?? ''}`;
  if (request_ === 'PUT ') return makeIndex(indexes, name, body);
  if (index === undefined) return failure(404, 'index_not_found_exception');
  if (request_ === 'GET ') return { status: 200, body: { [name]: { mappings: index.mappings } } };
  if (request_ === 'GET _doc') return read(index, asked);
  if (request_ === 'PUT _doc') return write(index, asked);
  if (request_ === 'DELETE _doc') return remove(index, asked);
  if (request_ === 'POST _refresh') return refresh(index);
  if (request_ === 'POST _search') return search(index, body);
  if (request_ === 'POST _delete_by_query') return deleteByQuery(index, asked);
  return failure(400, 'illegal_argument_exception');
}

function makeIndex(indexes: Map<string, Index>, name: string, body: Body): Answer {
  if (indexes.has(name)) return failure(400, 'resource_already_exists_exception');
  const { mappings } = body as unknown as Pick<Index, 'mappings'>;
  indexes.set(name, { mappings, documents: new Map(), seen: new Map(), sequence: -1 });
  return { status: 200, body: { acknowledged: true, index: name } };
}

function read(index: Index, { id }: Asked): Answer {
  const found = index.documents.get(id);
  if (found === undefined) return { status: 404, body: { _id: id, found: false } };
  return { status: 200, body: { _id: id, found: true, ...numbers(found.sequence), _source: found.source } };
}

function write(index: Index, { id, query, body }: Asked): Answer {
  const unknown = Object.keys(body).find((field) => !Object.hasOwn(index.mappings.properties, field));
  if (unknown !== undefined) return failure(400, 'strict_dynamic_mapping_exception');
  if (Buffer.byteLength(id) > 512) return failure(400, 'illegal_argument_exception');
  const before = index.documents.get(id);
  if (query.get('op_type') === 'create' && before !== undefined) return conflict();
  if (!isUnchanged(before, query)) return conflict();
  index.sequence += 1;
  index.documents.set(id, { source: body, sequence: index.sequence });
  return { status: before === undefined ? 201 : 200, body: { _id: id, ...numbers(index.sequence) } };
}

function remove(index: Index, { id, query }: Asked): Answer {
  const before = index.documents.get(id);
  if (!isUnchanged(before, query)) return conflict();
  index.sequence += 1;
  if (!index.documents.delete(id)) return { status: 404, body: { _id: id, result: 'not_found' } };
  return { status: 200, body: { _id: id, result: 'deleted', ...numbers(index.sequence) } };
}

function isUnchanged(before: Document | undefined, query: URLSearchParams): boolean {
  const wanted = query.get('if_seq_no');
  return wanted === null || (before?.sequence === Number(wanted) && query.get('if_primary_term') === '1');
}

function refresh(index: Index): Answer {
  index.seen = new Map(index.documents);
  return { status: 200, body: { _shards: { failed: 0 } } };
}

/** Keywords sort and compare by their bytes. */
function search(index: Index, body: Body): Answer {
  const { size, query, sort, search_after: after } = body as unknown as Search;
  const field = Object.keys(sort[0] ?? {})[0] ?? '';
  const hits = [...index.seen]
    .filter(([, { source }]) => matches(source, query))
    .map(([id, { source }]) => ({ _id: id, sort: [String(source[field])] }))
    .filter((hit) => after === undefined || byBytes(hit.sort, after) > 0)
    .sort((one, other) => byBytes(one.sort, other.sort));
  return { status: 200, body: { hits: { hits: hits.slice(0, size) } } };
}

type Search = {
  readonly size: number;
  readonly query: Query;
  readonly sort: readonly object[];
  readonly search_after?: readonly string[];
};

function deleteByQuery(index: Index, { query: parameters, body }: Asked): Answer {
  const { query } = body as unknown as { readonly query: Query };
  const found = [...index.seen].filter(([, { source }]) => matches(source, query));
  let deleted = 0;
  for (const [id, { sequence }] of found.slice(0, Number(parameters.get('max_docs'))))
    if (index.documents.get(id)?.sequence === sequence && index.documents.delete(id)) deleted += 1;
  if (parameters.get('refresh') === 'true') refresh(index);
  return { status: 200, body: { deleted, version_conflicts: found.length - deleted } };
}

type Query = {
  readonly bool?: { readonly filter: readonly Query[]; readonly must_not: readonly Query[] };
  readonly term?: Readonly<Record<string, string>>;
  readonly range?: Readonly<Record<string, { readonly lte: number }>>;
};

function matches(source: Source, { bool, term, range, ...others }: Query): boolean {
  if (Object.keys(others).length > 0) throw new Error(`the stand-in knows no ${Object.keys(others)}`);
  if (bool !== undefined)
    return (
      bool.filter.every((one) => matches(source, one)) && !bool.must_not.some((one) => matches(source, one))
    );
  if (term !== undefined) return Object.entries(term).every(([field, value]) => source[field] === value);
  return Object.entries(range ?? {}).every(([field, { lte }]) => {
    const value = source[field];
    return typeof value === 'number' && value <= lte;
  });
}

function byBytes([one = '']: readonly string[], [other = '']: readonly string[]): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function numbers(sequence: number) {
  return { _seq_no: sequence, _primary_term: 1 };
}

function conflict(): Answer {
  return failure(409, 'version_conflict_engine_exception');
}

function failure(status: number, type: string): Answer {
  return { status, body: { error: { type, reason: type }, status } };
}
