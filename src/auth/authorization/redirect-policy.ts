// Which redirect URIs a client may have: a short list, compared exactly. A URI that could be read in two ways is refused.
import { loopbackNames } from '../../base/loopback.ts';

/** Where Claude takes the answer to an authorization request. */
const claudeRedirectUris: readonly string[] = [
  'https://claude.ai/api/mcp/auth_callback',
  'https://claude.com/api/mcp/auth_callback',
];

const longestUri = 512;

/** Whether a redirect URI leads to the machine on which the browser runs; the port is any, the path its own. */
export function isLoopbackUri(uri: string): boolean {
  const url = URL.parse(uri);
  return url?.protocol === 'http:' && loopbackNames.has(url.hostname);
}

/** The reason why a client may not have this redirect URI, or undefined. */
export function redirectProblem(uri: unknown, allowed: readonly string[]): string | undefined {
  if (typeof uri !== 'string') return 'must be text';
  const problem = formProblem(uri);
  if (problem !== undefined) return problem;
  if (claudeRedirectUris.includes(uri) || allowed.includes(uri) || isLoopbackUri(uri)) return undefined;
  return 'is not one of those that the operator of this server allows (MCP_OAUTH_REDIRECTS)';
}

/** The reason why a URI is none that could be compared exactly (RFC 9700, section 4.1.3), or undefined. */
function formProblem(uri: string): string | undefined {
  if (uri.length > longestUri) return `is longer than ${longestUri} characters`;
  // Parsers drop or translate these, each in its own way.
  if (/[^\x21-\x7e]|[\\<>"`{}|^]/.test(uri)) return 'holds characters that must be encoded';
  const url = URL.parse(uri);
  if (url === null) return 'is not an absolute URI';
  if (url.protocol !== 'https:' && !isLoopbackUri(uri))
    return 'must use https, or http on a loopback address';
  if (uri.includes('#')) return 'must not have a fragment';
  if (url.username !== '' || url.password !== '' || /^[a-z]+:\/\/[^/?]*@/i.test(uri))
    return 'must not have a user';
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(pathOf(uri))) return 'must not have dot segments';
  // What is left after parsing must be what was written, or two readers see two places.
  return url.href === uri || url.href === `${uri}/` ? undefined : 'is not in its normal form';
}

function pathOf(uri: string): string {
  return uri.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/, '');
}
