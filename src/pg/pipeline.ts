// The bytes of one read as a single write: BEGIN, the local settings, the statement, the release of session locks and
// ROLLBACK, ended by one Sync. It sends nothing itself.
import { serialize } from 'pg-protocol';

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

const describe = serialize.describe({ type: 'P', name: '' });
const closing = Buffer.concat([command(unlockText), command('ROLLBACK'), serialize.sync()]);

/** Messages of the extended query protocol in order (manual, 55.2.3 and 55.2.4); `opening` is that of `openingBytes`. */
export function pipelineBytes(opening: Buffer, { sql, parameters, rowLimit }: PipelineStatement): Buffer {
  return Buffer.concat([
    opening,
    serialize.parse({ name: '', text: sql, types: [] }),
    serialize.bind({ portal: '', statement: '', values: [...parameters], binary: false }),
    describe,
    serialize.execute({ portal: '', rows: rowLimit }),
    closing,
  ]);
}

/** Commands that stand before the statement: BEGIN and the settings. */
export const commandsBefore = 2;

/**
 * The messages that begin the transaction and set these settings for it alone (`set_config(…, true)` is SET LOCAL). They
 * are set by a query, because only after a first query does Postgres refuse SET TRANSACTION READ WRITE (manual, SET
 * TRANSACTION; SQLSTATE 25001). Worth keeping, since few combinations ever occur. Values are SQL constants.
 */
export function openingBytes(settings: readonly (readonly [name: string, value: string])[]): Buffer {
  const calls = settings.map(([name, value]) => `set_config('${name}', ${value}, true)`);
  return Buffer.concat([command(beginText), command(`SELECT ${calls.join(', ')}`)]);
}

function command(text: string): Buffer {
  return Buffer.concat([
    serialize.parse({ name: '', text, types: [] }),
    serialize.bind({ portal: '', statement: '', values: [], binary: false }),
    serialize.execute({ portal: '', rows: 0 }),
  ]);
}
