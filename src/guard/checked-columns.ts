// Columns whose type runs a user's function, not allowed, over every text that is read as that type; it sees no SQL.
import type { FunctionPolicy } from './function-policy.ts';
import type { PolicyCatalog } from './policy-catalog.ts';

/**
 * What a literal is read as beside such a value. Beside a plain domain that is the type below, but where arguments of a
 * function agree on a type; beside a row, an array or a range made of such types it is their own type.
 */
export type CheckLevel = 0 | 1 | 2;

/** The columns of one catalog, ready to be asked. */
export type CheckedColumns = {
  /** False in most databases, where nothing has to be looked at. */
  readonly areThere: boolean;
  /** Levels by column of a relation as written; without a schema those of all relations of that name. */
  readonly of: (schema: string | undefined, relation: string) => ReadonlyMap<string, CheckLevel> | undefined;
  /** True where users made an operator of that name for types of theirs, which reads a literal as the domain itself. */
  readonly hasOwnOperator: (name: string) => boolean;
};

export function createCheckedColumns(catalog: PolicyCatalog, functions: FunctionPolicy): CheckedColumns {
  const byRelation = new Map<string, Map<string, CheckLevel>>();
  for (const { functionSchema, functionName, columns = [], isPlain } of catalog.typeFunctions) {
    if (columns.length === 0 || functions.ofFunction(functionSchema, functionName) === undefined) continue;
    for (const { schema, name, column } of columns) {
      for (const key of [name, `${schema}\0${name}`]) {
        const levels = byRelation.get(key) ?? new Map<string, CheckLevel>();
        byRelation.set(key, levels);
        levels.set(column, isPlain === true && levels.get(column) !== 2 ? 1 : 2);
      }
    }
  }
  const own = new Set<string>();
  for (const { name, onUserType, functionSchema, functionName } of catalog.operators) {
    const entries = functions.find([functionSchema, functionName]);
    if (onUserType && entries.some((entry) => entry.extension === undefined)) own.add(name);
  }
  return {
    areThere: byRelation.size > 0,
    of: (schema, relation) => byRelation.get(schema === undefined ? relation : `${schema}\0${relation}`),
    hasOwnOperator: (name) => own.has(name),
  };
}
