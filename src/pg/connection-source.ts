// Turns DATABASE_URL and the PG variables into connection settings; it reads only the files that they name.
import type { ConnectionSettings, SslMode } from '../base/connection-settings.ts';
import { sslModes } from '../base/connection-settings.ts';
import type { Problem, Reading } from '../base/problem.ts';
import type { ConnectionSource, Given } from './connection-inputs.ts';
import { type DsnKeyword, parseDsn } from './dsn.ts';
import { passwordFrom } from './password-file.ts';
import { readTlsSettings } from './tls-settings.ts';

/** The PG variables that we know, by libpq's keyword (manual, "Environment Variables"). */
const pgVariables = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  passfile: 'PGPASSFILE',
  application_name: 'PGAPPNAME',
} as const satisfies Record<DsnKeyword, string>;

/**
 * Settings of the one database; no value and no problem where neither a URL nor PGHOST, PGUSER or PGDATABASE is given.
 * The URL wins over the variables, as in libpq. No problem and no warning holds any part of a password.
 */
export function connectionSettings(source: ConnectionSource): Reading<ConnectionSettings> {
  const { url, variables } = source;
  const anyGiven = [url, variables['PGHOST'], variables['PGUSER'], variables['PGDATABASE']].some(isGiven);
  if (!anyGiven) return { problems: [], warnings: [] };
  const dsn = isGiven(url) ? parseDsn(url) : { parts: {}, reasons: [], warnings: [] };
  const problems: Problem[] = dsn.reasons.map((reason) => ({ ...urlProblem, reason }));
  const given: Given = (keyword) => {
    const part = dsn.parts[keyword];
    if (part !== undefined) return { value: part, name: 'DATABASE_URL' };
    const name = pgVariables[keyword];
    const value = variables[name];
    return isGiven(value) ? { value, name } : { name: isGiven(url) ? 'DATABASE_URL' : name };
  };
  const warnings = dsn.warnings.map((warning) => `DATABASE_URL: ${warning}.`);
  // What a malformed URI seems to say of host and role would only mislead.
  if (problems.length > 0) return { problems, warnings };
  const value = settingsFrom(given, source, problems, warnings);
  return problems.length > 0 ? { problems, warnings } : { value, problems, warnings };
}

const urlProblem = {
  name: 'DATABASE_URL',
  value: '(hidden)',
  example: 'postgres://analytics_ro:secret@db.example.com:5432/fleet?sslmode=verify-full',
} as const;

function settingsFrom(
  given: Given,
  source: ConnectionSource,
  problems: Problem[],
  warnings: string[],
): ConnectionSettings {
  const host = given('host').value ?? 'localhost';
  const port = readPort(given, problems);
  const user = given('user').value ?? '';
  if (user === '')
    problems.push({
      name: given('user').name,
      reason: 'names no role to log in as',
      example: 'analytics_ro',
    });
  const database = given('dbname').value ?? user;
  const login = { host, port, user, database };
  const mode = readSslMode(given, problems);
  const tls = readTlsSettings({ mode, host, given, source, problems });
  const password =
    given('password').value ?? passwordFrom(given('passfile'), login, source, problems, warnings);
  const applicationName = given('application_name').value ?? 'pg-analytics-mcp';
  return Object.freeze({ ...login, password, applicationName, tls: Object.freeze(tls) });
}

function readPort(given: Given, problems: Problem[]): number {
  const { value = '5432', name } = given('port');
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port;
  const reason = 'the port must be a number from 1 to 65535';
  problems.push({ name, reason, example: '5432' });
  return 5432;
}

function readSslMode(given: Given, problems: Problem[]): SslMode {
  const { value = 'prefer', name } = given('sslmode');
  const mode = sslModes.find((known) => known === value);
  if (mode === undefined)
    problems.push({ name, reason: `sslmode must be one of ${sslModes.join(', ')}`, example: 'verify-full' });
  return mode ?? 'prefer';
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
