// A listener that speaks as much of MongoDB's wire protocol (OP_MSG, and OP_QUERY for the greeting) as the store needs, for
// machines without a MongoDB. It refuses every command, operator and option that it does not know, instead of guessing.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { BSON, type Document, Long } from 'mongodb';

type Table = Map<string, Document>;

const largestDocument = 16 * 1024 * 1024;
const knownCommands = new Set(['hello', 'ismaster', 'isMaster', 'ping', 'endSessions', 'killCursors']);

/** A failure with MongoDB's own number and name. */
class CommandError extends Error {
  readonly code: number;
  readonly codeName: string;

  constructor(code: number, codeName: string, message: string) {
    super(message);
    this.code = code;
    this.codeName = codeName;
  }
}

/** Listens on a free port of 127.0.0.1; every namespace is empty at first. */
export async function startMongodbStandIn() {
  const tables = new Map<string, Table>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', messageReader(socket, tables));
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
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await start();
  return { port, start, stop, remove: stop };
}

function messageReader(socket: Socket, tables: Map<string, Table>) {
  let held = Buffer.alloc(0);
  return (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= held.readInt32LE(0)) {
      const length = held.readInt32LE(0);
      socket.write(answerTo(held.subarray(0, length), tables));
      held = held.subarray(length);
    }
  };
}

/** Header: length, request id, the id it answers, opcode; four bytes each, little endian. */
function answerTo(message: Buffer, tables: Map<string, Table>): Buffer {
  const requestId = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === 2004) {
    const names = message.indexOf(0, 20);
    const answer = BSON.serialize(run(BSON.deserialize(message.subarray(names + 9)), tables));
    const head = Buffer.alloc(20);
    head.writeInt32LE(8, 0);
    head.writeInt32LE(1, 16);
    return framed(1, requestId, [head, answer]);
  }
  if (opcode !== 2013) throw new Error(`the stand-in knows no opcode ${opcode}`);
  return framed(2013, requestId, [Buffer.alloc(5), BSON.serialize(run(readSections(message), tables))]);
}

function framed(opcode: number, responseTo: number, parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(16);
  head.writeInt32LE(16 + body.length, 0);
  head.writeInt32LE(responseTo, 8);
  head.writeInt32LE(opcode, 12);
  return Buffer.concat([head, body]);
}

/** One body (kind 0), and lists of documents beside it (kind 1) that belong under their name. */
function readSections(message: Buffer): Document {
  let command: Document = {};
  const lists: Document = {};
  for (let at = 20; at < message.length; ) {
    const kind = message[at];
    const size = message.readInt32LE(at + 1);
    const section = message.subarray(at + 1, at + 1 + size);
    if (kind === 0) command = BSON.deserialize(section);
    else {
      const end = section.indexOf(0, 4);
      const documents: Document[] = [];
      for (let from = end + 1; from < size; from += section.readInt32LE(from))
        documents.push(BSON.deserialize(section.subarray(from, from + section.readInt32LE(from))));
      lists[section.toString('utf8', 4, end)] = documents;
    }
    at += 1 + size;
  }
  return { ...command, ...lists };
}

function run(command: Document, tables: Map<string, Table>): Document {
  try {
    return { ...answer(command, tables), ok: 1 };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName };
  }
}

function answer(command: Document, tables: Map<string, Table>): Document {
  const name = Object.keys(command)[0] ?? '';
  if (knownCommands.has(name)) return greeting();
  const namespace = `${command['$db']}.${command[name]}`;
  const table = tables.get(namespace) ?? new Map<string, Document>();
  tables.set(namespace, table);
  switch (name) {
    case 'createIndexes':
      return { numIndexesBefore: 1, numIndexesAfter: 2 };
    case 'find':
      return { cursor: { id: Long.ZERO, ns: namespace, firstBatch: find(table, command) } };
    case 'findAndModify':
      return findAndRemove(table, command);
    case 'update':
      return update(table, command['updates']);
    case 'delete':
      return remove(table, command['deletes']);
    default:
      throw new CommandError(59, 'CommandNotFound', `no such command: '${name}'`);
  }
}

/** A single server of the 8.0 line that needs no login. */
function greeting(): Document {
  return {
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    maxBsonObjectSize: largestDocument,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    minWireVersion: 0,
    maxWireVersion: 25,
    readOnly: false,
  };
}

function find(table: Table, { filter, sort, projection, limit }: Document): Document[] {
  if (JSON.stringify(sort ?? { _id: 1 }) !== '{"_id":1}') throw badValue('sort');
  const found = [...table.values()].filter((one) => matches(one, filter));
  found.sort((one, other) => compare(one['_id'], other['_id']) ?? 0);
  const some = found.slice(0, Math.abs(limit ?? 0) || undefined);
  return JSON.stringify(projection) === '{"_id":1}' ? some.map(({ _id }) => ({ _id })) : some;
}

function findAndRemove(table: Table, { query, remove: removes }: Document): Document {
  if (removes !== true) throw badValue('findAndModify without remove');
  const [found] = [...table.values()].filter((one) => matches(one, query));
  if (found !== undefined) table.delete(found['_id']);
  return { value: found ?? null, lastErrorObject: { n: found === undefined ? 0 : 1 } };
}

/** One replacement each; an upsert that meets a document of the same _id fails with 11000, as by the unique index. */
function update(table: Table, updates: Document[]): Document {
  const answered = { n: 0, nModified: 0, upserted: [] as Document[], writeErrors: [] as Document[] };
  for (const [index, { q, u, upsert, multi }] of updates.entries()) {
    if (multi === true || Array.isArray(u) || Object.keys(u).some((key) => key.startsWith('$')))
      throw badValue('update other than a replacement');
    const _id: unknown = q._id;
    if (typeof _id !== 'string') throw badValue('update without an _id');
    if (BSON.calculateObjectSize(u) > largestDocument) throw badValue('document over 16 MB');
    const before = table.get(_id);
    if (before !== undefined && matches(before, q)) {
      table.set(_id, { _id, ...u });
      answered.n += 1;
      answered.nModified += 1;
    } else if (upsert === true && before === undefined) {
      table.set(_id, { _id, ...u });
      answered.n += 1;
      answered.upserted.push({ index, _id });
    } else if (upsert === true)
      answered.writeErrors.push({ index, code: 11_000, errmsg: 'E11000 duplicate key error index: _id_' });
  }
  const { upserted, writeErrors, ...counts } = answered;
  return {
    ...counts,
    ...(upserted.length > 0 && { upserted }),
    ...(writeErrors.length > 0 && { writeErrors }),
  };
}

function remove(table: Table, deletes: Document[]): Document {
  let n = 0;
  for (const { q, limit } of deletes) {
    const found = [...table.values()].filter((one) => matches(one, q));
    for (const one of limit === 1 ? found.slice(0, 1) : found) if (table.delete(one['_id'])) n += 1;
  }
  return { n };
}

function matches(document: Document, filter: Document): boolean {
  return Object.entries(filter).every(([field, wanted]) => {
    if (field === '$or') return wanted.some((one: Document) => matches(document, one));
    if (field.startsWith('$')) throw badValue(field);
    return matchesField(document[field], wanted);
  });
}

/** Equality, where null finds what is missing too; and comparisons, which find only values of the same type. */
function matchesField(value: unknown, wanted: unknown): boolean {
  if (wanted === null) return value === null || value === undefined;
  if (typeof wanted !== 'object' || wanted instanceof Date) return compare(value, wanted) === 0;
  return Object.entries(wanted).every(([operator, bound]) => {
    const order = compare(value, bound);
    if (operator === '$gt') return order !== undefined && order > 0;
    if (operator === '$lt') return order !== undefined && order < 0;
    if (operator === '$lte') return order !== undefined && order <= 0;
    throw badValue(operator);
  });
}

/** Strings by their bytes (simple collation), dates by time; undefined for values of different types. */
function compare(one: unknown, other: unknown): number | undefined {
  if (typeof one === 'string' && typeof other === 'string')
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  if (one instanceof Date && other instanceof Date) return one.getTime() - other.getTime();
  return undefined;
}

function badValue(what: string): CommandError {
  return new CommandError(2, 'BadValue', `the stand-in knows no ${what}`);
}
