// Reads the list of external authorization servers; what a token of theirs must hold stands beside each of them.
import { isLoopback } from '../base/loopback.ts';
import type { ExternalIssuer } from './configuration.ts';
import type { Parsed, ValueKind } from './option-values.ts';

const words = ['audience', 'scope', 'name'] as const;

/** `URL word=value …` between commas; a URL must be https, or http on a loopback name. */
export const issuerList: ValueKind<readonly ExternalIssuer[]> = {
  name: 'list of issuers',
  parse: (given) => {
    const issuers: ExternalIssuer[] = [];
    for (const part of given.split(',')) {
      if (part.trim() === '') continue;
      const parsed = issuerOf(part.trim().split(/\s+/));
      if ('reason' in parsed) return parsed;
      if (issuers.some(({ issuer }) => issuer === parsed.value.issuer))
        return { reason: 'must not name an issuer twice' };
      issuers.push(parsed.value);
    }
    return { value: issuers };
  },
};

function issuerOf([issuer = '', ...settings]: readonly string[]): Parsed<ExternalIssuer> {
  const url = URL.parse(issuer);
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))))
    return { reason: 'each issuer must begin with an https URL' };
  if (url.search !== '' || url.hash !== '' || url.username !== '')
    return { reason: 'an issuer must not hold a query, a fragment or a user' };
  const found: Partial<Record<(typeof words)[number], string>> = {};
  for (const setting of settings) {
    const [, word, value] = /^([a-z]+)=(\S+)$/.exec(setting) ?? [];
    const known = words.find((one) => one === word);
    if (known === undefined || value === undefined)
      return { reason: `after an issuer only ${words.map((one) => `${one}=…`).join(', ')} may stand` };
    found[known] = value;
  }
  const { audience, scope = 'analytics:read', name = 'sub' } = found;
  return { value: { issuer, audience, scope, nameClaim: name } };
}
