// Seals what a store keeps, so that whoever reads, copies or swaps its records learns nothing and fools nobody. It keeps no record itself.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { CodedError } from '../base/errors.ts';

/** A text that was opened. */
export type Opened = {
  readonly text: string;
  /** False where an older secret opened it: it is worth sealing anew. */
  readonly isNewest: boolean;
};

/** Seals and opens with the secrets of the server. */
export type Sealing = {
  /** Bound to the place: a sealed text opens nowhere else. */
  readonly seal: (collection: string, key: string, text: string) => string;
  /** Throws STATE_UNREADABLE for plaintext, another place, another secret, or a damaged text. */
  readonly open: (collection: string, key: string, sealed: string) => Opened;
  /**
   * Keys of 32 bytes for a purpose, by HKDF (RFC 5869) from each secret: the first one signs, all of them verify. Keys of
   * different purposes tell nothing of each other.
   */
  readonly deriveKeys: (purpose: string) => readonly Uint8Array[];
};

/** A secret as it is used: its name in sealed texts, and its keys. */
type SealingKey = { readonly id: string; readonly keyFor: (collection: string) => Uint8Array };

/** First part of every sealed text: format 1, AES-256-GCM. */
const format = 'sealed1';
const sealedText = /^sealed1\.([\w-]{11})\.([\w-]{16})\.([\w-]{22,})$/;
const nonceBytes = 12;
const tagBytes = 16;

/** Seals with the first secret, opens with any. There must be one. */
export function createSealing(secrets: readonly string[]): Sealing {
  const keys = secrets.map(sealingKey);
  const [newest] = keys;
  if (newest === undefined) throw new CodedError('INTERNAL', 'there is no secret to seal with');
  return {
    seal: (collection, key, text) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', newest.keyFor(collection), nonce);
      cipher.setAAD(place(newest.id, collection, key));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [format, newest.id, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
    },
    open: (collection, key, sealed) => {
      const [, id = '', nonce = '', content = ''] = sealedText.exec(sealed) ?? [];
      if (id === '') throw unreadable('is not sealed');
      const sealer = keys.find((one) => one.id === id);
      if (sealer === undefined) throw unreadable('is sealed with a secret that the server does not have');
      const text = decipher(sealer.keyFor(collection), nonce, content, place(id, collection, key));
      return { text, isNewest: sealer === newest };
    },
    deriveKeys: (purpose) => secrets.map((secret) => derived(secret, `key ${purpose}`, 32)),
  };
}

function decipher(key: Uint8Array, nonce: string, content: string, aad: Uint8Array): string {
  const bytes = Buffer.from(content, 'base64url');
  const opener = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
    authTagLength: tagBytes,
  });
  opener.setAAD(aad);
  opener.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([opener.update(bytes.subarray(0, -tagBytes)), opener.final()]).toString('utf8');
  } catch {
    throw unreadable('is damaged, or was sealed for another place');
  }
}

function sealingKey(secret: string): SealingKey {
  const byCollection = new Map<string, Uint8Array>();
  return {
    id: Buffer.from(derived(secret, 'name of the secret', 8)).toString('base64url'),
    keyFor: (collection) => {
      const known = byCollection.get(collection);
      if (known !== undefined) return known;
      const key = derived(secret, `records of ${collection}`, 32);
      byCollection.set(collection, key);
      return key;
    },
  };
}

/** HKDF-SHA256. The secrets of operators are random, so no salt is needed (RFC 5869, section 3.1). */
function derived(secret: string, purpose: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `pg-analytics-mcp: ${purpose}`, length));
}

/** Associated data: what the text was sealed with and for. Neither part can hold the separator. */
function place(id: string, collection: string, key: string): Uint8Array {
  return Buffer.from([format, id, collection, key].join('\0'));
}

function unreadable(what: string): CodedError {
  return new CodedError('STATE_UNREADABLE', `a record of the state ${what}`);
}
