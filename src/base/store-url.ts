// Reads MCP_STATE_URL into scheme and place; it opens nothing, and no reason that it gives holds a password.
import { nearestName } from './nearest-name.ts';

/** Where state lives. */
export type StoreUrl = {
  readonly scheme: StoreScheme;
  /** The whole URL as it was given; it may hold a password. */
  readonly text: string;
  /** What follows the scheme and its colon: a path for backends on a disk. */
  readonly rest: string;
};

/** The URL, or the reason why it is none: one line, lower case, no full stop. */
export type ParsedStoreUrl = { readonly url: StoreUrl } | { readonly reason: string };

/** What stands after the scheme: nothing, a path, or an authority as in `//host`. */
export type StoreUrlRest = 'nothing' | 'path' | 'authority';

/** Every kind of store by scheme, and how its URL looks. `src/store/backends/index.ts` has a backend for each. */
export const storeSchemes = {
  memory: { form: 'memory:', rest: 'nothing' },
  filetree: { form: 'filetree:/var/lib/pg-analytics-mcp', rest: 'path' },
  sqlite: { form: 'sqlite:/var/lib/pg-analytics-mcp/state.db', rest: 'path' },
  postgres: { form: 'postgres://user:password@host/database', rest: 'authority' },
  postgresql: { form: 'postgresql://user:password@host/database', rest: 'authority' },
  redis: { form: 'redis://user:password@host:6379/0', rest: 'authority' },
  rediss: { form: 'rediss://user:password@host:6379/0', rest: 'authority' },
  valkey: { form: 'valkey://user:password@host:6379/0', rest: 'authority' },
  valkeys: { form: 'valkeys://user:password@host:6379/0', rest: 'authority' },
  dynamodb: { form: 'dynamodb://region/table', rest: 'authority' },
  mongodb: { form: 'mongodb://user:password@host:27017/database', rest: 'authority' },
  'mongodb+srv': { form: 'mongodb+srv://user:password@host/database', rest: 'authority' },
  elasticsearch: { form: 'elasticsearch://user:password@host:9200', rest: 'authority' },
  'elasticsearch+https': { form: 'elasticsearch+https://user:password@host:9200', rest: 'authority' },
  memcached: { form: 'memcached://host:11211', rest: 'authority' },
  rocksdb: { form: 'rocksdb:/var/lib/pg-analytics-mcp/rocksdb', rest: 'path' },
} as const satisfies Record<string, { readonly form: string; readonly rest: StoreUrlRest }>;

/** The scheme of a kind of store. */
export type StoreScheme = keyof typeof storeSchemes;

/** Reads an MCP_STATE_URL. */
export function parseStoreUrl(text: string): ParsedStoreUrl {
  const match = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text.trim());
  if (match === null) return { reason: `must begin with a scheme: ${known()}` };
  const scheme = (match[1] ?? '').toLowerCase();
  if (!isStoreScheme(scheme)) return { reason: unknownScheme(scheme) };
  const { form, rest: wanted } = storeSchemes[scheme];
  const rest = wanted === 'path' ? pathOf(match[2] ?? '') : (match[2] ?? '');
  const reason = misplaced(wanted, rest);
  if (reason !== undefined) return { reason: `${reason}; the form is ${form}` };
  return { url: { scheme, text: text.trim(), rest } };
}

/**
 * Why a store needs secrets of the operator; undefined for those that can do without: what is in memory only, and a file
 * tree, which keeps a secret of its own beside the records.
 */
export function needOfSecrets(scheme: StoreScheme): string | undefined {
  if (scheme === 'memory' || scheme === 'filetree') return undefined;
  return `must be given where MCP_STATE_URL is of the kind ${scheme}, because whoever reads the store could read who has signed in`;
}

function isStoreScheme(scheme: string): scheme is StoreScheme {
  return Object.hasOwn(storeSchemes, scheme);
}

function known(): string {
  return Object.keys(storeSchemes).join(', ');
}

function unknownScheme(scheme: string): string {
  const nearest = nearestName(scheme, Object.keys(storeSchemes));
  const guess = nearest === undefined ? '' : `, did you mean ${nearest}`;
  return `has an unknown scheme "${scheme}"${guess}; known are ${known()}`;
}

function misplaced(wanted: StoreUrlRest, rest: string): string | undefined {
  if (wanted === 'nothing') return rest === '' ? undefined : 'takes nothing after the scheme';
  if (wanted === 'authority') return /^\/\/[^/]/.test(rest) ? undefined : 'names no host';
  return rest === '' ? 'names no path' : undefined;
}

/** URLs of files may begin with three slashes; a path is taken as it is, percent signs included. */
function pathOf(rest: string): string {
  return rest.startsWith('///') ? rest.slice(2) : rest;
}
