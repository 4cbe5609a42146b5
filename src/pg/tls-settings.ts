// What libpq's sslmode means for a connection: which attempts, which checks; it opens no connection.
import type { SslMode, TlsSettings } from '../base/connection-settings.ts';
import type { Problem } from '../base/problem.ts';
import { whyUnreadable } from '../base/unreadable-file.ts';
import type { ConnectionSource, Given, GivenPart } from './connection-inputs.ts';

/** What decides the TLS settings. */
export type TlsSource = {
  readonly mode: SslMode;
  readonly host: string;
  readonly given: Given;
  readonly source: ConnectionSource;
  readonly problems: Problem[];
};

const attemptsOf: Readonly<Record<SslMode, TlsSettings['attempts']>> = {
  disable: ['plain'],
  allow: ['plain', 'tls'],
  prefer: ['tls', 'plain'],
  require: ['tls'],
  'verify-ca': ['tls'],
  'verify-full': ['tls'],
};

/**
 * Settings for one mode (manual, "Protection Provided in Different Modes"). A Unix-domain socket is never encrypted.
 * Where root certificates are at hand the chain is checked in every mode, as libpq does for backward compatibility.
 */
export function readTlsSettings(from: TlsSource): TlsSettings {
  const { mode, host, given, source, problems } = from;
  if (mode === 'disable' || host.startsWith('/')) return { mode, attempts: ['plain'], verification: 'none' };
  const ca = readRootCertificates(from);
  return {
    mode,
    attempts: attemptsOf[mode],
    verification: verificationOf(mode, ca !== undefined),
    ca,
    cert: readNamed(given('sslcert'), source, problems),
    key: readNamed(given('sslkey'), source, problems),
  };
}

function verificationOf(mode: SslMode, hasRootCertificates: boolean): TlsSettings['verification'] {
  if (mode === 'verify-full') return 'full';
  return mode === 'verify-ca' || hasRootCertificates ? 'authority' : 'none';
}

function readRootCertificates({ mode, given, source, problems }: TlsSource): string | undefined {
  const named = given('sslrootcert');
  if (named.value === 'system') {
    if (mode !== 'verify-full')
      problems.push({
        name: named.name,
        value: 'system',
        reason: 'needs sslmode verify-full, else anyone holds a certificate',
        example: 'verify-full',
      });
    return undefined;
  }
  if (named.value !== undefined) return readNamed(named, source, problems);
  const fallback = `${source.homeDirectory}/.postgresql/root.crt`;
  try {
    return source.readFile(fallback);
  } catch {
    if (mode.startsWith('verify-'))
      problems.push({
        name: named.name,
        reason: `sslmode ${mode} needs root certificates: sslrootcert (PGSSLROOTCERT) names no file and ~/.postgresql/root.crt cannot be read`,
        example: 'sslrootcert=system',
      });
    return undefined;
  }
}

function readNamed(named: GivenPart, source: ConnectionSource, problems: Problem[]): string | undefined {
  if (named.value === undefined) return undefined;
  try {
    return source.readFile(named.value);
  } catch (error) {
    problems.push({ name: named.name, value: named.value, reason: whyUnreadable(error) });
    return undefined;
  }
}
