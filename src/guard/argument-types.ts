// Tells the types an expression may have, from literals, casts, columns and what built-in functions give; what it cannot
// tell is not known, and so is a parameter that stands twice, which takes its type from the part that Postgres reads first.
import type { FindColumn } from './find-column.ts';
import type { FunctionPolicy } from './function-policy.ts';
import { outputColumns, type TypeSource } from './output-columns.ts';
import {
  extremes,
  ofTextOrRange,
  plainTypes,
  sameAsFirstArgument,
  stringTypes,
  valueFunctionTypes,
} from './result-lists.ts';
import type { Scope, Scopes } from './scope.ts';
import type { ArgumentTypes } from './shadow-policy.ts';
import { asList, asNode, nameParts, nodeOf, type TreeNode } from './tree.ts';
import type { TypePolicy } from './type-policy.ts';

/** What types depend on beside the statement. */
export type TypeFacts = {
  readonly functions: FunctionPolicy;
  readonly types: TypePolicy;
  readonly scopes: Scopes;
  readonly findColumn: FindColumn;
  /** True where the operator, as written, is one of initdb's for operands of built-in types. */
  readonly isBuiltInOperator: (parts: readonly string[]) => boolean;
};

/** How often $n stands in the statement. */
export type ParameterUses = (number: number) => number;

/** Expressions within each other that are looked through. */
const maxDepth = 200;

/** Lives as long as a policy; what it knows of a node is kept as long as the node. */
export class ArgumentTyper {
  readonly #facts: TypeFacts;
  readonly #known = new WeakMap<object, { readonly types: ArgumentTypes }>();
  #uses: ParameterUses = notOnce;
  #depth = 0;

  constructor(facts: TypeFacts) {
    this.#facts = facts;
  }

  /** The types that an expression inside `scope` may have. */
  typesOf(expression: unknown, scope: Scope | undefined, uses: ParameterUses): ArgumentTypes {
    this.#uses = uses;
    try {
      return this.#of(expression, scope);
    } finally {
      this.#uses = notOnce;
    }
  }

  /** True where `unnest` takes one array of plain values, and so gives one column. */
  unnestsPlain(call: TreeNode, scope: Scope): boolean {
    return elementsOf(this.#of(asList(call['args'])[0], scope), this.#facts.types) !== undefined;
  }

  #of(expression: unknown, scope: Scope | undefined): ArgumentTypes {
    const wrapper = asNode(expression);
    if (wrapper === undefined) return undefined;
    return this.#once(wrapper, () => {
      const [type = ''] = Object.keys(wrapper);
      const node = asNode(wrapper[type]);
      return node === undefined ? undefined : this.#infer(type, node, scope);
    });
  }

  // What leads to itself is not known; Postgres refuses it, or it is a query that reads itself.
  #once(key: object, infer: () => ArgumentTypes): ArgumentTypes {
    const known = this.#known.get(key);
    if (known !== undefined) return known.types;
    if (this.#depth >= maxDepth) return undefined;
    this.#known.set(key, { types: undefined });
    this.#depth++;
    const types = infer();
    this.#depth--;
    this.#known.set(key, { types });
    return types;
  }

  #infer(type: string, node: TreeNode, scope: Scope | undefined): ArgumentTypes {
    switch (type) {
      case 'A_Const':
        return typesOfConstant(node);
      case 'ParamRef':
        return this.#uses(Number(node['number'])) === 1 ? ['unknown'] : undefined;
      case 'TypeCast':
        return typesDeclared(asNode(node['typeName']), this.#facts.types);
      case 'CollateClause':
        return this.#of(node['arg'], scope);
      case 'FuncCall':
        return this.#ofCall(node, scope);
      case 'ColumnRef':
        return this.#ofColumn(node, scope);
      case 'A_Expr':
        return this.#ofOperation(node, scope);
      case 'A_Indirection':
        return this.#ofElement(node, scope);
      case 'CaseExpr': {
        const results = asList(node['args']).map((when) => nodeOf(when, 'CaseWhen')?.['result']);
        return this.#common([...results, node['defresult'] ?? nullLiteral], scope);
      }
      case 'CoalesceExpr':
      case 'MinMaxExpr':
        return this.#common(asList(node['args']), scope);
      case 'A_ArrayExpr':
        return arraysOf(this.#common(asList(node['elements']), scope), this.#facts.types);
      case 'SubLink':
        return this.#ofSubLink(node, scope);
      case 'SQLValueFunction':
        return listed(valueFunctionTypes.get(String(node['op'])));
      default:
        return fixedTypes[type];
    }
  }

  // Postgres takes the type of one of them, or text where all are untyped literals (manual, 10.5).
  #common(expressions: readonly unknown[], scope: Scope | undefined): ArgumentTypes {
    return union(expressions.map((each) => this.#of(each, scope)));
  }

  #ofSource(source: TypeSource): ArgumentTypes {
    if (source.kind === 'types') return source.types;
    if (source.kind === 'declared') return typesDeclared(source.typeName, this.#facts.types);
    if (source.kind === 'placed') return this.#of(source.expression, source.scope());
    return this.#once(source, () => union(source.all.map((each) => this.#of(each.expression, each.scope))));
  }

  #ofColumn(column: TreeNode, scope: Scope | undefined): ArgumentTypes {
    const fields = asList(column['fields']).map((field) => nodeOf(field, 'String')?.['sval']);
    const [name, alias] = [fields.at(-1), fields.at(-2)];
    if (typeof name !== 'string') return undefined;
    const finding = this.#facts.findColumn(scope, typeof alias === 'string' ? alias : undefined, name);
    if (finding.isOpen || finding.sources.length === 0) return undefined;
    return this.#once(finding, () => union(finding.sources.map((source) => this.#ofSource(source))));
  }

  #ofCall(call: TreeNode, scope: Scope | undefined): ArgumentTypes {
    const parts = nameParts(call['funcname']);
    const name = parts.at(-1) ?? '';
    const args = asList(call['args']);
    const results = this.#facts.functions.resultsOf(parts);
    const first = () => this.#of(args[0], scope);
    if (extremes.has(name)) return this.#ofExtreme(parts, first());
    if (!this.#facts.functions.isBuiltIn(parts)) return results;
    if (ofTextOrRange.has(name)) return isWithin(first(), stringTypes) ? ['text'] : results;
    if (sameAsFirstArgument.has(name)) return args.length < 3 ? union([first()]) : undefined;
    if (name === 'unnest') return args.length === 1 ? elementsOf(first(), this.#facts.types) : undefined;
    return results;
  }

  // The overload that takes exactly the type is the one that runs, whatever others there are (manual, 10.3, step 2).
  #ofExtreme(parts: readonly string[], types: ArgumentTypes): ArgumentTypes {
    const { functions } = this.#facts;
    const exact = functions.resultsOf(['pg_catalog', parts.at(-1) ?? '']);
    if (types === undefined || exact === undefined) return undefined;
    if (types.every((type) => type !== '?' && exact.includes(type))) return types;
    return functions.isBuiltIn(parts) && isWithin(types, stringTypes) ? ['text', 'bpchar'] : undefined;
  }

  #ofOperation(node: TreeNode, scope: Scope | undefined): ArgumentTypes {
    const [left, right] = [node['lexpr'], node['rexpr']];
    if (left === undefined || right === undefined) return undefined;
    const types = () => [this.#of(left, scope), this.#of(right, scope)] as const;
    if (node['kind'] === 'AEXPR_NULLIF') {
      const both = union([...types(), ['text']]);
      return isWithin(both, stringTypes) ? both : undefined;
    }
    const parts = nameParts(node['name']);
    if (node['kind'] !== 'AEXPR_OP' || !this.#facts.isBuiltInOperator(parts)) return undefined;
    switch (parts.at(-1)) {
      case '->>':
      case '#>>':
        return isWithin(this.#of(left, scope), jsonTypes) ? ['text'] : undefined;
      case '->':
      case '#>':
        return isWithin(this.#of(left, scope), jsonTypes) ? this.#of(left, scope) : undefined;
      case '||':
        return joinedTexts(...types());
      default:
        return undefined;
    }
  }

  #ofElement({ arg, indirection }: TreeNode, scope: Scope | undefined): ArgumentTypes {
    const steps = asList(indirection).map((step) => nodeOf(step, 'A_Indices'));
    if (steps.some((step) => step === undefined || step['is_slice'] === true)) return undefined;
    return elementsOf(this.#of(arg, scope), this.#facts.types);
  }

  #ofSubLink(link: TreeNode, scope: Scope | undefined): ArgumentTypes {
    if (/^(?:EXISTS|ANY|ALL)_SUBLINK$/.test(String(link['subLinkType']))) return ['bool'];
    const select = nodeOf(link['subselect'], 'SelectStmt');
    if (link['subLinkType'] !== 'EXPR_SUBLINK' || select === undefined) return undefined;
    const { scopes } = this.#facts;
    const { listed: columns, stars, isTyped } = outputColumns(select, scopes.inside(select, scope), scopes);
    const [column] = columns;
    if (column === undefined || columns.length + stars.length > 1 || !isTyped) return undefined;
    return this.#ofSource(column.source);
  }
}

const notOnce: ParameterUses = () => 0;
const nullLiteral = { A_Const: { isnull: true } };
const jsonTypes: ReadonlySet<string> = new Set(['json', 'jsonb']);

const fixedTypes: Readonly<Record<string, ArgumentTypes>> = {
  BoolExpr: ['bool'],
  NullTest: ['bool'],
  BooleanTest: ['bool'],
  GroupingFunc: ['int4'],
};

function typesOfConstant(constant: TreeNode): string[] {
  if (constant['ival'] !== undefined) return ['int4'];
  if (constant['boolval'] !== undefined) return ['bool'];
  if (constant['bsval'] !== undefined) return ['bit'];
  const float = asNode(constant['fval']);
  if (float === undefined) return ['unknown'];
  // 0x1FFFFFFFF and 1_000_000_000_000 are bigint too, and a number with many digits is numeric (manual, 4.1.2.6).
  return /^\d[\d_]*$|^0[xob]/i.test(String(float['fval'])) ? ['int8', 'numeric'] : ['numeric'];
}

function typesDeclared(typeName: TreeNode | undefined, types: TypePolicy): ArgumentTypes {
  const parts = nameParts(typeName?.['names']);
  const name = parts.at(-1) ?? '';
  if (!types.isBuiltIn(name) || (parts.length > 1 && parts[0] !== 'pg_catalog')) return undefined;
  return asList(typeName?.['arrayBounds']).length > 0 ? arraysOf([name], types) : [name];
}

/** All of them, an untyped literal as what it becomes; undefined where one is not known. */
function union(all: readonly ArgumentTypes[]): ArgumentTypes {
  const found = new Set<string>();
  for (const types of all) {
    if (types === undefined) return undefined;
    for (const type of types) if (type !== 'unknown') found.add(type);
  }
  return found.size === 0 ? ['text'] : [...found];
}

// The array type of a built-in type bears its name behind an underscore; an array of arrays is of the same type.
function arraysOf(types: ArgumentTypes, policy: TypePolicy): ArgumentTypes {
  return types?.every((type) => policy.isBuiltIn(type)) === true
    ? types.map((type) => `_${type}`)
    : undefined;
}

function elementsOf(types: ArgumentTypes, policy: TypePolicy): ArgumentTypes {
  const elements = types?.map((type) => (type.startsWith('_') ? type.slice(1) : '?'));
  return elements?.every((type) => policy.isBuiltIn(type)) === true ? elements : undefined;
}

// text || x is text for all that is neither an array nor a type with a || of its own, and so is x || text.
function joinedTexts(left: ArgumentTypes, right: ArgumentTypes): ArgumentTypes {
  if (!isWithin(left, plainTypes) || !isWithin(right, plainTypes)) return undefined;
  const isText = (types: ArgumentTypes) =>
    isWithin(types, stringTypes) && types?.includes('unknown') !== true;
  return isText(left) || isText(right) ? ['text'] : undefined;
}

function isWithin(types: ArgumentTypes, among: ReadonlySet<string>): boolean {
  return types?.every((type) => among.has(type)) ?? false;
}

function listed(type: string | undefined): ArgumentTypes {
  return type === undefined ? undefined : [type];
}
