// One SQLite file as a store, synchronous: it is used in a worker only. It refuses network disks, on which SQLite comes to harm.
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { CodedError } from '../../base/errors.ts';
import type { PageRequest, PutOptions } from '../store.ts';

/** What the worker can be asked, by name. */
export type SqliteCalls = {
  readonly get: (collection: string, key: string) => SqliteEntry | undefined;
  readonly put: (collection: string, key: string, value: string, options: PutOptions) => string | undefined;
  readonly take: (collection: string, key: string) => SqliteEntry | undefined;
  readonly delete: (collection: string, key: string) => boolean;
  readonly list: (collection: string, page: PageRequest) => string[];
  readonly collections: () => string[];
  readonly sweep: () => number;
};

/** A record as the file holds it. */
export type SqliteEntry = {
  readonly value: string;
  readonly version: string;
  readonly expiresAtMs: number | undefined;
};

/** A file that is open. */
export type RecordFile = SqliteCalls & { readonly close: () => void };

/** Types of file systems whose locks do not hold between machines (Linux, statfs(2)): NFS, SMB, CIFS. */
const networkDisks = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42]);

/** Waits for another process that writes. Calls are short, so a longer wait means that something is broken. */
const busyTimeoutMs = 2_000;

const living = '(expires_at is null or expires_at > :now)';
const place = 'collection = :collection and key = :key';
const statements = {
  get: `select value, version, expires_at from records where ${place} and ${living}`,
  take: `delete from records where ${place} and ${living} returning value, version, expires_at`,
  put: `insert into records (collection, key, value, version, expires_at)
        values (:collection, :key, :value, :version, :expiresAt)
        on conflict (collection, key) do update
        set value = excluded.value, version = excluded.version, expires_at = excluded.expires_at`,
  putIfVersion: `update records set value = :value, version = :version, expires_at = :expiresAt
                 where ${place} and ${living} and version = :ifVersion`,
  list: `select key from records where collection = :collection and key > :after and ${living} order by key limit :limit`,
  collections: `select distinct collection from records where ${living} order by collection`,
  sweep: 'delete from records where expires_at <= :now',
} as const;

/** Opens the file at a path, making it and its folder where they are missing. */
export function openRecordFile(path: string): RecordFile {
  const inode = makeFile(path);
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    prepareFile(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const known = new Map<string, StatementSync>();
  const statement = (text: string): StatementSync => {
    const found = known.get(text) ?? database.prepare(text);
    known.set(text, found);
    return found;
  };
  const rows = (text: string, values: Record<string, SQLInputValue>) => {
    refuseMissing(path, inode);
    return statement(text).all(values);
  };
  return { ...callsOver(rows), close: () => database.close() };
}

type Rows = (text: string, values: Record<string, SQLInputValue>) => Record<string, unknown>[];

function callsOver(rows: Rows): SqliteCalls {
  const now = () => Date.now();
  const first = (text: string, collection: string, key: string) =>
    rows(text, { collection, key, now: now() }).map(entryOf)[0];
  return {
    get: (collection, key) => first(statements.get, collection, key),
    take: (collection, key) => first(statements.take, collection, key),
    delete: (collection, key) => first(statements.take, collection, key) !== undefined,
    put: (collection, key, value, options) => put(rows, { collection, key, value }, options),
    list: (collection, { after = '', limit }) =>
      rows(statements.list, { collection, after, limit, now: now() }).map(({ key }) => String(key)),
    collections: () => rows(statements.collections, { now: now() }).map((row) => String(row['collection'])),
    sweep: () => rows(`${statements.sweep} returning 1`, { now: now() }).length,
  };
}

function put(
  rows: Rows,
  record: { readonly collection: string; readonly key: string; readonly value: string },
  { ttlSeconds, ifAbsent, ifVersion }: PutOptions,
): string | undefined {
  const now = Date.now();
  const expiresAt = ttlSeconds === undefined ? null : Math.ceil(now + ttlSeconds * 1000);
  const values = { ...record, version: randomUUID(), expiresAt };
  const written =
    ifVersion !== undefined
      ? rows(`${statements.putIfVersion} returning version`, { ...values, ifVersion, now })
      : ifAbsent === true
        ? rows(`${statements.put} where records.expires_at <= :now returning version`, { ...values, now })
        : rows(`${statements.put} returning version`, values);
  return written.length === 0 ? undefined : values.version;
}

function entryOf(row: Record<string, unknown>): SqliteEntry {
  const end = row['expires_at'];
  return {
    value: String(row['value']),
    version: String(row['version']),
    expiresAtMs: typeof end === 'number' ? end : undefined,
  };
}

/** Mode 0600 from the first moment; the files that SQLite makes beside take the mode of this one. Gives the inode. */
function makeFile(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  if (process.platform === 'linux' && networkDisks.has(statfsSync(path).type))
    throw unusableFile('an SQLite file is not safe on a network disk; use filetree: there');
  return statSync(path).ino;
}

/** A write is acknowledged when the disk has it (manual, "PRAGMA synchronous": FULL is durable in WAL mode). */
function prepareFile(database: DatabaseSync): void {
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  database.exec(`create table if not exists records (
    collection text not null, key text not null, value text not null, version text not null, expires_at integer,
    primary key (collection, key)) strict, without rowid`);
  database.exec(
    'create index if not exists records_end on records (expires_at) where expires_at is not null',
  );
}

/** Why a file cannot be used, in words for whoever called the store. */
export const unusableFile = (message: string): CodedError => new CodedError('STATE_UNAVAILABLE', message);

/** SQLite would go on with a file that has no name any more, and all it writes would be gone with the process. */
function refuseMissing(path: string, inode: number): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.ino !== inode) throw unusableFile('the file of the store is gone');
}
