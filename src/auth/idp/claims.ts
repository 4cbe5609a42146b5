// Reads claims that providers write in more ways than the standard knows; what is not of the right type is not there.

/** Claims of an ID token and of the userinfo endpoint, as they came. */
export type Claims = Readonly<Record<string, unknown>>;

/** A text that is not empty. */
export function textClaim(claims: Claims, name: string): string | undefined {
  const value = claims[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** True also for the texts and numbers that some providers send instead of a boolean. */
export function isTrueClaim(claims: Claims, name: string): boolean {
  const value = claims[name];
  return value === true || value === 'true' || value === 1 || value === '1';
}

/** The texts of a list; a single text counts as a list of one. */
export function listClaim(claims: Claims, name: string): readonly string[] | undefined {
  const value = claims[name];
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}

/** The texts of a list that stands deeper, as in `realm_access.roles`. */
export function deepListClaim(claims: Claims, ...path: readonly [string, ...string[]]): readonly string[] {
  let place: unknown = claims;
  for (const name of path.slice(0, -1))
    place = typeof place === 'object' && place !== null ? (place as Claims)[name] : undefined;
  const last = path.at(-1) ?? '';
  return typeof place === 'object' && place !== null ? (listClaim(place as Claims, last) ?? []) : [];
}

/** True for what looks like an e-mail address; whether anybody reads it there is another question. */
export function isAddress(text: string | undefined): text is string {
  return text !== undefined && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
}
