// Refuses casts of users between types of Postgres' own where they run a function that is not allowed: written ones by the
// types on both sides, and those that Postgres makes unasked wherever nothing is known to take the value as it is.
import type { SourceCasts } from '../cast-policy.ts';
import { type CheckedValues, readCheckedValues } from '../checked-values.ts';
import type { CatalogCast } from '../policy-catalog.ts';
import type { Refusal } from '../refusal.ts';
import type { Scope } from '../scope.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from '../tree.ts';
import { argumentsOf, lastName } from '../tree-parts.ts';
import type { Position } from '../walk.ts';
import { type Rule, type RuleContext, refusalFor } from './rule.ts';

export const cast: Rule = {
  name: 'cast',
  codes: ['GUARD_TYPE'],
  nodes: [
    ...[
      'TypeCast',
      'JsonBehavior',
      'JsonOutput',
      'FuncCall',
      'A_Expr',
      'SubLink',
      'CaseExpr',
      'CoalesceExpr',
      'MinMaxExpr',
    ],
    ...['A_ArrayExpr', 'BoolExpr', 'A_Indices', 'JoinExpr', 'SelectStmt'],
  ],
  judge: (node, position, context, type) => {
    for (const casts of context.policy.casts) {
      const place = {
        node,
        type,
        position,
        context,
        casts,
        values: valuesOf(node, position, context, casts),
      };
      const refusal = writing.has(type) ? written(place) : unasked(place);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  },
};

type Place = {
  readonly node: TreeNode;
  readonly type: string;
  readonly position: Position;
  readonly context: RuleContext;
  readonly casts: SourceCasts;
  readonly values: CheckedValues;
};

const known = new WeakMap<TreeNode, Map<SourceCasts, CheckedValues>>();
const nothing: CheckedValues = { levelOf: () => 0, outputs: () => [], outputAt: () => 0 };

// One reading for all of a statement: its outermost SELECT holds it.
function valuesOf(
  node: TreeNode,
  { scope }: Position,
  { policy, parameterUses }: RuleContext,
  casts: SourceCasts,
): CheckedValues {
  let root = scope;
  while (root?.parent !== undefined) root = root.parent;
  const select = root?.select ?? node;
  const found = known.get(select) ?? new Map<SourceCasts, CheckedValues>();
  known.set(select, found);
  const before = found.get(casts);
  if (before !== undefined) return before;
  // A parameter that stands twice takes its type from where Postgres reads it first.
  const byParameter = (parameter: TreeNode) => (parameterUses(Number(parameter['number'])) > 1 ? 2 : 0);
  const { made } = casts.origins;
  const origins = made === undefined ? casts.origins : { ...casts.origins, made: { ...made, byParameter } };
  const values = readCheckedValues(select, origins, policy.functions) ?? nothing;
  found.set(casts, values);
  return values;
}

const writing: ReadonlySet<string> = new Set(['TypeCast', 'JsonBehavior', 'JsonOutput']);
/** Types that JSON functions make before they turn it to that of RETURNING. */
const jsonTypes: ReadonlySet<string> = new Set(['json', 'jsonb', 'text', 'bytea']);

function written({ node, type, position, context, casts, values }: Place): Refusal | undefined {
  const operand = node['arg'] ?? node['expr'];
  const isSource = type === 'JsonOutput' ? jsonTypes.has(casts.source) : values.levelOf(operand) > 0;
  if (!isSource) return undefined;
  const name = nameParts(asNode(node['typeName'])?.['names']).at(-1) ?? '';
  const isPlain = context.policy.types.isBuiltIn(name);
  // Below the domain of a user, or where JSON functions say no type, it may be any.
  const found = isPlain ? casts.casts.get(name.replace(/^_/, '')) : [...casts.casts.values()][0];
  return found && refused(found, 'a cast', position, context);
}

function unasked(place: Place): Refusal | undefined {
  const { position, context, casts } = place;
  if (casts.implicit === undefined || !mayConvert(place)) return undefined;
  return refused(casts.implicit, 'a cast that is not written', position, context);
}

function refused(
  { source, target, functionSchema, functionName }: CatalogCast,
  what: string,
  position: Position,
  { policy }: RuleContext,
): Refusal | undefined {
  const name = `${functionSchema}.${functionName}`;
  const objection = {
    message: `${what} from "${source}" to "${target}" is not allowed: it runs "${name}"`,
    hint: `Cast to another type first, as in x::text, or ask the operator to allow MCP_ALLOW_FUNCTIONS=${name}.`,
  };
  return refusalFor('GUARD_TYPE', objection, position, policy);
}

/** True where Postgres may turn a value of the source into another type, as nothing is known to take it as it is. */
function mayConvert({ node, type, position, context, casts, values }: Place): boolean {
  const isSource = (each: unknown) => values.levelOf(each) > 0;
  const takes = (kind: 'f' | 'o', name: string, operands: readonly unknown[]): boolean =>
    !operands.some(isSource) ||
    casts
      .takers(kind, name)
      .some((types) =>
        fits(types, operands, { isSource, source: casts.source, scope: position.scope, context }),
      );
  switch (type) {
    case 'FuncCall': {
      const sorted =
        node['agg_within_group'] === true
          ? asList(node['agg_order']).map((each) => nodeOf(each, 'SortBy')?.['node'])
          : [];
      return !takes('f', lastName(node['funcname']) ?? '', [...argumentsOf(node), ...sorted]);
    }
    case 'A_Expr': {
      const isRange = String(node['kind']).includes('BETWEEN');
      const name = isRange ? '>=' : (lastName(node['name']) ?? '');
      const right = asList(nodeOf(node['rexpr'], 'List')?.['items']);
      const rights = right.length > 0 ? right : [node['rexpr']];
      return rights.some((each) => !takes('o', name, [node['lexpr'], each]));
    }
    case 'SubLink': {
      const select = nodeOf(node['subselect'], 'SelectStmt');
      if (node['testexpr'] === undefined || select === undefined) return false;
      return isSource(node['testexpr']) !== values.outputAt(select, 0) > 0;
    }
    case 'CaseExpr': {
      const whens = asList(node['args']).map((when) => nodeOf(when, 'CaseWhen'));
      const results = [...whens.map((when) => when?.['result']), node['defresult']];
      const tests = whens.map((when) => when?.['expr']);
      return differ(results, isSource) || differ([node['arg'] ?? truth, ...tests], isSource);
    }
    case 'BoolExpr':
      return casts.source !== 'bool' && asList(node['args']).some(isSource);
    case 'A_Indices':
      return !integers.has(casts.source) && [node['lidx'], node['uidx']].some(isSource);
    case 'JoinExpr':
      return casts.source !== 'bool' && isSource(node['quals']);
    case 'SelectStmt':
      return convertsInSelect(node, casts.source, values);
    default:
      return differ(asList(node['args'] ?? node['elements']), isSource);
  }
}

const truth = { A_Const: { boolval: {} } };
const integers: ReadonlySet<string> = new Set(['int2', 'int4', 'int8']);

function convertsInSelect(select: TreeNode, source: string, values: CheckedValues): boolean {
  const isSource = (each: unknown) => values.levelOf(each) > 0;
  const limits = integers.has(source) ? [] : [select['limitCount'], select['limitOffset']];
  const conditions = source === 'bool' ? [] : [select['whereClause'], select['havingClause']];
  if ([...limits, ...conditions].some(isSource)) return true;
  const rows = asList(select['valuesLists']).map((row) => asList(nodeOf(row, 'List')?.['items']));
  if (
    (rows[0] ?? []).some((_, at) =>
      differ(
        rows.map((row) => row[at]),
        isSource,
      ),
    )
  )
    return true;
  const [left, right] = [asNode(select['larg']), asNode(select['rarg'])];
  if (left === undefined || right === undefined) return false;
  const [above, below] = [values.outputs(left), values.outputs(right)];
  if (above === undefined || below === undefined) return false;
  return above.some(
    (level, at) => level > 0 !== (below[at] ?? 0) > 0 && !isLiteralAt(left, at) && !isLiteralAt(right, at),
  );
}

function isLiteralAt(arm: TreeNode, place: number): boolean {
  return isLiteral(nodeOf(asList(arm['targetList'])[place], 'ResTarget')?.['val']);
}

/** A string, NULL or a parameter: it is read as what stands beside it. */
function isLiteral(expression: unknown): boolean {
  const constant = nodeOf(expression, 'A_Const');
  if (constant !== undefined) return constant['sval'] !== undefined || constant['isnull'] === true;
  return expression === undefined || nodeOf(expression, 'ParamRef') !== undefined;
}

// Expressions that agree on a type, some of the source and others not.
function differ(list: readonly unknown[], isSource: (each: unknown) => boolean): boolean {
  const typed = list.filter((each) => !isLiteral(each));
  return typed.some(isSource) && !typed.every(isSource);
}

/** Types that Postgres turns those of numbers and times to by itself (\dC, implicit casts). */
const widened: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    int2: ['int4', 'int8', 'float4', 'float8', 'numeric'],
    int4: ['int8', 'float4', 'float8', 'numeric'],
    int8: ['float4', 'float8', 'numeric'],
    numeric: ['float4', 'float8'],
    float4: ['float8'],
    varchar: ['text'],
    bpchar: ['text'],
    name: ['text'],
    date: ['timestamp', 'timestamptz'],
    timestamp: ['timestamptz'],
  }).map(([type, wider]) => [type, new Set(wider)]),
);

type Fitting = {
  readonly isSource: (each: unknown) => boolean;
  readonly source: string;
  readonly scope: Scope | undefined;
  readonly context: RuleContext;
};

// An exact match goes before any cast (manual, 10.2 and 10.3).
function fits(
  types: readonly (string | null)[],
  operands: readonly unknown[],
  { isSource, source, scope, context }: Fitting,
): boolean {
  const isOpen = types.at(-1) === '*';
  if (operands.length > types.length && !isOpen) return false;
  return operands.every((operand, at) => {
    const wanted = types[Math.min(at, types.length - 1)];
    if (operand === undefined) return wanted === null;
    if (wanted === '*' || isLiteral(operand)) return true;
    if (isSource(operand)) return wanted === source || wanted === `_${source}` || wanted === '[]';
    const { policy, parameterUses } = context;
    const found = policy.expressions.typesOf(operand, scope, parameterUses);
    return found?.some((each) => each === wanted || widened.get(each)?.has(String(wanted)) === true) === true;
  });
}
