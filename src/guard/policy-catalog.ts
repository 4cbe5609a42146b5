// What the guard knows of a database: plain data that can be sent to a worker; it holds no judgement.

/** All overloads of one function name in one schema that belong to the same extension (or to none). */
export type CatalogFunction = {
  readonly schema: string;
  readonly name: string;
  /** The extension the overloads belong to; undefined for initdb's own and for users' functions. */
  readonly extension: string | undefined;
  /** True for what initdb made (OID below FirstNormalObjectId, 16384), and for constructors of plain range types. */
  readonly builtIn: boolean;
  /** True where any overload is VOLATILE; the same for the flags below. */
  readonly isVolatile: boolean;
  readonly isSecurityDefiner: boolean;
  readonly isProcedure: boolean;
  /** An argument or the result is of type internal. */
  readonly isInternal: boolean;
  /** Can be written as (x).f. */
  readonly takesOneArgument: boolean;
  /**
   * Names of the types that the overloads give, blanks between them; "?" for a type that is no plain one, and for OUT
   * parameters. Undefined where nobody asked a database.
   */
  readonly results?: string | undefined;
  /** True where arguments agree on a type (anyelement and its kin), so that a literal is read as what stands beside it. */
  readonly agrees?: boolean;
};

/** An operator that initdb did not make. */
export type CatalogOperator = {
  readonly schema: string;
  readonly name: string;
  readonly functionSchema: string;
  readonly functionName: string;
  /** True where an operand is of a type that initdb did not make. */
  readonly onUserType: boolean;
};

/** A function that runs when a type is named in a cast: input, canonical, cast or check function. */
export type CatalogTypeFunction = {
  readonly schema: string;
  readonly name: string;
  readonly functionSchema: string;
  readonly functionName: string;
  /** Columns of the type, where the function runs over every text that is read as the type and is no extension's. */
  readonly columns?: readonly (CatalogRelation & { readonly column: string })[];
  /** True for a domain that operators and UNION turn to a type below it whose input runs no such function. */
  readonly isPlain?: boolean;
};

/** A cast of users between types of initdb's whose function is VOLATILE or runs with its owner's rights. */
export type CatalogCast = {
  readonly source: string;
  readonly target: string;
  /** True where Postgres makes it unasked. */
  readonly isImplicit: boolean;
  readonly functionSchema: string;
  readonly functionName: string;
  /**
   * What takes the source as it is: `['f', function, …types]` and `['o', operator, left, right]`, `*` for any type,
   * `[]` for any array; and `['r', operator]` for what gives it out of others. Empty where the cast is not made unasked.
   */
  readonly signatures: readonly (readonly (string | null)[])[];
};

/** A relation or a column of one. */
export type CatalogRelation = { readonly schema: string; readonly name: string };

/** A column with its type. */
export type CatalogColumn = CatalogRelation & {
  readonly column: string;
  /** Name of its type; "?" for a pseudo-type. */
  readonly type: string;
  /** Name of the type below a domain; "?" where that is a domain too. */
  readonly base?: string | undefined;
  /** Counted from 1, dropped columns left out; undefined where nobody asked a database. */
  readonly place?: number;
};

/** One argument of a user's overload of a name that pg_catalog has too. */
export type CatalogShadow = {
  readonly schema: string;
  readonly name: string;
  /** Tells the overloads apart. */
  readonly overload: string;
  readonly minArguments: number;
  readonly maxArguments: number;
  /** Types that reach the argument without a cast that is written; undefined for a polymorphic one, which takes any. */
  readonly acceptedTypes: readonly string[] | undefined;
  /** True where the argument is of a string type, which an untyped literal prefers. */
  readonly takesText: boolean;
  /** True where pg_catalog has an overload with one argument of a string type. */
  readonly hasTextRival: boolean;
};

/** Everything the guard judges by; `origin` says whether a real database was asked. */
export type PolicyCatalog = {
  readonly origin: 'builtin' | 'live';
  readonly functions: readonly CatalogFunction[];
  readonly operators: readonly CatalogOperator[];
  readonly typeFunctions: readonly CatalogTypeFunction[];
  readonly casts?: readonly CatalogCast[];
  /** Relations in the schemas of the search path. */
  readonly relations: readonly CatalogRelation[];
  readonly shadows: readonly CatalogShadow[];
  /** Columns that share their name with a function of one argument; all columns where there are shadows or such casts. */
  readonly columns: readonly CatalogColumn[];
  /** As current_schemas(true) says: implied schemas first. */
  readonly searchPath: readonly string[];
  /** Schemas the role has USAGE on. */
  readonly usableSchemas: readonly string[];
};
