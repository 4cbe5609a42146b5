// What a failure of node-postgres means: a lost connection, a server that is away, or an answer of Postgres. It
// decides on codes alone, never on message texts of the server, which change with its language.
import type { ErrorCode } from '../base/error-catalogue.ts';
import { CodedError, type ErrorFacts } from '../base/errors.ts';
import { clipped } from '../base/printable.ts';
import { offsetOfCharacter, placeAt } from '../base/sql-place.ts';

/** The fields of an ErrorResponse as node-postgres gives them (manual, 55.8). */
export type PostgresError = Error & {
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
  readonly table?: string;
  readonly column?: string;
  /** The function of Postgres that said it. */
  readonly routine?: string;
};

const sqlStateForm = /^[0-9A-Z]{5}$/;

/** True where Postgres itself said the error; Node's own codes such as EPIPE are five letters too, hence the digit. */
export function isPostgresError(error: unknown): error is PostgresError {
  if (!(error instanceof Error) || !('code' in error) || error instanceof CodedError) return false;
  return typeof error.code === 'string' && sqlStateForm.test(error.code) && /\d/.test(error.code);
}

/** Class 57 and 25 codes after which the session is gone (manual, appendix A). */
const sessionEnded = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25P03']);

/**
 * True where the connection may be gone although the statement is sound: class 08, the codes of an ended session, or a
 * socket loss that carries no SQLSTATE. It is gone only where it is seen to be: a foreign server that is lost to Postgres, or
 * a wrong number of parameters, gives the same codes on a connection that lives on. PgBouncer says all of its own with 08P01.
 */
export function isDisconnect(error: unknown): boolean {
  if (error instanceof CodedError) return false;
  if (!isPostgresError(error)) return true;
  return sessionEnded.has(error.code) || error.code.startsWith('08');
}

/** True where the columns of a kept statement have changed since it was parsed; told before anything runs. */
export function isKeptStatementStale(error: unknown): boolean {
  return isPostgresError(error) && error.code === '0A000' && error.routine === 'RevalidateCachedQuery';
}

/** True where the types of parameters may be to blame: data exceptions, and names and rules (classes 22 and 42). */
export function isOfItsMeaning(error: unknown): boolean {
  return isPostgresError(error) && (error.code.startsWith('22') || error.code.startsWith('42'));
}

/** True where a session does not have what it was told to keep: it is another one, or somebody has cleared it. */
export function isKeptStatementMissing(error: unknown): boolean {
  return isPostgresError(error) && error.code === '26000';
}

const codeBySqlState: Readonly<Record<string, ErrorCode>> = {
  '08P01': 'INPUT_PARAMS',
  '25006': 'DB_READ_ONLY',
  '25P04': 'LIMIT_STATEMENT_TIMEOUT',
  '3D000': 'DB_LOGIN',
  '3F000': 'DB_UNDEFINED_TABLE',
  '40001': 'DB_CONFLICT',
  '40P01': 'DB_CONFLICT',
  '42501': 'DB_PERMISSION',
  '42601': 'DB_SYNTAX',
  '42703': 'DB_UNDEFINED_COLUMN',
  '42883': 'DB_UNDEFINED_FUNCTION',
  '42P01': 'DB_UNDEFINED_TABLE',
  '53300': 'DB_TOO_MANY_CONNECTIONS',
  '53400': 'LIMIT_TEMP_FILES',
  '55P03': 'DB_LOCK_TIMEOUT',
  '57014': 'LIMIT_STATEMENT_TIMEOUT',
  '57P03': 'DB_STARTING',
};

/** Texts of ours for codes whose server text may name hosts, roles or databases. */
const ownMessages: Partial<Record<ErrorCode, string>> = {
  DB_DISCONNECTED: 'the connection to the database was lost',
  DB_LOGIN: 'the database refused the login of this server',
  DB_STARTING: 'the database is starting up or shutting down',
  DB_TOO_MANY_CONNECTIONS: 'the database has no free connection',
  DB_UNREACHABLE: 'the database cannot be reached',
};

const foreignServerAway =
  'The statement is fine: the foreign server behind the table is away. Try again later, or leave the table out.';

const outsideDomain =
  'Leave rows out for which the function has no value, or give it nullif or greatest of the argument.';

/** Hints of ours where Postgres has none, or speaks of settings that an analyst cannot change. */
const ownHints: Readonly<Record<string, string>> = {
  '08001': foreignServerAway,
  '08006': foreignServerAway,
  '21000': 'Make the subquery give one row: aggregate it or add LIMIT 1; or compare with IN, or join it.',
  '22003': 'Cast to bigint or numeric before the arithmetic, not after it.',
  '22007':
    "Write dates as YYYY-MM-DD and times as HH:MM:SS, or use to_date and to_timestamp; a span is written interval '1 day'.",
  '22008': 'Write dates as YYYY-MM-DD, with a month and a day that exist.',
  '22012': 'Divide by nullif(divisor, 0), which gives null instead.',
  '2201B':
    'Mend the regular expression: what is meant as it stands, such as ( [ . * + ?, takes a backslash before it.',
  '2201E': outsideDomain,
  '2201F': outsideDomain,
  '22021': 'The value is no text in the encoding of the database: read it as bytes with ::bytea.',
  '22P05':
    'The encoding of the database does not have this character: leave it out, or compare with another one.',
  '22P02': 'The value in quotes does not fit the type: write one that does, or compare as text.',
  '42702': 'Write the table or its alias before the column.',
  '42803': 'Add the column to GROUP BY, or aggregate it; conditions on aggregates go in HAVING.',
  '42804':
    'Cast one side so that the types agree; a condition must be a boolean, so compare it with something.',
  '42809':
    'A window function needs OVER (…), an ordered-set aggregate WITHIN GROUP (ORDER BY …), and a plain function neither.',
  '42P10':
    'A number in ORDER BY or GROUP BY counts the columns of SELECT. DISTINCT sorts by those only, DISTINCT ON by its own expressions first.',
  '42P18': 'Say which type the parameter has, for example $1::text.',
  '42P20': 'Compute the window function in a subquery or CTE, and use its column outside.',
  HV00N: foreignServerAway,
};

/**
 * Error of a statement on an open connection as the caller may see it; `sql` is the caller's own text, and `isLost`
 * says whether the connection ended with the statement.
 */
export function statementError(error: unknown, sql: string, isLost: boolean): CodedError {
  if (error instanceof CodedError) return error;
  if (!isPostgresError(error)) return hidden('DB_DISCONNECTED', error, undefined);
  const code = isLost && error.code !== '57P03' ? 'DB_DISCONNECTED' : codeOf(error.code);
  // Class 58 tells of the files of the server, by their paths.
  if (ownMessages[code] !== undefined || error.code.startsWith('58')) return hidden(code, error, error.code);
  return new CodedError(code, oneLine(error.message), visibleFacts(error, sql));
}

/** Error of opening a connection; nothing of the server's or the driver's text is shown to the caller. */
export function connectError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  if (!isPostgresError(error))
    return hidden(isRefusedProof(error) ? 'DB_LOGIN' : 'DB_UNREACHABLE', error, undefined);
  const code = error.code.startsWith('28') ? 'DB_LOGIN' : codeOf(error.code);
  return hidden(ownMessages[code] === undefined ? 'DB_UNREACHABLE' : code, error, error.code);
}

/** node-postgres' own refusal to log in, for example for want of a password (lib/crypto/sasl.js). */
function isRefusedProof(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('SASL: ');
}

function codeOf(sqlState: string): ErrorCode {
  return codeBySqlState[sqlState] ?? (sqlState.startsWith('28') ? 'DB_LOGIN' : 'DB_ERROR');
}

function hidden(code: ErrorCode, error: unknown, sqlState: string | undefined): CodedError {
  const logDetail = error instanceof Error ? error.message : String(error);
  return new CodedError(code, ownMessages[code] ?? 'the database failed', {
    sqlState,
    logDetail,
    cause: error,
  });
}

function visibleFacts(error: PostgresError, sql: string): ErrorFacts {
  const position = Number(error.position);
  // The details of classes HV and 08 tell where a foreign server is.
  const foreignServer = error.code.startsWith('HV') || error.code.startsWith('08');
  return {
    sqlState: error.code,
    detail: error.detail === undefined || foreignServer ? undefined : oneLine(error.detail),
    hint: ownHint(error) ?? (error.hint === undefined ? undefined : oneLine(error.hint)),
    place: position > 0 ? placeAt(sql, offsetOfCharacter(sql, position)) : undefined,
    cause: error,
  };
}

function ownHint({ code, routine }: PostgresError): string | undefined {
  // One SQLSTATE says that a column is not grouped, and that an aggregate holds another one or a window function.
  if (code === '42803' && routine?.startsWith('check_agg_arguments') === true)
    return 'Compute the inner one in a subquery or CTE, then aggregate its column.';
  return ownHints[code];
}

const messageLimit = 600;

function oneLine(text: string): string {
  return clipped(text.replace(/\s+/g, ' ').trim(), messageLimit);
}
