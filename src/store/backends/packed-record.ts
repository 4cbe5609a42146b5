// One record as one text, for backends that keep nothing beside a key and a value: version and expiry stand in front.
import { randomBytes } from 'node:crypto';
import type { Entry } from '../store.ts';

/** Characters of every version. */
export const versionLength = 24;

/** A version that no record ever had before: 18 random bytes as base64url. */
export function newVersion(): string {
  return randomBytes(18).toString('base64url');
}

/** `version SP expiry LF value`; the expiry is milliseconds since 1970, or "-" for none. */
export function packRecord(entry: Entry): string {
  return `${entry.version} ${entry.expiresAtMs ?? '-'}\n${entry.value}`;
}

/** Bytes that a packed record has more than its value. */
export const packedOverheadBytes = versionLength + 1 + 16 + 1;

/** The record of a packed text; undefined where the text is not one. */
export function unpackRecord(text: string): Entry | undefined {
  const end = text.indexOf('\n');
  const header = /^([\w-]{24}) (-|\d{1,16})$/.exec(text.slice(0, Math.max(end, 0)));
  if (header === null) return undefined;
  const [, version = '', expiry] = header;
  return { value: text.slice(end + 1), version, expiresAtMs: expiry === '-' ? undefined : Number(expiry) };
}

/** When a life of so many seconds that begins now ends, in whole milliseconds since 1970. */
export function expiryAfter(ttlSeconds: number | undefined, nowMs: number = Date.now()): number | undefined {
  return ttlSeconds === undefined ? undefined : Math.ceil(nowMs + ttlSeconds * 1_000);
}

/** Whether a record is still alive by the clock of this machine. */
export function isAlive(entry: { readonly expiresAtMs: number | undefined }): boolean {
  return entry.expiresAtMs === undefined || entry.expiresAtMs > Date.now();
}
