// Sign-in without an identity provider: the key that the command `token` made is the proof. Keys are never kept here.
import type { TokenDigest } from '../../base/principal.ts';
import type { Identity, Proof, Renewal } from '../idp/identity-provider.ts';
import { tokenFinder } from '../static-tokens.ts';

/** Name of this way in MCP_SIGN_IN and in accounts. */
export const keyWay = 'key';

/** Longest text that is looked at; every key of ours is far below. */
const maxKeyLength = 1024;

/** Whose key it is, with the proof that `renewByKey` asks for; every digest is compared in constant time. */
export function identifyByKey(
  tokens: readonly TokenDigest[],
  key: string,
): { readonly identity: Identity; readonly proof: Proof } | undefined {
  const found = tokenFinder(tokens)(key.slice(0, maxKeyLength));
  if (found === undefined || key.length > maxKeyLength) return undefined;
  const { name, sha256 } = found;
  const identity = { subject: `${keyWay}:${name}`, login: name, emailVerified: false, groups: [] };
  return { identity, proof: { name, sha256 } };
}

/** Goes on as long as the very key that was shown is among the tokens. */
export function renewByKey(tokens: readonly TokenDigest[], { name, sha256 }: Proof): Renewal {
  return tokens.some((token) => token.name === name && token.sha256 === sha256)
    ? { standing: 'active' }
    : { standing: 'ended', reason: 'the analyst key was withdrawn' };
}
