// Makes a new token for an analyst; it is given back once and stored nowhere.
import { randomBytes } from 'node:crypto';
import { digestToken } from './static-tokens.ts';

/** A new token, and the line that an operator keeps in MCP_TOKENS_FILE. */
export type MintedToken = { readonly token: string; readonly line: string };

/** A token of 32 random bytes for `name`; the prefix lets secret scanners find a leaked one. */
export function mintToken(name: string): MintedToken {
  const token = `pgam_${randomBytes(32).toString('base64url')}`;
  return { token, line: `${name} sha256:${digestToken(token)}` };
}
