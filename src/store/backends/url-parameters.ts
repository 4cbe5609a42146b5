// Reads host, account and parameters of an MCP_STATE_URL for backends; a refusal shows no part that may hold a password.
import { CodedError } from '../../base/errors.ts';
import type { StoreUrl } from '../../base/store-url.ts';

/** What may stand in a parameter, and what the refusal calls it. */
export type ParameterForm = { readonly pattern: RegExp; readonly form: string };

/** Names of tables, indexes, databases and prefixes. */
export const plainName: ParameterForm = {
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/,
  form: 'up to 100 letters, digits, "_", "." and "-"',
};

/** `yes` or `no`. */
export const yesOrNo: ParameterForm = { pattern: /^(yes|no)$/, form: 'yes or no' };

/** The parts of a URL. */
export function urlOf({ text }: StoreUrl): URL {
  if (URL.canParse(text)) return new URL(text);
  throw urlProblem('is no URL; a "/", "@", ":" or "%" in a user or password is written %2F, %40, %3A, %25');
}

/** The parameters as given. An unknown one, or one of another form, is refused with CONFIG_INVALID. */
export function readParameters<Name extends string>(
  url: URL,
  known: Readonly<Record<Name, ParameterForm>>,
): Readonly<Partial<Record<Name, string>>> {
  const given: Partial<Record<Name, string>> = {};
  for (const [name, value] of url.searchParams) {
    if (!isKnown(name, known))
      throw urlProblem(`has an unknown parameter "${name}"; known are ${Object.keys(known).join(', ')}`);
    const { pattern, form } = known[name];
    if (!pattern.test(value)) throw urlProblem(`needs ${form} as its parameter "${name}"`);
    given[name] = value;
  }
  return given;
}

function isKnown<Name extends string>(name: string, known: Readonly<Record<Name, unknown>>): name is Name {
  return Object.hasOwn(known, name);
}

/** The host without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** User and password, decoded; undefined where none is given. */
export function accountOf(url: URL): { readonly user: string; readonly password: string } | undefined {
  if (url.username === '' && url.password === '') return undefined;
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    throw urlProblem('has a "%" in its user or password that is not written %25');
  }
}

/** CONFIG_INVALID about MCP_STATE_URL. */
export function urlProblem(reason: string): CodedError {
  const problems = [{ name: 'MCP_STATE_URL', value: '(hidden)', reason }];
  return new CodedError('CONFIG_INVALID', `the URL of the store ${reason}`, { problems });
}
