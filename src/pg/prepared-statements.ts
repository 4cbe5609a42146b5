// Remembers what one connection keeps parsed: a statement from the second time that the same analyst runs it, under a
// name of ours, and the columns of its result. It sends nothing.
import type { FieldDescription } from './driver.ts';
import { type RelationName, TableWatch } from './table-watch.ts';

type Columns = readonly FieldDescription[];

/** How a statement stands in the pipeline; whoever runs it tells by `keep` or `forget` how that went. */
export type Preparation = {
  /** Name of the prepared statement; empty for one that is not kept (manual, 55.2.3). */
  readonly name: string;
  readonly isParsed: boolean;
  /** Columns of the result of a parsed statement, which fails rather than give others (SQLSTATE 0A000). */
  readonly columns: Columns | undefined;
  /** Where its parameters may take their types from tables. */
  readonly watch: TableWatch | undefined;
  /** The connection has parsed it under its name. */
  keep(columns: Columns | undefined): void;
  /** It may not be there, or not be usable any more. */
  forget(): void;
};

const ignore = () => undefined;

/** For a statement that is run once and forgotten. */
export const notKept: Preparation = Object.freeze({
  name: '',
  isParsed: false,
  columns: undefined,
  watch: undefined,
  keep: ignore,
  forget: ignore,
});

class KnownStatement implements Preparation {
  readonly sql: string;
  readonly owner: number;
  readonly watch: TableWatch | undefined;
  name = '';
  isParsed = false;
  columns: Columns | undefined;
  lastUse: number;

  constructor(sql: string, owner: number, lastUse: number, watched: readonly RelationName[]) {
    this.sql = sql;
    this.owner = owner;
    this.lastUse = lastUse;
    this.watch = watched.length === 0 ? undefined : new TableWatch(watched);
  }

  keep(columns: Columns | undefined): void {
    this.isParsed = true;
    this.columns = columns;
  }

  forget(): void {
    this.isParsed = false;
    this.columns = undefined;
  }
}

/** Each kept statement takes some 10 to 200 kB of its backend's memory. */
const mostKnown = 50;
const longestText = 10_000;

/** The statements of one connection, those used last known longest. */
export class PreparedStatements {
  /** By text, then by owner: a text has its hash already, since the guard has looked it up. */
  readonly #known = new Map<string, Map<number, KnownStatement>>();
  #size = 0;
  readonly #freeNames: string[] = [];
  #namesGiven = 0;
  #uses = 0;

  /** How to run the statement now. Owners share nothing. `watched`: the relations that types of parameters may come from. */
  take(sql: string, owner: number, watched: readonly RelationName[]): Preparation {
    if (sql.length > longestText) return notKept;
    const known = this.#known.get(sql)?.get(owner);
    if (known === undefined) {
      if (this.#size >= mostKnown) this.#dropOldest();
      this.#add(new KnownStatement(sql, owner, this.#uses++, watched));
      return notKept;
    }
    known.lastUse = this.#uses++;
    if (known.name === '') known.name = this.#freeNames.pop() ?? `kept_${this.#namesGiven++}`;
    return known;
  }

  /** Every statement is parsed anew next time. */
  forgetAll(): void {
    for (const known of this.#all()) known.forget();
  }

  *#all(): Generator<KnownStatement> {
    for (const ofText of this.#known.values()) yield* ofText.values();
  }

  #add(statement: KnownStatement): void {
    const ofText = this.#known.get(statement.sql) ?? new Map<number, KnownStatement>();
    this.#known.set(statement.sql, ofText.set(statement.owner, statement));
    this.#size++;
  }

  #dropOldest(): void {
    let oldest: KnownStatement | undefined;
    for (const known of this.#all()) {
      if (oldest === undefined || known.lastUse < oldest.lastUse) oldest = known;
    }
    if (oldest === undefined) return;
    const ofText = this.#known.get(oldest.sql);
    ofText?.delete(oldest.owner);
    if (ofText?.size === 0) this.#known.delete(oldest.sql);
    this.#size--;
    if (oldest.name !== '') this.#freeNames.push(oldest.name);
  }
}
