// Joins catalog and operator's options into what the rules ask; built once per catalog, it sees no SQL.
import { createCastPolicy, type SourceCasts } from './cast-policy.ts';
import { type CheckedColumns, createCheckedColumns } from './checked-columns.ts';
import { createExpressions, type Expressions } from './expressions.ts';
import { createFunctionPolicy, type FunctionPolicy } from './function-policy.ts';
import { createOperatorPolicy, type OperatorPolicy } from './operator-policy.ts';
import type { PolicyCatalog } from './policy-catalog.ts';
import { createRelationPolicy, type RelationPolicy } from './relation-policy.ts';
import { createShadowPolicy, type ShadowPolicy } from './shadow-policy.ts';
import { createTypePolicy, type TypePolicy } from './type-policy.ts';

/** What the operator decided. */
export type PolicyOptions = {
  /** User functions that may run: `schema.name`, or `name` for any schema on the search path. */
  readonly allowFunctions: readonly string[];
  /** Schemas analysts may see; undefined leaves it to the role's grants. */
  readonly schemas: readonly string[] | undefined;
};

/** The index the rules ask; a check costs a few look-ups in it. */
export type Policy = {
  readonly functions: FunctionPolicy;
  readonly operators: OperatorPolicy;
  readonly types: TypePolicy;
  readonly checkedColumns: CheckedColumns;
  readonly casts: readonly SourceCasts[];
  readonly relations: RelationPolicy;
  readonly expressions: Expressions;
  readonly shadows: ShadowPolicy;
  /** True where unknown names may only be unknown to the built-in table. */
  readonly isFloor: boolean;
};

/** Builds the index: some milliseconds for a database with thousands of functions. */
export function createPolicy(catalog: PolicyCatalog, options: PolicyOptions): Policy {
  const functions = createFunctionPolicy(catalog, options.allowFunctions);
  const types = createTypePolicy(catalog, functions);
  return {
    functions,
    operators: createOperatorPolicy(catalog, functions),
    types,
    checkedColumns: createCheckedColumns(catalog, functions),
    casts: createCastPolicy(catalog, functions, types),
    relations: createRelationPolicy(catalog, options.schemas),
    expressions: createExpressions(catalog, functions, types),
    shadows: createShadowPolicy(catalog),
    isFloor: catalog.origin === 'builtin',
  };
}
