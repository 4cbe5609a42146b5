// The bytes of one read as a single write: BEGIN, the local settings, the statement, the release of session locks and
// ROLLBACK, ended by one Sync. It sends nothing itself.
import { serialize } from 'pg-protocol';

/** Settings that hold for this transaction only (`set_config(…, true)` is `SET LOCAL`). */
export type LocalSettings = Readonly<Record<string, string>>;

/** The statement in the middle of the pipeline. */
export type PipelineStatement = {
  readonly sql: string;
  /** Text forms of the values of $1, $2, …; null is SQL null. */
  readonly parameters: readonly (string | null)[];
  /** Most rows that Postgres may send; 0 means all. */
  readonly rowLimit: number;
};

const beginText = 'BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY';
/** Advisory locks of a session outlive ROLLBACK (manual, 13.3.5); none may reach the next user of the connection. */
const unlockText = 'SELECT pg_advisory_unlock_all()';

const opening = command(beginText, []);
const closing = Buffer.concat([command(unlockText, []), command('ROLLBACK', []), serialize.sync()]);

/** Messages of the extended query protocol in order (manual, 55.2.3 and 55.2.4). */
export function pipelineBytes(settings: Buffer, { sql, parameters, rowLimit }: PipelineStatement): Buffer {
  return Buffer.concat([
    opening,
    settings,
    bound(sql, parameters),
    serialize.describe({ type: 'P', name: '' }),
    serialize.execute({ portal: '', rows: rowLimit }),
    closing,
  ]);
}

/** The messages that set these settings; worth keeping, since few combinations ever occur. */
export function settingsBytes(settings: LocalSettings): Buffer {
  const calls = Object.keys(settings).map((name, index) => `set_config('${name}', $${index + 1}, true)`);
  return command(`SELECT ${calls.join(', ')}`, Object.values(settings));
}

function command(text: string, values: readonly string[]): Buffer {
  return Buffer.concat([bound(text, values), serialize.execute({ portal: '', rows: 0 })]);
}

function bound(text: string, values: readonly (string | null)[]): Buffer {
  return Buffer.concat([
    serialize.parse({ name: '', text, types: [] }),
    serialize.bind({ portal: '', statement: '', values: [...values], binary: false }),
  ]);
}
