// Walks a parse tree once, node by node, refusing whatever is not on the list of nodes and fields; rules look on.
import { nodeFields } from './node-fields.ts';
import type { Refusal } from './refusal.ts';
import type { Scope } from './scope.ts';
import { asList, asNode, locationOf, type TreeNode } from './tree.ts';

/** Where a node stands. */
export type Position = {
  readonly scope: Scope | undefined;
  /** Byte offset of the node, else of the nearest one around it that has one. */
  readonly byteOffset: number | undefined;
};

/** Looks at one node before its children are walked. */
export type Visit = (type: string, node: TreeNode, position: Position) => Refusal | undefined;

/** Levels of nodes below the statement; Postgres' own stack ends at several thousand (max_stack_depth 2 MB). */
export const maxTreeDepth = 1_500;

/** Walks a wrapped node `{ Type: fields }` and all below; gives the first refusal. */
export function walk(root: unknown, visit: Visit): Refusal | undefined {
  return new Walk(visit).wrapped(root);
}

/** One walk through one tree: it lives as long as that, and remembers where it stands. */
class Walk {
  readonly #visit: Visit;
  #depth = 0;
  #scope: Scope | undefined;
  #byteOffset: number | undefined;

  constructor(visit: Visit) {
    this.#visit = visit;
  }

  wrapped(wrapped: unknown): Refusal | undefined {
    const wrapper = asNode(wrapped);
    if (wrapper === undefined) return unknownNode('value', this.#byteOffset);
    let seen: string | undefined;
    for (const type in wrapper) {
      if (seen !== undefined) return unknownNode(`${seen} and ${type}`, this.#byteOffset);
      seen = type;
    }
    // An empty wrapper is a hole in a list, as in a[:2].
    return seen === undefined ? undefined : this.#typed(seen, wrapper[seen]);
  }

  #typed(type: string, value: unknown): Refusal | undefined {
    const node = asNode(value);
    if (type === 'String' && node !== undefined && isPlainString(node)) return undefined;
    const fields = nodeFields[type];
    const outerOffset = this.#byteOffset;
    this.#byteOffset = locationOf(node) ?? this.#byteOffset;
    if (node === undefined) return unknownNode(type, this.#byteOffset);
    if (++this.#depth > maxTreeDepth) return tooDeep(this.#byteOffset);
    const refusal =
      this.#visit(type, node, { scope: this.#scope, byteOffset: this.#byteOffset }) ??
      (fields === undefined
        ? unknownNode(type, this.#byteOffset)
        : type === 'SelectStmt'
          ? this.#select(node, fields)
          : this.#fields(type, node, fields));
    this.#depth--;
    this.#byteOffset = outerOffset;
    return refusal;
  }

  #select(select: TreeNode, fields: Readonly<Record<string, string>>): Refusal | undefined {
    const outer = this.#scope;
    this.#scope = { ctes: new Set(), select, parent: outer };
    const withClause = asNode(select['withClause']);
    const refusal =
      (withClause === undefined ? undefined : this.#with(withClause, this.#scope.ctes)) ??
      this.#fields('SelectStmt', select, fields, 'withClause');
    this.#scope = outer;
    return refusal;
  }

  // WITH shows each query the ones before it, WITH RECURSIVE all of them (manual, SELECT, "WITH Clause").
  #with(withClause: TreeNode, ctes: Set<string>): Refusal | undefined {
    for (const key in withClause) {
      if (nodeFields['WithClause']?.[key] === undefined)
        return unknownNode(`WithClause.${key}`, this.#byteOffset);
    }
    const queries = asList(withClause['ctes']);
    const names = queries.map((query) => String(asNode(asNode(query)?.['CommonTableExpr'])?.['ctename']));
    if (withClause['recursive'] === true) for (const name of names) ctes.add(name);
    for (const [index, query] of queries.entries()) {
      const refusal = this.wrapped(query);
      if (refusal !== undefined) return refusal;
      ctes.add(names[index] ?? '');
    }
    return undefined;
  }

  #fields(
    type: string,
    node: TreeNode,
    fields: Readonly<Record<string, string>>,
    skip?: string,
  ): Refusal | undefined {
    for (const key in node) {
      if (key === skip) continue;
      const kind = fields[key];
      if (kind === undefined) return unknownNode(`${type}.${key}`, this.#byteOffset);
      const value = node[key];
      const refusal = Array.isArray(value) ? this.#list(kind, value) : this.#field(kind, value);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  #list(kind: string, values: readonly unknown[]): Refusal | undefined {
    for (const value of values) {
      const refusal = this.#field(kind, value);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  #field(kind: string, value: unknown): Refusal | undefined {
    if (kind === '*') return this.wrapped(value);
    if (kind !== 'value') return this.#typed(kind, value);
    return typeof value === 'object' ? unknownNode('value', this.#byteOffset) : undefined;
  }
}

// Half of all nodes are names and texts; they hold nothing else, and no rule asks for them.
function isPlainString(node: TreeNode): boolean {
  for (const key in node) if (key !== 'sval' || typeof node[key] !== 'string') return false;
  return true;
}

function unknownNode(name: string, byteOffset: number | undefined): Refusal {
  return {
    code: 'GUARD_NODE',
    message: `the construct "${name}" is not allowed in a read`,
    hint: 'Write the read without that construct.',
    byteOffset,
  };
}

function tooDeep(byteOffset: number | undefined): Refusal {
  return {
    code: 'GUARD_TOO_DEEP',
    message: `the statement is nested deeper than ${maxTreeDepth} levels`,
    hint: 'Replace long chains of operators or UNIONs by IN lists, VALUES or arrays.',
    byteOffset,
  };
}
