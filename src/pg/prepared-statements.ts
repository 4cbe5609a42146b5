// Remembers what one connection keeps parsed: a statement from the second time that the same analyst runs it, under a
// name of ours, and the columns of its result. It sends nothing.
import type { FieldDescription } from './driver.ts';

type Columns = readonly FieldDescription[];

/** How a statement stands in the pipeline; whoever runs it tells by `keep` or `forget` how that went. */
export type Preparation = {
  /** Name of the prepared statement; empty for one that is not kept (manual, 55.2.3). */
  readonly name: string;
  readonly isParsed: boolean;
  /** Columns of the result of a parsed statement, which fails rather than give others (SQLSTATE 0A000). */
  readonly columns: Columns | undefined;
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
  keep: ignore,
  forget: ignore,
});

class KnownStatement implements Preparation {
  name = '';
  isParsed = false;
  columns: Columns | undefined;
  lastUse: number;

  constructor(lastUse: number) {
    this.lastUse = lastUse;
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
const longestKey = 10_000;

/** The statements of one connection, those used last known longest. */
export class PreparedStatements {
  readonly #known = new Map<string, KnownStatement>();
  readonly #freeNames: string[] = [];
  #namesGiven = 0;
  #uses = 0;

  /** How to run the statement with this key now. */
  take(key: string): Preparation {
    if (key.length > longestKey) return notKept;
    const known = this.#known.get(key);
    if (known === undefined) {
      if (this.#known.size >= mostKnown) this.#dropOldest();
      this.#known.set(key, new KnownStatement(this.#uses++));
      return notKept;
    }
    known.lastUse = this.#uses++;
    if (known.name === '') known.name = this.#freeNames.pop() ?? `kept_${this.#namesGiven++}`;
    return known;
  }

  /** Every statement is parsed anew next time. */
  forgetAll(): void {
    for (const known of this.#known.values()) known.forget();
  }

  #dropOldest(): void {
    let oldest: readonly [key: string, known: KnownStatement] | undefined;
    for (const entry of this.#known) {
      if (oldest === undefined || entry[1].lastUse < oldest[1].lastUse) oldest = entry;
    }
    if (oldest === undefined) return;
    this.#known.delete(oldest[0]);
    if (oldest[1].name !== '') this.#freeNames.push(oldest[1].name);
  }
}
