// What the options of the state say together; it opens no store.
import type { Problem } from '../base/problem.ts';
import { needOfSecrets, parseStoreUrl } from '../base/store-url.ts';
import type { Configuration } from './configuration.ts';
import { dataDirectory } from './data-directory.ts';
import type { Surroundings } from './environment.ts';
import { type OptionValues, options } from './options.ts';

/** Where state is and what seals it; a file tree in the data folder of the account where nothing is named. */
export function stateOf(surroundings: Surroundings, values: OptionValues): Configuration['state'] {
  const url = values.MCP_STATE_URL ?? `filetree:${dataDirectory(surroundings)}`;
  return {
    url,
    isNamed: values.MCP_STATE_URL !== undefined,
    timeoutMs: values.MCP_STATE_TIMEOUT,
    secrets: values.MCP_STATE_SECRETS,
  };
}

/** Signing in leaves records that open sessions, so a store that others can read must not hold them in the clear. */
export function stateProblems({ MCP_STATE_URL: url, MCP_STATE_SECRETS: secrets }: OptionValues): Problem[] {
  const parsed = url === undefined ? undefined : parseStoreUrl(url);
  if (parsed === undefined || !('url' in parsed) || (secrets ?? []).length > 0) return [];
  const reason = needOfSecrets(parsed.url.scheme);
  const { example } = options.MCP_STATE_SECRETS;
  return reason === undefined ? [] : [{ name: 'MCP_STATE_SECRETS', reason, example }];
}
