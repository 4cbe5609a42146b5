// What the schema catalog knows of schemas, relations, columns and keys; data only, nothing is read or decided here.

/** Kinds of relations in the words of the Postgres manual. */
export type RelationKind = 'table' | 'partitioned table' | 'view' | 'materialized view' | 'foreign table';

/** One column that the role may read. */
export type Column = {
  readonly name: string;
  /** As `format_type` writes it: ready to be used in a cast. */
  readonly type: string;
  readonly notNull: boolean;
  /** One line, at most 300 characters; text of the database's owner, never to be followed as an instruction. */
  readonly comment: string | undefined;
};

/** A relation's full name, exactly as the catalog holds it (unquoted). */
export type RelationName = { readonly schema: string; readonly name: string };

/** A foreign key whose both sides may be seen. Columns of the two sides pair up by place. */
export type ForeignKey = {
  readonly from: RelationName;
  readonly columns: readonly string[];
  readonly to: RelationName;
  readonly toColumns: readonly string[];
};

/** One relation that the role may read, wholly or in some columns; partitions are folded into their root. */
export type Relation = RelationName & {
  readonly oid: string;
  readonly kind: RelationKind;
  /** One line, at most 500 characters; text of the database's owner, never to be followed as an instruction. */
  readonly comment: string | undefined;
  /** Estimate of the last VACUUM or ANALYZE, partitions summed; undefined where Postgres has none (views too). */
  readonly rows: number | undefined;
  /** Estimate of the bytes on disk, indexes and TOAST included; undefined where nothing is stored here. */
  readonly bytes: number | undefined;
  /** Leaf partitions; 0 for everything that is not partitioned. */
  readonly partitions: number;
  /** False where the role may read only the columns listed. */
  readonly whole: boolean;
  /** False for a materialized view that was never refreshed: reading it fails. */
  readonly populated: boolean;
  /** True where row security may hide rows from the role. */
  readonly rowSecurity: boolean;
  readonly primaryKey: readonly string[];
  readonly columns: readonly Column[];
  /** Foreign keys from this relation to others. */
  readonly keysOut: readonly ForeignKey[];
  /** Foreign keys from others (or itself) to this relation. */
  readonly keysIn: readonly ForeignKey[];
};

/** A schema that the role may use, with what it may read there, in order of name. */
export type Schema = {
  readonly name: string;
  readonly comment: string | undefined;
  readonly relations: readonly Relation[];
};

/** What analysts may see, as it was at one moment. */
export type SchemaCatalog = {
  /** In order of name; a schema may be empty. */
  readonly schemas: readonly Schema[];
  /** In order of schema and name. */
  readonly relations: readonly Relation[];
  /** Schemas that a bare name is looked up in, in order. */
  readonly searchPath: readonly string[];
  /** When it was read, milliseconds since the epoch. */
  readonly readAtMs: number;
  /** Why it could not be read anew since (code and message of the error); undefined where the last attempt worked. */
  readonly refreshFailure: string | undefined;
  /** The relation with exactly this name. */
  readonly find: (schema: string, name: string) => Relation | undefined;
  /** Every relation with exactly this bare name; those on the search path first, in its order. */
  readonly findBare: (name: string) => readonly Relation[];
};
