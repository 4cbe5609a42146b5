// Keeps the part of the contract that is the same for all backends: what a place may be, sizes, one condition per put,
// coded failures, calls that are given up or come after close. It never changes what is kept.
import { CodedError } from '../base/errors.ts';
import type { Entry, KeyPage, PutOptions, Store } from './store.ts';

/** Most bytes (UTF-8) of a key. */
export const maxKeyBytes = 1024;

/** Most keys of one page of a listing. */
export const maxPageKeys = 1000;

/** A backend inside the rules of the contract. */
export function checkedStore(backend: Store): Store {
  const { scheme, capabilities } = backend;
  let closed: Promise<void> | undefined;
  const call = <Value>(signal: AbortSignal | undefined, run: () => Promise<Value>): Promise<Value> => {
    if (closed !== undefined) throw new CodedError('STATE_UNAVAILABLE', 'the store is closed');
    return given(signal, run, scheme);
  };
  return {
    scheme,
    capabilities,
    get: async (collection, key, signal): Promise<Entry | undefined> => {
      checkPlace(collection, key);
      return call(signal, () => backend.get(collection, key, signal));
    },
    put: async (collection, key, value, options = {}, signal): Promise<string | undefined> => {
      checkPlace(collection, key);
      checkValue(value, capabilities.maxValueBytes);
      checkOptions(options);
      return call(signal, () => backend.put(collection, key, value, options, signal));
    },
    take: async (collection, key, signal): Promise<Entry | undefined> => {
      checkPlace(collection, key);
      return call(signal, () => backend.take(collection, key, signal));
    },
    delete: async (collection, key, signal): Promise<boolean> => {
      checkPlace(collection, key);
      return call(signal, () => backend.delete(collection, key, signal));
    },
    list: async (collection, page, signal): Promise<KeyPage> => {
      checkCollection(collection);
      const whole = Number.isInteger(page.limit) && page.limit >= 1 && page.limit <= maxPageKeys;
      if (!whole) throw new CodedError('INTERNAL', `a page holds 1 to ${maxPageKeys} keys`);
      checkLists(capabilities.lists, scheme);
      return call(signal, () => backend.list(collection, page, signal));
    },
    collections: async (signal) => {
      checkLists(capabilities.lists, scheme);
      return call(signal, () => backend.collections(signal));
    },
    sweep: async (signal) => call(signal, () => backend.sweep(signal)),
    close: () => {
      closed ??= backend.close();
      return closed;
    },
  };
}

/** Where a collection or a key breaks the rule of the contract: STATE_KEY. */
function checkPlace(collection: string, key: string): void {
  checkCollection(collection);
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > maxKeyBytes)
    throw new CodedError('STATE_KEY', `a key has 1 to ${maxKeyBytes} bytes, not ${bytes}`);
  if (key.includes('\0')) throw new CodedError('STATE_KEY', 'a key holds no U+0000');
  if (!key.isWellFormed()) throw new CodedError('STATE_KEY', 'a key is well-formed Unicode');
}

function checkCollection(collection: string): void {
  if (/^[a-z0-9.-]{1,64}$/.test(collection)) return;
  throw new CodedError('STATE_KEY', 'a collection is 1 to 64 characters of a-z, 0-9, "-" and "."');
}

function checkLists(lists: boolean, scheme: string): void {
  if (!lists)
    throw new CodedError('STATE_UNSUPPORTED', `a store of the kind "${scheme}" cannot list its records`);
}

function checkValue(value: string, maxValueBytes: number): void {
  const bytes = Buffer.byteLength(value);
  if (bytes > maxValueBytes)
    throw new CodedError(
      'STATE_TOO_LARGE',
      `a value of ${bytes} bytes is over the limit of ${maxValueBytes}`,
    );
  if (!value.isWellFormed()) throw new CodedError('STATE_KEY', 'a value is well-formed Unicode');
}

function checkOptions({ ttlSeconds, ifAbsent, ifVersion }: PutOptions): void {
  if (ttlSeconds !== undefined && !(ttlSeconds > 0 && ttlSeconds < 1e10))
    throw new CodedError('INTERNAL', 'the life of a record is above 0 seconds and below 1e10');
  if (ifAbsent === true && ifVersion !== undefined)
    throw new CodedError('INTERNAL', 'a put has one condition at most');
}

/** Runs a call of the backend until it ends or is given up; the backend may still carry out what it began. */
async function given<Value>(
  signal: AbortSignal | undefined,
  run: () => Promise<Value>,
  scheme: string,
): Promise<Value> {
  if (signal === undefined) return coded(run(), scheme);
  if (signal.aborted) throw givenUp();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(givenUp());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([coded(run(), scheme), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function givenUp(): CodedError {
  return new CodedError('CANCELLED', 'the call of the store was given up');
}

async function coded<Value>(call: Promise<Value>, scheme: string): Promise<Value> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const logDetail = `${scheme}: ${error instanceof Error ? error.message : String(error)}`;
    throw new CodedError('STATE_UNAVAILABLE', 'the store failed or cannot be reached', {
      cause: error,
      logDetail,
    });
  }
}
