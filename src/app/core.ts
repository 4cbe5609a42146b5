// Puts the rooms together: configuration in, a surface of tools out. It opens no connection and listens nowhere.
import { readFile } from 'node:fs/promises';
import { type CodedError, toCodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import { createFunctionSignatures } from '../catalog/function-signatures.ts';
import { columnListing, nearestColumns, nearestRelations, readableColumns } from '../catalog/nearest.ts';
import { loadPolicyCatalog } from '../catalog/policy.ts';
import { behindSafeRole, createRoleSafety, type RoleSafety } from '../catalog/role-safety.ts';
import { createSchemaSource, type SchemaSource } from '../catalog/schema.ts';
import { createSnapshotSource, type SnapshotSource } from '../catalog/snapshot.ts';
import { createStatements, type Statements } from '../catalog/statements.ts';
import { createTypeNames } from '../catalog/type-names.ts';
import type { Configuration } from '../config/configuration.ts';
import { builtInCatalog } from '../guard/builtin-catalog.ts';
import { createGuard, type Guard } from '../guard/guard.ts';
import type { PolicyCatalog } from '../guard/policy-catalog.ts';
import { createDatabase, type Database } from '../pg/database.ts';
import { createReadRows, type ReadRows } from '../pg/read-rows.ts';
import { analystPlaces, limitsByAnalyst } from '../query/analyst-limits.ts';
import type { QueryDependencies } from '../query/dependencies.ts';

/** What the doors, the tools and the doctor are made of. */
export type Core = {
  readonly database: Database;
  readonly read: ReadRows;
  readonly guard: Guard;
  readonly policy: SnapshotSource<PolicyCatalog>;
  readonly schema: SchemaSource;
  readonly role: RoleSafety;
  readonly query: QueryDependencies;
  readonly statements: Statements;
  /** Undefined where the database answers and its role is safe; the reason otherwise. */
  readonly readiness: (signal: AbortSignal) => Promise<CodedError | undefined>;
  /** Closes connections and the parser; statements under way end first. */
  readonly close: () => Promise<void>;
};

/** Names that are offered for one that does not exist. */
const hintCount = 3;
/** Our own reads of the catalog take milliseconds; a large schema takes a second or two. */
const ownStatementTimeoutMs = 15_000;

export function createCore(configuration: Configuration, emit: Emit): Core {
  const { database: pool, queue, limits, guard: guardOptions } = configuration;
  const schemas = guardOptions.schemas.length === 0 ? undefined : guardOptions.schemas;
  const { applicationName } = pool.connection;
  const limitsFor = limitsByAnalyst(limits, configuration.analystRules);
  const database = createDatabase({ ...pool, queueMax: queue.max, queueTimeoutMs: queue.timeoutMs, emit });
  const guard = createGuard({ ...guardOptions, schemas, emit });
  const statements = createStatements();
  const read = createReadRows(database, () => ({
    statementTimeoutMs: ownStatementTimeoutMs,
    lockTimeoutMs: limits.lockTimeoutMs,
    applicationName: `${applicationName}/catalog`,
  }));
  const policy = createSnapshotSource<PolicyCatalog>({
    read: () => loadPolicyCatalog(read, undefined, statements),
    onRead: (catalog, durationMs) =>
      emit({ kind: 'catalog_loaded', durationMs, functions: catalog.functions.length }),
    onFailed: (reason) => emit({ kind: 'catalog_failed', reason }),
  });
  const role = createRoleSafety({
    read,
    verifyText,
    allowUnsafe: pool.allowUnsafeRole,
    onUnsafe: (detail) =>
      emit({
        kind: 'warning',
        message: `Nothing is read for analysts, because the role is unsafe: ${detail}.`,
      }),
    onFailed: (reason) => emit({ kind: 'role_failed', reason }),
  });
  const schema = behindSafeRole(createSchemaSource({ read, statements, schemas, emit }), role);
  const query: QueryDependencies = {
    guard,
    policy,
    floor: builtInCatalog(),
    database,
    limitsFor,
    places: analystPlaces(limitsFor, queue),
    applicationName,
    logSql: configuration.log.sql,
    typeNames: createTypeNames(read, statements),
    requireSafeRole: role.require,
    isRoleSafe: role.isProved,
    hints: {
      relations: async (name, signal) => nearestRelations(await schema.current(signal), name, hintCount),
      columns: async (relations, name, signal) =>
        nearestColumns(await schema.current(signal), relations, name, hintCount),
      listing: async (relations, signal) => columnListing(await schema.current(signal), relations),
      signatures: createFunctionSignatures(read, statements),
      readable: async (relations, signal) => readableColumns(await schema.current(signal), relations),
    },
  };
  return {
    database,
    read,
    guard,
    policy,
    schema,
    role,
    query,
    statements,
    readiness: (signal) => reachable(database, read, role, signal),
    close: async () => {
      await database.close();
      await guard.close();
    },
  };
}

/** It never queues behind analysts: a full pool proves the login and the role, and asks whether the server still answers. */
async function reachable(
  database: Database,
  read: ReadRows,
  role: RoleSafety,
  signal: AbortSignal,
): Promise<CodedError | undefined> {
  try {
    if (database.isFull()) await database.greet(signal);
    else await read('SELECT 1', [], signal);
    await role.requireLatest(signal);
    return undefined;
  } catch (error) {
    return toCodedError(error);
  }
}

function verifyText(): Promise<string> {
  return readFile(new URL('../../sql/analytics_ro_verify.sql', import.meta.url), 'utf8');
}
