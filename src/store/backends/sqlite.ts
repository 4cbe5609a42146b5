// State in one SQLite file, on a local disk only: the file is held by a worker, so that no write to the disk stops the server.
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CodedError } from '../../base/errors.ts';
import type { OpenBackend } from '../backend.ts';
import type { SqliteCalls, SqliteEntry } from '../sqlite/record-file.ts';
import type { SqliteAnswer, SqliteQuestion } from '../sqlite/sqlite-worker.ts';
import type { Store } from '../store.ts';

/** The file at the path of the URL. File and folder are made with the first call. */
export const open: OpenBackend = async (url) => {
  const thread = createThread(resolve(url.rest));
  return {
    scheme: 'sqlite',
    capabilities: {
      durable: true,
      shared: 'one machine',
      keepsRecords: true,
      lists: true,
      maxValueBytes: 1024 * 1024,
    },
    get: (...place) => thread.ask<SqliteEntry | undefined>('get', place.slice(0, 2)),
    put: (collection, key, value, options = {}) =>
      thread.ask<string | undefined>('put', [collection, key, value, options]),
    take: (...place) => thread.ask<SqliteEntry | undefined>('take', place.slice(0, 2)),
    delete: (...place) => thread.ask<boolean>('delete', place.slice(0, 2)),
    list: async (collection, { after, limit }) => {
      const keys = await thread.ask<string[]>('list', [collection, { after, limit: limit + 1 }]);
      if (keys.length <= limit) return { keys, next: undefined };
      return { keys: keys.slice(0, limit), next: keys[limit - 1] };
    },
    collections: () => thread.ask<string[]>('collections', []),
    sweep: () => thread.ask<number>('sweep', []),
    close: () => thread.close(),
  } satisfies Store;
};

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: CodedError) => void };

type Thread = {
  readonly ask: <Value>(call: keyof SqliteCalls, words: readonly unknown[]) => Promise<Value>;
  readonly close: () => Promise<void>;
};

/** A thread that begins with the first question and holds the process only while somebody waits. */
function createThread(path: string): Thread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let questions = 0;
  const lose = (lost: Worker, reason: string) => {
    if (worker === lost) worker = undefined;
    for (const { reject } of waiting.values()) reject(failed({ message: undefined, logDetail: reason }));
    waiting.clear();
  };
  const hear = ({ id, value, failure }: SqliteAnswer) => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker?.unref();
    if (failure === undefined) asker?.resolve(value);
    else asker?.reject(failed(failure));
  };
  const post = (call: SqliteQuestion['call'], words: readonly unknown[]): Promise<unknown> => {
    const { promise, resolve: give, reject } = Promise.withResolvers<unknown>();
    const id = questions++;
    worker ??= startWorker(path, hear, lose);
    worker.ref();
    waiting.set(id, { resolve: give, reject });
    worker.postMessage({ id, call, words } satisfies SqliteQuestion);
    return promise;
  };
  return {
    ask: async <Value>(call: keyof SqliteCalls, words: readonly unknown[]) =>
      (await post(call, words)) as Value,
    close: async () => {
      if (worker === undefined) return;
      const closing = worker;
      await post('close', []).catch(() => undefined);
      await closing.terminate();
    },
  };
}

function startWorker(
  path: string,
  hear: (answer: SqliteAnswer) => void,
  lose: (lost: Worker, reason: string) => void,
): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const entry = new URL(`../sqlite/sqlite-worker.${extension}`, import.meta.url);
  const worker = new Worker(entry, { execArgv: [], workerData: { path } });
  worker.on('message', hear);
  worker.on('error', (error) => lose(worker, error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => lose(worker, `the thread of the store ended with ${code}`));
  return worker;
}

function failed({ message, logDetail }: NonNullable<SqliteAnswer['failure']>): CodedError {
  return new CodedError('STATE_UNAVAILABLE', message ?? 'the file of the store failed', { logDetail });
}
