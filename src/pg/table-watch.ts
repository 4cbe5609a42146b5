// Tells whether a kept statement with parameters still means what it meant when it was parsed: Postgres settles the types of
// parameters once, at Parse, and keeps them when the columns that they were taken from get others (manual, 55.2.3).
import { serialize } from 'pg-protocol';
import { quotedName } from './session-settings.ts';
import { textCells } from './text-cells.ts';

/** A relation as a statement names it. */
export type RelationName = { readonly schema?: string; readonly name: string };

/** Changes with every transaction that ends: on a standby a snapshot does not tell all of them; the place in the log does. */
const moment = 'concat(pg_current_snapshot(), pg_last_wal_replay_lsn())';

/** Both free session locks, as the end of every statement does. */
export const watchTexts = {
  /** Tells the moment where it is not the one in $1. */
  moment: `SELECT pg_advisory_unlock_all(), nullif(${moment}, $1)`,
  /** Tells the moment, and the columns of the relations in $1. Subqueries around it let Postgres keep one plan. */
  columns: `SELECT pg_advisory_unlock_all(), ${moment}, (
  SELECT coalesce(hashtextextended(string_agg(concat_ws(' ', a.attrelid, a.attnum, a.attname, a.atttypid), ',' ORDER BY a.attrelid, a.attnum), 0), 0)
  FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = ANY (ARRAY(SELECT to_regclass(relation) FROM unnest((SELECT $1::text[])) relation)::oid[]) AND a.attnum > 0
)`,
} as const;

/** Names of `watchTexts` on a connection that keeps them. */
export const watchNames = { moment: 'watch_moment', columns: 'watch_columns' } as const;

/** What was found out at the end of a run: nothing where it did not come so far, and where only the moment was asked. */
export type Watched = 'same' | 'changed' | 'untold';

/** A statement that takes longer is not run again only because some transaction has ended meanwhile. */
const quickMs = 20;

/**
 * Lives as long as its statement is known. Where no transaction ends between two runs, the next one only asks whether that is
 * still so, which takes Postgres 2 µs in place of 30; where it is not, the run has to be repeated.
 */
export class TableWatch {
  readonly #askColumns: Buffer;
  #askMoment: Buffer | undefined;
  #moment = '';
  #columns: string | null | undefined;
  #isColumnsAsked = true;
  #askedAtMs = 0;
  #watched: Watched = 'untold';

  constructor(relations: readonly RelationName[]) {
    this.#askColumns = ask(watchNames.columns, arrayText(relations.map(qualified)));
  }

  /** What was found out in the last run that `question` began. */
  get watched(): Watched {
    return this.#watched;
  }

  /** Bind and Execute of one of `watchTexts`, for the end of a run. `isParsed`: the statement was parsed before. */
  question(isParsed: boolean): Buffer {
    this.#watched = 'untold';
    this.#askedAtMs = performance.now();
    if (!isParsed) {
      this.#columns = undefined;
      this.#askMoment = undefined;
    }
    this.#isColumnsAsked = this.#askMoment === undefined;
    return this.#askMoment ?? this.#askColumns;
  }

  /** Takes the payload of the one DataRow that answers, from `start`. */
  answer(bytes: Buffer, start: number): void {
    const [, moment = null, columns = null] = textCells(bytes, start);
    if (this.#isColumnsAsked) {
      this.#watched = this.#columns === undefined || this.#columns === columns ? 'same' : 'changed';
      this.#columns = columns;
      const isQuiet = moment === this.#moment && performance.now() - this.#askedAtMs < quickMs;
      this.#askMoment = isQuiet ? ask(watchNames.moment, this.#moment) : undefined;
      this.#moment = moment ?? '';
    } else if (moment === null) this.#watched = 'same';
    else this.#askMoment = undefined;
  }
}

function ask(statement: string, value: string): Buffer {
  return Buffer.concat([
    serialize.bind({ portal: '', statement, values: [value], binary: false }),
    serialize.execute({ portal: '', rows: 0 }),
  ]);
}

function qualified({ schema, name }: RelationName): string {
  const parts = schema === undefined ? [name] : [schema, name];
  return parts.map(quotedName).join('.');
}

/** Input of an array of text (manual, 8.15.2). */
function arrayText(elements: readonly string[]): string {
  return `{${elements.map((each) => `"${each.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
