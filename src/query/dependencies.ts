// What the road of a query is made of; it is put together by app and handed in.
import type { Guard } from '../guard/guard.ts';
import type { PolicyCatalog } from '../guard/policy-catalog.ts';
import type { Database } from '../pg/database.ts';
import type { AnalystPlaces, LimitsFor } from './analyst-limits.ts';

/** The policy catalog as it is known now; `current` reads it first where that has not happened yet. */
export type PolicySource = {
  readonly peek: () => PolicyCatalog | undefined;
  readonly fresh: () => PolicyCatalog | undefined;
  readonly current: (signal?: AbortSignal) => Promise<PolicyCatalog>;
};

/** Names that an analyst may have meant, best first, among those they may see. */
export type NameHints = {
  readonly relations: (name: string, signal?: AbortSignal) => Promise<readonly string[]>;
  readonly columns: (
    relations: readonly string[],
    name: string,
    signal?: AbortSignal,
  ) => Promise<readonly string[]>;
  /** All columns of the relations in a few words, or undefined where there are none or too many. */
  readonly listing: (relations: readonly string[], signal?: AbortSignal) => Promise<string | undefined>;
  /** What the functions of a name take, in a few words, or undefined where there is none. */
  readonly signatures: (name: string, signal?: AbortSignal) => Promise<string | undefined>;
  /** The columns that may be read, where that is not all of a relation. */
  readonly readable: (relations: readonly string[], signal?: AbortSignal) => Promise<string | undefined>;
};

/** What a query is run with; `app` puts it together. */
export type QueryDependencies = {
  readonly guard: Guard;
  readonly policy: PolicySource;
  /** Judged by while the database has not been reached yet. */
  readonly floor: PolicyCatalog;
  readonly database: Database;
  readonly hints: NameHints;
  readonly typeNames: (oids: readonly number[], signal?: AbortSignal) => Promise<ReadonlyMap<number, string>>;
  /** The limits of the server, lower where the operator bounds the analyst. */
  readonly limitsFor: LimitsFor;
  readonly places: AnalystPlaces;
  /** Name before the analyst's in application_name. */
  readonly applicationName: string;
  /** True where the operator wants SQL texts in the log. */
  readonly logSql: boolean;
  /** Throws DB_ROLE_UNSAFE where the role of the server could change data. */
  readonly requireSafeRole: (signal?: AbortSignal) => Promise<void>;
  /** True where that was proved so recently that it need not be asked. */
  readonly isRoleSafe: () => boolean;
};
