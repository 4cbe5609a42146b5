// The list of backends by scheme; each file, and its driver with it, is loaded only when its scheme is chosen.
import { CodedError } from '../../base/errors.ts';
import type { BackendEntry } from '../backend.ts';
import { checkedStore } from '../checked-store.ts';
import type { Store } from '../store.ts';
import { type ParsedStoreUrl, parseStoreUrl } from '../store-url.ts';

/** Every backend. */
export const backends: Readonly<Record<string, BackendEntry>> = {
  memory: { form: 'memory:', place: 'nothing', load: () => import('./memory.ts') },
};

/** Reads an MCP_STATE_URL. */
export function readStoreUrl(text: string): ParsedStoreUrl {
  return parseStoreUrl(text, backends);
}

/**
 * Opens the store at a URL, inside the rules of the contract. Nothing is connected yet. Throws CONFIG_INVALID where
 * the URL is none, or the package of its driver is missing.
 */
export async function openStore(text: string): Promise<Store> {
  const parsed = readStoreUrl(text);
  if ('reason' in parsed) {
    const problems = [{ name: 'MCP_STATE_URL', value: '(hidden)', reason: parsed.reason }];
    throw new CodedError('CONFIG_INVALID', `the URL of the store ${parsed.reason}`, { problems });
  }
  const { url } = parsed;
  const entry = backends[url.scheme];
  if (entry === undefined) throw new CodedError('INTERNAL', `no backend "${url.scheme}"`);
  const { open } = await entry.load();
  return checkedStore(await open(url));
}
