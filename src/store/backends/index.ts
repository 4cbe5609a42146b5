// The list of backends by scheme; each file, and its driver with it, is loaded only when its scheme is chosen.
import { CodedError } from '../../base/errors.ts';
import { parseStoreUrl, type StoreScheme } from '../../base/store-url.ts';
import type { OpenBackend } from '../backend.ts';
import { checkedStore } from '../checked-store.ts';
import type { Store } from '../store.ts';

const backends: Readonly<Record<StoreScheme, () => Promise<{ readonly open: OpenBackend }>>> = {
  memory: () => import('./memory.ts'),
  filetree: () => import('./filetree.ts'),
  sqlite: () => import('./sqlite.ts'),
  postgres: () => import('./postgres.ts'),
  postgresql: () => import('./postgres.ts'),
  redis: () => import('./redis.ts'),
  rediss: () => import('./redis.ts'),
  valkey: () => import('./redis.ts'),
  valkeys: () => import('./redis.ts'),
  dynamodb: () => import('./dynamodb.ts'),
  mongodb: () => import('./mongodb.ts'),
  'mongodb+srv': () => import('./mongodb.ts'),
  elasticsearch: () => import('./elasticsearch.ts'),
  'elasticsearch+https': () => import('./elasticsearch.ts'),
  memcached: () => import('./memcached.ts'),
  rocksdb: () => import('./rocksdb.ts'),
};

/**
 * Opens the store at a URL, inside the rules of the contract. Nothing is connected yet. Throws CONFIG_INVALID where
 * the URL is none, or the package of its driver is missing.
 */
export async function openStore(text: string): Promise<Store> {
  const parsed = parseStoreUrl(text);
  if ('reason' in parsed) {
    const problems = [{ name: 'MCP_STATE_URL', value: '(hidden)', reason: parsed.reason }];
    throw new CodedError('CONFIG_INVALID', `the URL of the store ${parsed.reason}`, { problems });
  }
  const { open } = await backends[parsed.url.scheme]();
  return checkedStore(await open(parsed.url));
}
