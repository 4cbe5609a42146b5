// Reads the text of one option into a value; it knows kinds of values, not options, and never echoes a text.
import { isIP } from 'node:net';
import { parseStoreUrl } from '../base/store-url.ts';
import type { TrustedProxies } from './configuration.ts';

/** The value, or the reason why the text is not one: one line, lower case, no full stop. */
export type Parsed<Value> = { readonly value: Value } | { readonly reason: string };

/** A kind of value: what the reference page calls it, and its reader. */
export type ValueKind<Value> = {
  readonly name: string;
  readonly parse: (text: string) => Parsed<Value>;
};

const bytesPerUnit: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: 1024 ** 3,
};
const millisecondsPerUnit: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Any text. */
export const text: ValueKind<string> = { name: 'text', parse: (value) => ({ value }) };

/** The path of a file; whether it can be read shows when it is read. */
export const filePath: ValueKind<string> = { name: 'path', parse: (value) => ({ value }) };

/** `on` or `off`, and what Postgres takes for a boolean (manual, "Boolean Type"). */
export const onOff: ValueKind<boolean> = {
  name: 'on or off',
  parse: (given) => {
    const word = given.toLowerCase();
    if (['on', 'true', 'yes', '1'].includes(word)) return { value: true };
    if (['off', 'false', 'no', '0'].includes(word)) return { value: false };
    return { reason: 'must be on or off' };
  },
};

/** A whole number between two bounds, both included. */
export function integer(min: number, max: number): ValueKind<number> {
  return {
    name: `number, ${min} to ${max}`,
    parse: (given) => (/^[+-]?\d+$/.test(given) ? within(Number(given), min, max) : notAWholeNumber),
  };
}

const notAWholeNumber = { reason: 'must be a whole number' };

/** A time with Postgres' units: ms, s, min, h, d. The value is milliseconds. A unit must be given. */
export function duration(min: string, max: string): ValueKind<number> {
  const name = `duration, ${min} to ${max}`;
  return {
    name,
    parse: (given) => {
      const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(given);
      const scale = millisecondsPerUnit[match?.[2]?.toLowerCase() ?? ''];
      if (match === null) return { reason: 'must be a number with a unit: ms, s, min, h or d' };
      if (scale === undefined) return { reason: 'needs a unit: ms, s, min, h or d' };
      const value = Math.round(Number(match[1]) * scale);
      if (value < milliseconds(min) || value > milliseconds(max))
        return { reason: `must be ${min} to ${max}` };
      return { value };
    },
  };
}

/** A size with Postgres' units: B, kB, MB, GB, each 1024 of the one before. The value is bytes. */
export function size(min: string, max: string): ValueKind<number> {
  return {
    name: `size, ${min} to ${max}`,
    parse: (given) => {
      const value = bytes(given);
      if (value === undefined) return { reason: 'must be a number with one of the units B, kB, MB, GB' };
      if (value < (bytes(min) ?? 0) || value > (bytes(max) ?? 0))
        return { reason: `must be ${min} to ${max}` };
      return { value };
    },
  };
}

/** One of several words, case ignored. */
export function oneOf<Word extends string>(words: readonly Word[]): ValueKind<Word> {
  return {
    name: words.join(', '),
    parse: (given) => {
      const value = words.find((word) => word === given.toLowerCase());
      return value === undefined ? { reason: `must be one of ${words.join(', ')}` } : { value };
    },
  };
}

/** Items between commas; blanks around an item and empty items do not count. */
export function list<Item extends string>(item: ValueKind<Item>): ValueKind<readonly Item[]> {
  return {
    name: `list of ${item.name}s`,
    parse: (given) => {
      const value: Item[] = [];
      for (const part of given.split(',')) {
        if (part.trim() === '') continue;
        const parsed = item.parse(part.trim());
        if ('reason' in parsed) return parsed;
        value.push(parsed.value);
      }
      return { value: Object.freeze(value) };
    },
  };
}

/** The name of a schema or function as it stands in the catalog, so at most 63 bytes (manual, "Identifiers"). */
export const identifier: ValueKind<string> = {
  name: 'name',
  parse: (value) =>
    Buffer.byteLength(value) > 63 && !value.includes('.')
      ? { reason: 'names are at most 63 bytes long' }
      : { value },
};

/** The part of an e-mail address behind the @, without it. */
export const mailDomain: ValueKind<string> = {
  name: 'domain',
  parse: (given) =>
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i.test(given)
      ? { value: given.toLowerCase() }
      : { reason: 'must be a domain such as example.com, without @ and without *' },
};

/** A host name or address to listen on or to be called by, without scheme, path or blanks. */
export const hostName: ValueKind<string> = {
  name: 'host',
  parse: (value) =>
    /^[A-Za-z0-9._:[\]*-]+$/.test(value)
      ? { value }
      : { reason: 'must be a host name or an address, nothing else' },
};

/** An absolute http or https URL without query; a slash at the end is dropped. */
export const webUrl: ValueKind<string> = {
  name: 'URL',
  parse: (given) => {
    const url = webAddress(given);
    if (url === undefined) return { reason: 'must be an absolute http or https URL' };
    if (url.search !== '' || url.hash !== '' || url.username !== '')
      return { reason: 'must not hold a query, a fragment or a user' };
    return { value: `${url.origin}${url.pathname}`.replace(/\/+$/, '') };
  },
};

/** Where state lives; which schemes there are says `src/base/store-url.ts`. */
export const storeUrl: ValueKind<string> = {
  name: 'URL of a store',
  parse: (given) => {
    const parsed = parseStoreUrl(given);
    return 'url' in parsed ? { value: parsed.url.text } : parsed;
  },
};

/** A secret that keys are derived from: long enough that nobody finds it by trying. */
export const sealingSecret: ValueKind<string> = {
  name: 'secret',
  parse: (value) =>
    Buffer.byteLength(value) < minSecretBytes
      ? { reason: `each secret needs ${minSecretBytes} bytes or more` }
      : { value },
};

const minSecretBytes = 32;

/** A redirect URI as clients write it; it is compared to the letter, so nothing of it is changed. */
export const redirectUri: ValueKind<string> = {
  name: 'redirect URI',
  parse: (given) => {
    const url = webAddress(given);
    if (url?.protocol !== 'https:') return { reason: 'must hold https URLs only' };
    if (url.href !== given || url.hash !== '' || url.username !== '')
      return { reason: 'must hold URLs in their normal form, without a fragment or a user' };
    return { value: given };
  },
};

/** A web origin: scheme, host and port only (RFC 6454), or * for all. */
export const webOrigin: ValueKind<string> = {
  name: 'origin',
  parse: (given) => {
    if (given === '*') return { value: given };
    const url = webAddress(given);
    if (url === undefined || url.pathname !== '/' || url.search !== '')
      return { reason: 'must be an origin: scheme, host and port only' };
    return { value: url.origin };
  },
};

const proxyWords = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** An address, or a network as address/bits; anything else would end the start without a word of where it stood. */
function isProxyAddress(part: string): boolean {
  const [address = '', bits, more] = part.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return proxyWords.has(part);
  if (bits === undefined) return !address.includes('%');
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

/** `off`, `on`, or a list of addresses, networks and the words loopback, linklocal, uniquelocal. */
export const proxies: ValueKind<TrustedProxies> = {
  name: 'on, off or a list of addresses and networks',
  parse: (given) => {
    const switched = onOff.parse(given);
    if ('value' in switched) return switched;
    const parts = list(text).parse(given);
    if ('reason' in parts) return parts;
    if (parts.value.every(isProxyAddress)) return parts;
    return { reason: 'must be off, on, or addresses and networks such as 10.0.0.0/8' };
  },
};

function within(value: number, min: number, max: number): Parsed<number> {
  return value < min || value > max ? { reason: `must be ${min} to ${max}` } : { value };
}

function milliseconds(written: string): number {
  const match = /^(\d+)([a-z]+)$/.exec(written);
  return Number(match?.[1]) * (millisecondsPerUnit[match?.[2] ?? ''] ?? Number.NaN);
}

function bytes(written: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(written);
  const scale = bytesPerUnit[match?.[2]?.toLowerCase() ?? ''];
  return match === null || scale === undefined ? undefined : Math.floor(Number(match[1]) * scale);
}

function webAddress(given: string): URL | undefined {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}
