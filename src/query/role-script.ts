// Fills in the role script for an operator or for our own use; no value that is handed in can become SQL.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CodedError } from '../base/errors.ts';

/** What the role script needs to know. Times are Postgres interval texts such as "30s"; sizes such as "2GB". */
export type RoleScriptValues = {
  /** Default: analytics_ro. */
  readonly role?: string | undefined;
  /** The schemas analysts may read; at least one. */
  readonly schemas: readonly string[];
  /** The script then refuses to run in any other database. */
  readonly database?: string | undefined;
  /** In clear; the script holds only its SCRAM-SHA-256 verifier. Left out, the role keeps the password it has. */
  readonly password?: string | undefined;
  readonly connectionLimit?: number | undefined;
  readonly statementTimeout?: string | undefined;
  readonly lockTimeout?: string | undefined;
  readonly idleInTransactionSessionTimeout?: string | undefined;
  readonly idleSessionTimeout?: string | undefined;
  readonly tempFileLimit?: string | undefined;
  /** Whether rights that everybody has are taken from PUBLIC; see part 5 of the script. Default: revoke. */
  readonly publicRights?: 'revoke' | 'keep' | undefined;
};

const scriptFile = new URL('../../sql/analytics_ro_role.sql', import.meta.url);
/** RFC 5802 with the iteration count that Postgres itself uses (scram_iterations). */
const scramIterations = 4096;

/** The script as plain SQL, ready for psql or for a simple query. Throws INPUT_INVALID for a name it cannot carry. */
export function renderRoleScript(values: RoleScriptValues): string {
  checkNames(values);
  const variables = variablesOf(values);
  return readFileSync(scriptFile, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('\\'))
    .join('\n')
    .replace(/:'(\w+)'/g, (_, name: string) => quoteLiteral(variables[name] ?? ''));
}

/** A string constant that means the same whatever standard_conforming_strings says (manual 4.1.2.2). */
function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
}

/** A quoted identifier (manual 4.1.1). */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What Postgres keeps of a password: it proves the password and does not reveal it (manual, pg_authid). */
function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, scramIterations, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${scramIterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

function variablesOf(values: RoleScriptValues): Record<string, string> {
  return {
    role: values.role ?? 'analytics_ro',
    schemas: values.schemas.join(','),
    database: values.database ?? '',
    password: values.password === undefined ? '' : scramVerifier(values.password),
    connection_limit: String(values.connectionLimit ?? 20),
    statement_timeout: values.statementTimeout ?? '30s',
    lock_timeout: values.lockTimeout ?? '5s',
    idle_in_transaction_session_timeout: values.idleInTransactionSessionTimeout ?? '60s',
    idle_session_timeout: values.idleSessionTimeout ?? '5min',
    temp_file_limit: values.tempFileLimit ?? '2GB',
    public_rights: values.publicRights ?? 'revoke',
  };
}

function checkNames(values: RoleScriptValues): void {
  const names = [values.role ?? 'analytics_ro', values.database ?? 'database', ...values.schemas];
  const bad = names.find((name) => !/^[^\0]{1,63}$/.test(name) || Buffer.byteLength(name) > 63);
  if (bad !== undefined)
    throw invalid(`"${bad}" cannot be a name in Postgres`, 'Give a name of 1 to 63 bytes.');
  if (values.schemas.length === 0)
    throw invalid('no schema is named', 'Name the schemas that analysts may read.');
  const comma = values.schemas.find((name) => name.includes(',') || name !== name.trim());
  if (comma !== undefined)
    throw invalid(`schema "${comma}" has a comma or a space at its edge`, 'Rename the schema.');
}

function invalid(message: string, hint: string): CodedError {
  return new CodedError('INPUT_INVALID', message, { hint });
}
