// Tells whether a kept statement with parameters still means what it meant when it was parsed: Postgres settles the types of
// parameters once, at Parse, and keeps them when the columns that they were taken from get others (manual, 55.2.3).
import { serialize } from 'pg-protocol';

/** A relation as a statement names it. */
export type RelationName = { readonly schema?: string; readonly name: string };

/**
 * Frees session locks as the end of every statement does, and tells the columns of the relations in $2 and $3, but not where
 * no transaction has ended since the moment in $1. It runs in the transaction of the statement, whose locks hold off whoever
 * would change them meanwhile. On a standby a snapshot does not tell all that ended; the position in the log does.
 */
export const watchText = `SELECT pg_advisory_unlock_all(), moment.now, CASE WHEN moment.now <> $1 THEN (
  SELECT coalesce(hashtextextended(string_agg(concat_ws(' ', a.attrelid, a.attnum, a.attname, a.atttypid), ',' ORDER BY a.attrelid, a.attnum), 0), 0)
  FROM unnest($2::text[], $3::text[]) relation (schema, name)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = to_regclass(concat_ws('.', quote_ident(relation.schema), quote_ident(relation.name)))
  WHERE a.attnum > 0
) END FROM (SELECT concat(pg_current_snapshot(), pg_last_wal_replay_lsn()) AS now) moment`;

/** Name of `watchText` on a connection that keeps it. */
export const watchName = 'watch';

/** A snapshot of many transactions costs more than it saves: where they are many, one ends before the next statement. */
const longestMoment = 200;

/** Lives as long as its statement is known. */
export class TableWatch {
  readonly #schemas: string;
  readonly #names: string;
  #moment = '';
  #columns = '';
  #question: Buffer | undefined;
  #isAnswered = false;
  #isSame = false;

  constructor(relations: readonly RelationName[]) {
    this.#schemas = arrayText(relations.map(({ schema }) => schema ?? null));
    this.#names = arrayText(relations.map(({ name }) => name));
  }

  /** Bind and Execute of `watchText`. `isParsed`: asks what has changed since; else what there is. */
  question(isParsed: boolean): Buffer {
    this.#isAnswered = false;
    if (!isParsed) this.#remember('', '');
    this.#question ??= Buffer.concat([
      serialize.bind({
        portal: '',
        statement: watchName,
        values: [this.#moment, this.#schemas, this.#names],
        binary: false,
      }),
      serialize.execute({ portal: '', rows: 0 }),
    ]);
    return this.#question;
  }

  /** Takes the payload of the one DataRow that answers. */
  answer(bytes: Buffer, start: number, end: number): void {
    const [, moment = '', columns] = cellsOf(bytes.subarray(start, end));
    const wasKnown = this.#columns !== '';
    this.#isSame = columns === undefined || !wasKnown || columns === this.#columns;
    this.#isAnswered = true;
    if (columns !== undefined) this.#remember(moment.length > longestMoment ? '' : moment, columns);
  }

  /** True where the last question was answered, and the columns are those of the statement when it was parsed. */
  get holds(): boolean {
    return this.#isAnswered && this.#isSame;
  }

  #remember(moment: string, columns: string): void {
    if (moment !== this.#moment) this.#question = undefined;
    this.#moment = moment;
    this.#columns = columns;
  }
}

/** Cells of a DataRow in text form (manual, 55.7); undefined is null. */
function cellsOf(payload: Buffer): readonly (string | undefined)[] {
  const cells: (string | undefined)[] = [];
  let at = 2;
  for (let left = payload.readInt16BE(0); left > 0; left--) {
    const bytes = payload.readInt32BE(at);
    at += 4;
    cells.push(bytes < 0 ? undefined : payload.toString('utf8', at, at + bytes));
    at += Math.max(bytes, 0);
  }
  return cells;
}

/** Input of an array of text (manual, 8.15.2). */
function arrayText(elements: readonly (string | null)[]): string {
  const quoted = elements.map((each) => (each === null ? 'NULL' : `"${each.replaceAll(/["\\]/g, '\\$&')}"`));
  return `{${quoted.join(',')}}`;
}
