// Finds the jsonpaths of a node, each with the document that it is asked of, and reads what makes them costly.
import type { Estimates } from './estimates/estimates.ts';
import type { Scope } from './scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from './tree.ts';
import { argumentsOf, lastName } from './tree-parts.ts';

/** One path over one document. */
export type PathUse = { readonly document: unknown; readonly path: unknown };

/** What makes a path costly: comparisons that may hold many items against many, and `**`. */
export type PathCost = { readonly comparisons: number; readonly descents: number };

const none: readonly PathUse[] = [];

export function pathUsesOf(node: TreeNode, type: string): readonly PathUse[] {
  switch (type) {
    case 'FuncCall': {
      if (lastName(node['funcname'])?.startsWith('jsonb_path_') !== true) return none;
      const [document, path] = argumentsOf(node);
      return [{ document, path }];
    }
    case 'A_Expr': {
      const name = lastName(node['name']);
      // No function gives a jsonpath; one that stands there gives a query over words.
      const isPath = (name === '@@' || name === '@?') && nodeOf(node['rexpr'], 'FuncCall') === undefined;
      return isPath ? [{ document: node['lexpr'], path: node['rexpr'] }] : none;
    }
    case 'JsonFuncExpr':
      return [{ document: asNode(node['context_item'])?.['raw_expr'], path: node['pathspec'] }];
    case 'JsonTable': {
      const document = asNode(node['context_item'])?.['raw_expr'];
      return pathsOfTable(node).map((path) => ({ document, path }));
    }
    default:
      return none;
  }
}

function pathsOfTable(table: TreeNode): unknown[] {
  const paths: unknown[] = [];
  const waiting: (TreeNode | undefined)[] = [table];
  while (waiting.length > 0) {
    const node = waiting.pop();
    const path = asNode(node?.['pathspec'])?.['string'];
    if (path !== undefined) paths.push(path);
    for (const column of asList(node?.['columns'])) waiting.push(nodeOf(column, 'JsonTableColumn'));
  }
  return paths;
}

const worst: PathCost = { comparisons: 1, descents: 1 };

/** Reads a path where it is a constant; a path that is not may do either once. */
export function costOfJsonPath(path: unknown, scope: Scope | undefined, estimates: Estimates): PathCost {
  const cast = nodeOf(path, 'TypeCast');
  const isPath = lastName(asNode(cast?.['typeName'])?.['names']) === 'jsonpath';
  const text = estimates.text(isPath ? cast?.['arg'] : path, scope);
  if (text === undefined) return worst;
  const bare = text.replace(/"(?:\\[\s\S]|[^"\\])*"|\/\*[\s\S]*?\*\//g, (part) =>
    part.startsWith('"') ? '""' : ' ',
  );
  // What a comparison holds against a value that is written, it looks at once.
  const comparisons = bare.match(/(?:==|!=|<>|[<>]=?)[\s(+-]*[$@]/g)?.length ?? 0;
  return { comparisons, descents: bare.match(/\*\*/g)?.length ?? 0 };
}
