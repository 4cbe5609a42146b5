// The schema catalog as an aged snapshot of what an analyst may see; how it is kept is the snapshot's business.
import type { Emit } from '../base/events.ts';
import type { ReadRows } from '../pg/read-rows.ts';
import { readSchema } from './read-schema.ts';
import type { SchemaCatalog } from './relation.ts';
import { createSnapshotSource, type SnapshotSource } from './snapshot.ts';
import type { Statements } from './statements.ts';

/** Where tools get the schema from. */
export type SchemaSource = SnapshotSource<SchemaCatalog>;

/** What a source is made of. */
export type SchemaSourceOptions = {
  readonly read: ReadRows;
  readonly statements: Statements;
  /** Schemas that analysts see; undefined or empty means all that the role may use, without the system's. */
  readonly schemas: readonly string[] | undefined;
  readonly emit: Emit;
  /** Milliseconds of a clock that nobody can set, for the age of the snapshot. */
  readonly now?: () => number;
  /** Milliseconds since the epoch, for the time that readers are told. */
  readonly timeOfDay?: () => number;
};

/** Makes the source; it reads nothing until asked. */
export function createSchemaSource(options: SchemaSourceOptions): SchemaSource {
  const { emit, now, timeOfDay = Date.now } = options;
  return createSnapshotSource<SchemaCatalog>({
    read: () => readSchema(options.read, options.statements, options.schemas, timeOfDay()),
    onRead: ({ relations }, durationMs) =>
      emit({ kind: 'schema_loaded', durationMs, relations: relations.length }),
    onFailed: (reason) => emit({ kind: 'schema_failed', reason }),
    afterFailure: (kept, reason) => ({ ...kept, refreshFailure: reason }),
    now,
  });
}
