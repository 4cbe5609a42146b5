// Makes the requests of real clients into those that the standards describe, before they are judged: what does not matter
// is dropped, what may be written in two ways is written in one. It never makes a forbidden request into an allowed one.
import { normalisedScopes } from './scopes.ts';
import { clientAuthMethods } from './server-metadata.ts';

/** Parameters of an authorization request that mean something here; duplicates are kept, so that they are refused. */
const authorizationParameters = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'state',
  'code_challenge',
  'code_challenge_method',
  'resource',
  'prompt',
];
const tokenParameters = [
  'grant_type',
  'client_id',
  'client_secret',
  'code',
  'code_verifier',
  'redirect_uri',
  'refresh_token',
  'resource',
  'scope',
];
const knownPrompts = new Set(['none', 'login', 'consent']);
const mostRedirectUris = 10;
const longestName = 100;

/** The query of an authorization request. */
export function normalisedAuthorization(query: URLSearchParams): URLSearchParams {
  const kept = picked(query, authorizationParameters);
  const prompts = (query.get('prompt') ?? '').split(' ').filter((prompt) => knownPrompts.has(prompt));
  if (prompts.length > 0) kept.set('prompt', prompts.join(' '));
  else kept.delete('prompt');
  // The server underneath knows two more modes: one shows the code to scripts of the client's page, one is a form that our
  // policy stops. Whatever is not offered gets a name that it refuses.
  if (kept.has('response_mode') && kept.get('response_mode') !== 'query') kept.set('response_mode', 'none');
  const offline = query.get('scope')?.split(' ').includes('offline_access') === true;
  kept.set(
    'scope',
    [...normalisedScopes(query.get('scope') ?? undefined), ...(offline ? ['offline_access'] : [])].join(' '),
  );
  return withResources(kept);
}

/** The form of a token request. A scope that only repeats what is given anyway is dropped. */
export function normalisedToken(form: URLSearchParams): URLSearchParams {
  const kept = picked(form, tokenParameters);
  if (kept.get('grant_type') !== 'refresh_token') kept.delete('scope');
  const scopes = (kept.get('scope') ?? '')
    .split(' ')
    .filter((scope) => scope !== '' && scope !== 'offline_access');
  if (kept.has('scope') && scopes.length === 0) kept.delete('scope');
  else if (kept.has('scope') && kept.getAll('scope').length === 1) kept.set('scope', scopes.join(' '));
  return withResources(kept);
}

/**
 * Client metadata as they are kept: what this server uses, and nothing else (RFC 7591, section 2: a server may replace or
 * ignore what it does not support). Undefined where the body is no JSON object.
 */
export function normalisedRegistration(body: unknown): Record<string, unknown> | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const given = body as Readonly<Record<string, unknown>>;
  const { redirect_uris: uris, client_name: name, token_endpoint_auth_method: method } = given;
  return {
    redirect_uris: Array.isArray(uris) ? uris.slice(0, mostRedirectUris + 1) : [],
    client_name: shownName(name),
    token_endpoint_auth_method: clientAuthMethods.find((known) => known === method) ?? 'none',
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    // Loopback clients choose their port anew each time (RFC 8252, section 7.3), which only native ones may.
    application_type: 'native',
  };
}

/** Most redirect URIs of one client. */
export const redirectUriLimit = mostRedirectUris;

/** A client's own name, as it may be shown: without control characters, marks that turn the line around, and letters that are blank. */
export function shownName(name: unknown): string {
  const text =
    typeof name === 'string'
      ? name.replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu, '').trim()
      : '';
  return text === '' ? 'MCP client' : Array.from(text).slice(0, longestName).join('');
}

function picked(given: URLSearchParams, names: readonly string[]): URLSearchParams {
  const kept = new URLSearchParams();
  for (const name of names) for (const value of given.getAll(name)) kept.append(name, value);
  return kept;
}

/** `resource` without the slash at its end, which people type and clients pass on; the same one twice is one. */
function withResources(parameters: URLSearchParams): URLSearchParams {
  const resources = new Set(parameters.getAll('resource').map((resource) => resource.replace(/\/+$/, '')));
  parameters.delete('resource');
  for (const resource of resources) parameters.append('resource', resource);
  return parameters;
}
