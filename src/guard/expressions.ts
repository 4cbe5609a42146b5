// Puts together what the rules may ask of names and types within a statement, for one catalog; it judges nothing.
import { ArgumentTyper, type ParameterUses } from './argument-types.ts';
import { createFindColumn, type FindColumn } from './find-column.ts';
import type { FunctionPolicy } from './function-policy.ts';
import { createItemReader } from './item-columns.ts';
import type { PolicyCatalog } from './policy-catalog.ts';
import { createRelationColumns } from './relation-columns.ts';
import { createScopes, type Scope } from './scope.ts';
import type { ArgumentTypes } from './shadow-policy.ts';
import type { TypePolicy } from './type-policy.ts';

/** Columns and types, as far as they can be told. */
export type Expressions = {
  readonly findColumn: FindColumn;
  /** The types that an expression inside `scope` may have. */
  readonly typesOf: (expression: unknown, scope: Scope | undefined, uses: ParameterUses) => ArgumentTypes;
};

export function createExpressions(
  catalog: PolicyCatalog,
  functions: FunctionPolicy,
  types: TypePolicy,
): Expressions {
  const scopes = createScopes();
  const itemsOf = createItemReader(scopes, {
    isBuiltIn: functions.isBuiltIn,
    givesOneColumn: (parts) => functions.resultsOf(parts)?.includes('?') === false,
    unnestsPlain: (call, scope) => typer.unnestsPlain(call, scope),
  });
  const findColumn = createFindColumn(createRelationColumns(catalog), scopes, itemsOf);
  const isBuiltInOperator = operatorsOf(catalog);
  const typer = new ArgumentTyper({ functions, types, scopes, findColumn, isBuiltInOperator });
  return { findColumn, typesOf: (expression, scope, uses) => typer.typesOf(expression, scope, uses) };
}

// One that is not for a type of users may be meant for built-in operands too.
function operatorsOf({ operators }: PolicyCatalog): (parts: readonly string[]) => boolean {
  const others = new Set(operators.filter(({ onUserType }) => !onUserType).map(({ name }) => name));
  return (parts) => {
    const [schema, name] = parts.length === 1 ? ['pg_catalog', parts[0]] : parts;
    return parts.length <= 2 && schema === 'pg_catalog' && (parts.length === 2 || !others.has(name ?? ''));
  };
}
