// Judges casts of users between types of Postgres' own, by source and target; those that Postgres makes unasked by what
// takes the source as it is. It sees no SQL.
import type { CheckLevel } from './checked-columns.ts';
import type { FunctionPolicy } from './function-policy.ts';
import type { CatalogCast, CatalogColumn, PolicyCatalog } from './policy-catalog.ts';
import { nameParts } from './tree.ts';
import type { TypePolicy } from './type-policy.ts';
import type { MadeValues, ValueOrigins } from './value-origins.ts';

/** The casts from one type. */
export type SourceCasts = {
  readonly source: string;
  /** By target. */
  readonly casts: ReadonlyMap<string, CatalogCast>;
  /** One that Postgres makes unasked. */
  readonly implicit: CatalogCast | undefined;
  readonly origins: ValueOrigins;
  /** Types of the arguments of functions, and of the operands of operators, of that name that take the source as it is. */
  readonly takers: (kind: 'f' | 'o', name: string) => readonly (readonly (string | null)[])[];
};

/** Types that literals and syntax give, such as 1, a AND b, and xmlelement(…). */
const syntaxTypes: ReadonlySet<string> = new Set([
  ...['bool', 'xml', 'json', 'jsonb', 'text', 'varchar', 'bytea', 'date', 'time', 'timetz', 'timestamp'],
  ...['timestamptz', 'name', 'int4', 'int8', 'numeric', 'bit'],
]);

/** Those that are not allowed; none in nearly all databases. */
export function createCastPolicy(
  catalog: PolicyCatalog,
  functions: FunctionPolicy,
  types: TypePolicy,
): readonly SourceCasts[] {
  const refused = (catalog.casts ?? []).filter(
    ({ functionSchema, functionName }) => functions.ofFunction(functionSchema, functionName) !== undefined,
  );
  return [...Map.groupBy(refused, ({ source }) => source)].map(([source, casts]) => {
    const implicit = casts.find(({ isImplicit }) => isImplicit);
    const signatures = Map.groupBy(implicit?.signatures ?? [], ([kind, name]) => `${kind}${name}`);
    return {
      source,
      casts: new Map(casts.map((cast) => [cast.target, cast])),
      implicit,
      origins: { of: columnsOf(source, catalog.columns), made: madeOf(source, signatures, types) },
      takers: (kind, name) => (signatures.get(`${kind}${name}`) ?? []).map((entry) => entry.slice(2)),
    };
  });
}

const isOf = (source: string, type: string | undefined): boolean => type === source || type === `_${source}`;

function columnsOf(source: string, columns: readonly CatalogColumn[]): ValueOrigins['of'] {
  // A list that was too long was not kept, so that any name may be meant: the empty one stands for all.
  if (columns.length === 0) return () => new Map<string, CheckLevel>([['', 2]]);
  const byRelation = new Map<string, Map<string, CheckLevel>>();
  for (const { schema, name, column, type, base } of columns) {
    if (!isOf(source, type) && !isOf(source, base)) continue;
    for (const key of [name, `${schema}\0${name}`]) {
      const levels = byRelation.get(key) ?? new Map<string, CheckLevel>();
      byRelation.set(key, levels.set(column, 2));
    }
  }
  return (schema, relation) => byRelation.get(schema === undefined ? relation : `${schema}\0${relation}`);
}

function madeOf(source: string, signatures: ReadonlyMap<string, unknown>, types: TypePolicy): MadeValues {
  return {
    // A type of users may be a domain over the source.
    byType: (typeName) => {
      const name = nameParts(typeName?.['names']).at(-1) ?? '';
      return isOf(source, name) || !types.isBuiltIn(name) ? 2 : 0;
    },
    byResults: (results) => (results?.some((result) => isOf(source, result)) === true ? 2 : 0),
    byOperator: (name) => (signatures.has(`r${name}`) ? 2 : 0),
    byParameter: () => 0,
    bySyntax: (type, node) => {
      const isText = type === 'A_Const' && (node['sval'] !== undefined || node['isnull'] === true);
      return syntaxTypes.has(source) && !isText ? 2 : 0;
    },
  };
}
