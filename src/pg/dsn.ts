// Splits a libpq connection URI into its parts as libpq does; it opens nothing and repeats no part of the URI in a reason.
import { nearestName } from '../base/nearest-name.ts';

/** The parts that we use, by libpq's keywords (PostgreSQL manual, "Parameter Key Words"). */
export const dsnKeywords = [
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'passfile',
  'application_name',
] as const;

/** One of those keywords. */
export type DsnKeyword = (typeof dsnKeywords)[number];

/** The parts that were given; reasons and warnings name keywords, never values. */
export type DsnParts = {
  readonly parts: Readonly<Partial<Record<DsnKeyword, string>>>;
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
};

/** Keywords of libpq that change nothing here, with what to use instead. */
const ignoredKeywords: Readonly<Record<string, string>> = {
  connect_timeout: 'MCP_CONNECT_TIMEOUT sets the time of a login',
  channel_binding: 'sslmode=verify-full proves the server instead',
  client_encoding: 'the server always speaks UTF-8',
  fallback_application_name: 'PGAPPNAME names the connection',
  gssencmode: 'only TLS encrypts connections here',
  keepalives: 'keep-alives are always on',
  keepalives_idle: 'keep-alives are always on',
  keepalives_interval: 'keep-alives are always on',
  keepalives_count: 'keep-alives are always on',
  tcp_user_timeout: 'every query has a deadline of its own',
  load_balance_hosts: 'one host is used',
};

/** Keywords of libpq that would be dangerous or misleading to ignore. */
const refusedKeywords: Readonly<Record<string, string>> = {
  options: 'startup options are refused by PgBouncer; limits are set per transaction',
  hostaddr: 'give the address as host',
  service: 'service files are not read',
  target_session_attrs: 'name the one host that is meant',
  sslcrl: 'revocation lists are not read',
  sslcrldir: 'revocation lists are not read',
  sslpassword: 'keys with a password are not read',
  sslnegotiation: 'only the usual negotiation is spoken',
  require_auth: 'the server chooses how to log in',
  requirepeer: 'the owner of a socket is not checked',
};

const encodeHint = 'characters such as @ : / ? # in the user or the password must be percent-encoded';

/** Parts of `postgres://user:password@host:port/dbname?keyword=value` (manual, "Connection URIs"). */
export function parseDsn(dsn: string): DsnParts {
  const match = /^postgres(?:ql)?:\/\/(.*)$/s.exec(dsn.trim());
  if (match === null) return refused('must be a URI that begins with postgres://');
  const [main = '', ...query] = splitCredentials(match[1] ?? '');
  const raw: [string, string][] = [];
  const reasons: string[] = [];
  addCredentials(raw, query.length > 0 ? main : undefined);
  addLocation(raw, reasons, query.length > 0 ? query.join('@') : main);
  return decodeParts(raw, reasons);
}

// libpq ends the credentials at the first @ that comes before any slash.
function splitCredentials(rest: string): string[] {
  const end = rest.search(/[@/]/);
  return end === -1 || rest[end] === '/' ? [rest] : [rest.slice(0, end), rest.slice(end + 1)];
}

function addCredentials(raw: [string, string][], credentials: string | undefined): void {
  if (credentials === undefined) return;
  const colon = credentials.indexOf(':');
  raw.push(['user', colon === -1 ? credentials : credentials.slice(0, colon)]);
  if (colon !== -1) raw.push(['password', credentials.slice(colon + 1)]);
}

function addLocation(raw: [string, string][], reasons: string[], location: string): void {
  const match = /^(\[[^\]]*\]|[^:/?,]*)(?::([^/?,]*))?(,[^/?]*)?(?:\/([^?]*))?(?:\?(.*))?$/s.exec(location);
  if (match === null) {
    reasons.push(`is not a well-formed URI; ${encodeHint}`);
    return;
  }
  const [, host = '', port = '', more, database = '', query = ''] = match;
  if (more !== undefined) reasons.push('several hosts are not supported; name one');
  if (!/^\d*$/.test(port)) reasons.push(`the port is not a number; ${encodeHint}`);
  if (/[@\s]/.test(host)) reasons.push(`the host is not well formed; ${encodeHint}`);
  raw.push(['host', host.replace(/^\[(.*)\]$/, '$1')], ['port', port], ['dbname', database]);
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    if (equals === -1) reasons.push('a parameter after the ? has no value');
    else raw.push([pair.slice(0, equals), pair.slice(equals + 1)]);
  }
}

function decodeParts(raw: readonly [string, string][], reasons: string[]): DsnParts {
  const parts: Partial<Record<DsnKeyword, string>> = {};
  const warnings: string[] = [];
  for (const [keyword, encoded] of raw) {
    const value = decoded(encoded);
    if (value === undefined) reasons.push(`"${plainWord(keyword)}" holds an invalid percent-encoding`);
    else if (isDsnKeyword(keyword)) {
      if (value !== '') parts[keyword] = value;
    } else if (keyword === 'ssl' && value === 'true') {
      parts.sslmode = 'require'; // libpq takes the spelling of JDBC
    } else if (Object.hasOwn(ignoredKeywords, keyword)) {
      warnings.push(`"${keyword}" is ignored: ${ignoredKeywords[keyword]}`);
    } else reasons.push(unknownKeyword(keyword));
  }
  return { parts, reasons, warnings };
}

function unknownKeyword(keyword: string): string {
  const refusal = refusedKeywords[keyword];
  if (refusal !== undefined) return `"${keyword}" is not supported: ${refusal}`;
  const nearest = nearestName(keyword, [...dsnKeywords, ...Object.keys(ignoredKeywords)]);
  return `unknown parameter "${plainWord(keyword)}"${nearest === undefined ? '' : `; did you mean "${nearest}"`}`;
}

// What stands before an equals sign may be half of a password that was not encoded: only plain words are repeated.
function plainWord(keyword: string): string {
  return /^[a-z_]{1,30}$/.test(keyword) ? keyword : '…';
}

function decoded(encoded: string): string | undefined {
  try {
    const value = decodeURIComponent(encoded);
    return value.includes('\0') ? undefined : value;
  } catch {
    return undefined;
  }
}

function isDsnKeyword(keyword: string): keyword is DsnKeyword {
  return (dsnKeywords as readonly string[]).includes(keyword);
}

function refused(reason: string): DsnParts {
  return { parts: {}, reasons: [reason], warnings: [] };
}
