// The questions that the door asks of headers, as pure functions; what follows from an answer is decided elsewhere.
import { loopbackNames } from '../base/loopback.ts';

/**
 * Whether a Host header names this server (DNS rebinding). An allowed entry with a port must match as a whole, one
 * without matches any port; `*` allows every name. Loopback names are always allowed.
 */
export function isAllowedHost(host: string | undefined, allowed: readonly string[]): boolean {
  if (host === undefined || host === '') return false;
  const given = host.toLowerCase();
  const name = given.replace(/:\d+$/, '');
  if (loopbackNames.has(name)) return true;
  return allowed.some(
    (entry) => entry === '*' || entry.toLowerCase() === given || entry.toLowerCase() === name,
  );
}

/**
 * Whether a page of this Origin may call us. Programs send none; a page must come from an allowed origin (scheme, host
 * and port as the browser writes them; `*` allows all), from a loopback page, or from the host that it calls.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  const given = origin.toLowerCase();
  if (allowed.some((entry) => entry === '*' || entry.toLowerCase().replace(/\/$/, '') === given)) return true;
  const match = /^https?:\/\/(.+)$/.exec(given);
  const authority = match?.[1];
  if (authority === undefined) return false;
  return authority === host?.toLowerCase() || loopbackNames.has(authority.replace(/:\d+$/, ''));
}

/** Whether the client takes both forms of an answer (Streamable HTTP: JSON and an event stream). */
export function acceptsBoth(accept: string | undefined): boolean {
  // Word for word what nearly every client sends.
  if (accept === undefined || accept === 'application/json, text/event-stream') return true;
  const ranges = new Map(accept.toLowerCase().split(',').map(mediaRange));
  return ['application/json', 'text/event-stream'].every((type) => {
    const range = [type, type.replace(/\/.*/, '/*'), '*/*'].find((each) => ranges.has(each));
    return range !== undefined && ranges.get(range) !== 0;
  });
}

/** A media range and its weight, of which the most specific one counts (RFC 9110, 12.5.1). */
function mediaRange(text: string): [range: string, weight: number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim());
  const weight = parameters.find((each) => each.startsWith('q='));
  return [range, weight === undefined ? 1 : Number(weight.slice(2))];
}

/** Whether a session id has the form of those that we issue (a random UUID). */
export function isSessionId(session: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(session);
}

/** The key under which an address is counted: IPv6 by its /64, since one customer commands all of it. */
export function addressKey(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) while (groups.length < 4) groups.push('0');
  return `${groups.slice(0, 4).join(':')}::/64`;
}
