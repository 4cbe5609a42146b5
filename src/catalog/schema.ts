// Keeps one snapshot of the schema catalog: read when first asked, read anew behind the caller's back when it has
// aged, kept when reading fails. It runs no timer, so nothing happens and no connection is used while nobody asks.
import { CodedError, toCodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import type { ReadRows } from '../pg/read-rows.ts';
import { readSchema } from './read-schema.ts';
import type { SchemaCatalog } from './relation.ts';
import type { Statements } from './statements.ts';

export type { SchemaCatalog } from './relation.ts';

/** Where tools get the schema from. */
export type SchemaSource = {
  /** The snapshot, read first where there is none; throws what the read throws, or CANCELLED. */
  readonly current: (signal?: AbortSignal) => Promise<SchemaCatalog>;
  /** A snapshot read no longer than a few seconds ago, for whoever misses a name in the current one. */
  readonly renewed: (signal?: AbortSignal) => Promise<SchemaCatalog>;
  /** The snapshot as it is, without reading anything. */
  readonly peek: () => SchemaCatalog | undefined;
};

/** What a source is made of; `now` gives milliseconds since the epoch. */
export type SchemaSourceOptions = {
  readonly read: ReadRows;
  readonly statements: Statements;
  /** Schemas that analysts see; undefined or empty means all that the role may use, without the system's. */
  readonly schemas: readonly string[] | undefined;
  readonly emit: Emit;
  readonly now?: () => number;
};

/** A younger snapshot is given as it is. */
const freshMs = 60_000;
/** An older one is not given without trying to read anew first. */
const staleMs = 600_000;
/** Least time between two attempts, so that a database that is down is not asked at every call. */
const pauseMs = 5_000;

/** Makes the source; it reads nothing until asked. */
export function createSchemaSource(options: SchemaSourceOptions): SchemaSource {
  const { now = Date.now, emit } = options;
  let snapshot: SchemaCatalog | undefined;
  let reading: Promise<SchemaCatalog> | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;

  const readAnew = async (): Promise<SchemaCatalog> => {
    const startedAtMs = now();
    triedAtMs = startedAtMs;
    try {
      snapshot = await readSchema(options.read, options.statements, options.schemas, startedAtMs);
      emit({ kind: 'schema_loaded', durationMs: now() - startedAtMs, relations: snapshot.relations.length });
      return snapshot;
    } catch (error) {
      const failure = toCodedError(error);
      const reason = `${failure.code}: ${failure.message}`;
      emit({ kind: 'schema_failed', reason });
      if (snapshot === undefined) throw failure;
      snapshot = { ...snapshot, refreshFailure: reason };
      return snapshot;
    } finally {
      reading = undefined;
    }
  };
  // One read serves every caller, so no caller's signal may stop it; the session's own limits end it.
  const shared = (): Promise<SchemaCatalog> => {
    reading ??= readAnew();
    return reading;
  };

  return {
    peek: () => snapshot,
    current: async (signal) => {
      if (snapshot === undefined) return untilAborted(shared(), signal);
      const ageMs = now() - snapshot.readAtMs;
      if (ageMs < freshMs || now() - triedAtMs < pauseMs) return snapshot;
      if (ageMs >= staleMs) return untilAborted(shared(), signal);
      shared().catch(() => undefined);
      return snapshot;
    },
    renewed: async (signal) => {
      if (snapshot !== undefined && now() - triedAtMs < pauseMs) return snapshot;
      return untilAborted(shared(), signal);
    },
  };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new CodedError('CANCELLED', 'the call was cancelled'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
