// Makes a new token for an analyst; it is given back once and stored nowhere.
import { randomBytes } from 'node:crypto';
import { CodedError } from '../base/errors.ts';
import { analystName, digestToken, nameRule } from './static-tokens.ts';

/** A new token, and the line that an operator keeps in MCP_TOKENS_FILE. */
export type MintedToken = { readonly token: string; readonly line: string };

/** A token of 32 random bytes; the prefix lets secret scanners find a leaked one. Throws INPUT_INVALID for a bad name. */
export function mintToken(name: string): MintedToken {
  if (!analystName.test(name)) throw new CodedError('INPUT_INVALID', nameRule);
  const token = `pgam_${randomBytes(32).toString('base64url')}`;
  return { token, line: `${name} sha256:${digestToken(token)}` };
}
