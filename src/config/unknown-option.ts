// Names that no option has: which of them are mistakes, and what was probably meant.
import { nearestName } from '../base/nearest-name.ts';
import type { Problem } from '../base/problem.ts';
import { isOptionName, optionNames, options } from './options.ts';

/** The problem of a name that no option has. */
export function unknownOption(name: string, where: string): Problem {
  const plain = name.replace(/^MCP_/, '');
  const nearest = [name, plain, `MCP_${plain}`]
    .map((each) => nearestName(each, optionNames))
    .find((each) => each !== undefined);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}`;
  return { name, reason: `no option of this name (${where})${hint}` };
}

/** Names in an environment that look like ours and are not. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env).filter(
    (name) => name.startsWith('MCP_') && !isKnown(name) && !isForeign(name, env[name]),
  );
}

// Variables of MCP clients that a server inherits when such a client starts it.
const clientVariables = new Set([
  'MCP_TIMEOUT',
  'MCP_TOOL_TIMEOUT',
  'MCP_CLIENT_SECRET',
  'MCP_OAUTH_CALLBACK_PORT',
  'MCP_CONNECTION_NONBLOCKING',
  'MCP_AUTO_OPEN_ENABLED',
  'MCP_PROXY_AUTH_TOKEN',
  'MCP_PROXY_FULL_ADDRESS',
  'MCP_SERVER_REQUEST_TIMEOUT',
  'MCP_REQUEST_TIMEOUT_RESET_ON_PROGRESS',
  'MCP_REQUEST_MAX_TOTAL_TIMEOUT',
]);

// Kubernetes puts variables like these into every container beside a service called mcp or mcp-something.
const serviceVariable = /(_SERVICE_HOST|_SERVICE_PORT(_[A-Z0-9_]+)?|_PORT_\d+_(TCP|UDP)(_[A-Z]+)?)$/;

function isForeign(name: string, value = ''): boolean {
  return clientVariables.has(name) || serviceVariable.test(name) || value.startsWith('tcp://');
}

function isKnown(name: string): boolean {
  if (isOptionName(name)) return true;
  const secret = name.replace(/_FILE$/, '');
  return isOptionName(secret) && options[secret].secret === true;
}
