// The bytes of one read as a single write: BEGIN, the local settings, the statement, the release of session locks and
// ROLLBACK, ended by one Sync. It sends nothing itself.
import { serialize } from 'pg-protocol';
import type { Preparation } from './prepared-statements.ts';
import { type SettingsQuery, settingsTexts } from './session-settings.ts';
import { watchNames, watchTexts } from './table-watch.ts';

/** The statement in the middle of the pipeline. */
export type PipelineStatement = {
  readonly sql: string;
  /** Text forms of the values of $1, $2, …; null is SQL null. */
  readonly parameters: readonly (string | null)[];
  /** Most rows that Postgres may send; 0 means all. */
  readonly rowLimit: number;
};

/** The messages that stand before and after a statement. */
export type Frame = {
  readonly before: Buffer;
  readonly after: Buffer;
};

const beginText = 'BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY';
/** Advisory locks of a session outlive ROLLBACK (manual, 13.3.5); none may reach the next user of the connection. */
const unlockText = 'SELECT pg_advisory_unlock_all()';
const rollbackText = 'ROLLBACK';

/** Commands that stand before the statement: BEGIN and the settings. */
export const commandsBefore = 2;

const describe = serialize.describe({ type: 'P', name: '' });
const sync = serialize.sync();
const none = Buffer.alloc(0);

/**
 * Messages of the extended query protocol in order (manual, 55.2.3 and 55.2.4). The settings are made by a query, because
 * only after a first query does Postgres refuse SET TRANSACTION READ WRITE (manual, SET TRANSACTION; SQLSTATE 25001).
 */
export function pipelineBytes(
  frame: Frame,
  { sql, parameters, rowLimit }: PipelineStatement,
  { name, isParsed, columns, watch }: Preparation,
): Buffer {
  const { before } = frame;
  // Only a connection that keeps statements has any to watch.
  const after =
    watch === undefined ? frame.after : Buffer.concat([watch.question(isParsed), rollbackAndSync]);
  if (columns !== undefined) return keptBytes(before, after, name, parameters, rowLimit);
  const execute = serialize.execute({ portal: '', rows: rowLimit });
  const rest = [bind(name, parameters), describe, execute, after];
  if (isParsed) return Buffer.concat([before, ...rest]);
  // To close what is not there is no error (manual, 55.2.3), so nobody need know whether the name is taken.
  const close = name === '' ? none : serialize.close({ type: 'S', name });
  return Buffer.concat([before, close, parse(name, sql), ...rest]);
}

const bindFixedBytes = 13;
const executeBytes = 10;

/**
 * Bind and Execute of a kept statement in its frame (manual, 55.7): what nearly every call sends, and so in one buffer, where
 * pg-protocol makes a piece of each.
 */
function keptBytes(
  before: Buffer,
  after: Buffer,
  name: string,
  parameters: readonly (string | null)[],
  rowLimit: number,
): Buffer {
  let valueBytes = 0;
  for (const value of parameters) valueBytes += 4 + (value === null ? 0 : Buffer.byteLength(value));
  const bindBytes = bindFixedBytes + name.length + valueBytes;
  const bytes = Buffer.allocUnsafe(before.length + bindBytes + executeBytes + after.length);
  bytes.set(before);
  let at = before.length;
  at = bytes.writeUInt8(messageTypes.bind, at);
  at = bytes.writeInt32BE(bindBytes - 1, at);
  // The unnamed portal.
  at = bytes.writeUInt8(0, at);
  at += bytes.write(name, at, 'latin1');
  at = bytes.writeUInt8(0, at);
  // No format codes: all parameters are texts.
  at = bytes.writeInt16BE(0, at);
  at = bytes.writeUInt16BE(parameters.length, at);
  for (const value of parameters) {
    const written = value === null ? 0 : bytes.write(value, at + 4, 'utf8');
    bytes.writeInt32BE(value === null ? -1 : written, at);
    at += 4 + written;
  }
  // Nor for the columns.
  at = bytes.writeInt16BE(0, at);
  at = bytes.writeUInt8(messageTypes.execute, at);
  at = bytes.writeInt32BE(executeBytes - 1, at);
  at = bytes.writeUInt8(0, at);
  at = bytes.writeInt32BE(rowLimit, at);
  bytes.set(after, at);
  return bytes;
}

const messageTypes = { bind: 0x42, execute: 0x45 } as const;

/** The frame for a connection that keeps nothing: every command is parsed each time. */
export function plainFrame({ text, values }: SettingsQuery): Frame {
  return {
    before: Buffer.concat([parse('', beginText), run(''), parse('', text), run('', values)]),
    after: Buffer.concat([parse('', unlockText), run(''), parse('', rollbackText), run(''), sync]),
  };
}

/** The frame for a connection that was told `preparingBytes`. */
export function preparedFrame({ kind, values }: SettingsQuery): Frame {
  return { before: Buffer.concat([run(names.begin), run(names[kind], values)]), after: preparedAfter };
}

/** Names of our own commands on a connection that keeps them. */
const names = {
  begin: 'begin',
  token: 'settings_token',
  identity: 'settings_identity',
  unlock: 'unlock',
  rollback: 'rollback',
} as const;

const rollbackAndSync = Buffer.concat([run(names.rollback), sync]);
const preparedAfter = Buffer.concat([run(names.unlock), rollbackAndSync]);

/** Makes a connection keep our own commands parsed: parsing them takes Postgres as long as a small statement. */
export function preparingBytes(): Buffer {
  return Buffer.concat([
    parse(names.begin, beginText),
    parse(names.token, settingsTexts.token),
    parse(names.identity, settingsTexts.identity),
    parse(names.unlock, unlockText),
    parse(watchNames.moment, watchTexts.moment),
    parse(watchNames.columns, watchTexts.columns),
    parse(names.rollback, rollbackText),
    sync,
  ]);
}

function parse(name: string, text: string): Buffer {
  return serialize.parse({ name, text, types: [] });
}

function run(statement: string, values: readonly (string | null)[] = []): Buffer {
  return Buffer.concat([bind(statement, values), serialize.execute({ portal: '', rows: 0 })]);
}

function bind(statement: string, values: readonly (string | null)[]): Buffer {
  return serialize.bind({ portal: '', statement, values: [...values], binary: false });
}
