// Reads MCP_STATE_URL into scheme and place; it opens nothing, and no reason that it gives holds a password.
import { nearestName } from '../base/nearest-name.ts';

/** Where state lives. */
export type StoreUrl = {
  /** A key of the list of backends, such as `filetree`. */
  readonly scheme: string;
  /** The whole URL as it was given; it may hold a password. */
  readonly text: string;
  /** What follows the scheme and its colon: a path for backends on a disk. */
  readonly place: string;
};

/** The URL, or the reason why it is none: one line, lower case, no full stop. */
export type ParsedStoreUrl = { readonly url: StoreUrl } | { readonly reason: string };

/** What the list of backends says about how a URL looks. */
export type UrlForms = Readonly<Record<string, { readonly form: string; readonly place: UrlPlace }>>;

/** What stands after the scheme: nothing, a path (that may be left out), or an authority as in `//host`. */
export type UrlPlace = 'nothing' | 'path' | 'optional path' | 'authority';

/** Reads a URL against the forms that are known. */
export function parseStoreUrl(text: string, forms: UrlForms): ParsedStoreUrl {
  const match = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text.trim());
  const known = Object.keys(forms);
  if (match === null) return { reason: `must begin with a scheme: ${known.join(', ')}` };
  const scheme = (match[1] ?? '').toLowerCase();
  const form = forms[scheme];
  if (form === undefined) return { reason: unknownScheme(scheme, known) };
  const rest = match[2] ?? '';
  const place = form.place === 'authority' ? rest : pathOf(rest);
  const reason = misplaced(form.place, place);
  if (reason !== undefined) return { reason: `${reason}; the form is ${form.form}` };
  return { url: { scheme, text: text.trim(), place } };
}

function unknownScheme(scheme: string, known: readonly string[]): string {
  const nearest = nearestName(scheme, known);
  const guess = nearest === undefined ? '' : `, did you mean ${nearest}`;
  return `has an unknown scheme "${scheme}"${guess}; known are ${known.join(', ')}`;
}

function misplaced(wanted: UrlPlace, place: string): string | undefined {
  if (wanted === 'nothing') return place === '' ? undefined : 'takes nothing after the scheme';
  if (wanted === 'authority') return /^\/\/[^/]/.test(place) ? undefined : 'names no host';
  if (place === '') return wanted === 'optional path' ? undefined : 'names no path';
  if (place.includes('\0')) return 'holds a NUL';
  return undefined;
}

/** `file:`-like URLs may write `///path`; a path is taken as it is, percent signs included. */
function pathOf(rest: string): string {
  return rest.startsWith('///') ? rest.slice(2) : rest;
}
