// Choices of the operator that are legal and dangerous: one warning each, with the reason in the same sentence.

import type { ConnectionSettings } from '../base/connection-settings.ts';
import { isLoopback } from '../base/loopback.ts';
import type { Configuration, Purpose } from './configuration.ts';

type Choice = (configuration: Configuration) => string | undefined;

/** The warnings that a configuration deserves; whole sentences. */
export function unsafeChoices(configuration: Configuration, purpose: Purpose): string[] {
  const choices = purpose === 'stdio' ? choicesEverywhere : [...choicesEverywhere, ...choicesOfHttp];
  return choices.map((choice) => choice(configuration)).filter((warning) => warning !== undefined);
}

const choicesEverywhere: readonly Choice[] = [
  ({ database }) => tlsWarning(database.connection),
  ({ database }) =>
    when(
      database.allowUnsafeRole,
      'MCP_ALLOW_UNSAFE_ROLE is on, so a role that can write is served and only the guard and the read-only transaction stand before the data.',
    ),
  ({ log }) =>
    when(
      log.sql,
      'MCP_LOG_SQL is on, so the log holds the text of every statement and whatever personal data stands in it.',
    ),
];

const choicesOfHttp: readonly Choice[] = [
  ({ http }) =>
    when(
      !isLoopback(http.host) && http.publicUrl === undefined && http.allowedHosts.length === 0,
      `HOST is ${http.host} without MCP_PUBLIC_URL, so requests by any name but localhost are refused because an unknown Host may be DNS rebinding.`,
    ),
  ({ http }) => {
    const plain = http.publicUrl?.startsWith('http://') === true;
    const remote = plain && !isLoopback(new URL(http.publicUrl).hostname);
    return when(remote, 'MCP_PUBLIC_URL is plain http, so tokens and answers can be read on the way.');
  },
  ({ http }) =>
    when(
      http.allowedHosts.includes('*') || http.allowedOrigins.includes('*'),
      'MCP_ALLOWED_HOSTS or MCP_ALLOWED_ORIGINS is *, so a page that an analyst opens may reach this server by DNS rebinding.',
    ),
  ({ http }) =>
    when(
      http.trustedProxies === true,
      'MCP_TRUST_PROXY is on, so whoever reaches the port can invent the address that rate limits and logs see.',
    ),
  ({ http }) =>
    when(
      http.rateLimitPerMinute === 0,
      'MCP_RATE_LIMIT is 0, so one analyst can keep every connection busy.',
    ),
  ({ admin }) =>
    when(
      admin.port !== undefined && admin.token === undefined && !isLoopback(admin.host),
      `MCP_ADMIN_HOST is ${admin.host} without MCP_ADMIN_TOKEN, so whoever reaches the port can read the metrics.`,
    ),
];

function tlsWarning({ host, tls }: ConnectionSettings): string | undefined {
  if (host.startsWith('/') || isLoopback(host)) return undefined;
  if (tls.attempts.includes('plain'))
    return `sslmode is ${tls.mode} for a database on another machine, so passwords and answers may travel unencrypted; use verify-full.`;
  return when(
    tls.verification !== 'full',
    `sslmode is ${tls.mode} for a database on another machine, so another server could pose as the database; use verify-full.`,
  );
}

function when(condition: boolean, warning: string): string | undefined {
  return condition ? warning : undefined;
}
