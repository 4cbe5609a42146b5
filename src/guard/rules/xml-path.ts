// Refuses XPath expressions that may search a document once for each of its nodes: libxml2 cannot be interrupted, so
// neither a time limit nor a cancel request would end them. It does not judge what the path selects.
import { asList, literalText, nameParts, nodeOf, type TreeNode } from '../tree.ts';
import { type Rule, refusalFor } from './rule.ts';

export const xmlPath: Rule = {
  name: 'xml-path',
  codes: ['GUARD_FUNCTION'],
  nodes: ['FuncCall', 'RangeTableFunc'],
  judge: (node, position, { policy }, type) => {
    const paths = type === 'FuncCall' ? pathOfCall(node) : pathsOfTable(node);
    for (const path of paths) {
      const text = literalText(path);
      const objection = text === undefined ? notLiteral : isLinear(text) ? undefined : notLinear;
      if (objection !== undefined) return refusalFor('GUARD_FUNCTION', objection, position, policy);
    }
    return undefined;
  },
};

const takesPath = /^(?:pg_catalog\.)?(?:xpath|xpath_exists|xmlexists)$/;

function pathOfCall(call: TreeNode): readonly unknown[] {
  return takesPath.test(nameParts(call['funcname']).join('.')) ? asList(call['args']).slice(0, 1) : [];
}

function pathsOfTable(table: TreeNode): readonly unknown[] {
  const columns = asList(table['columns']).map((column) => nodeOf(column, 'RangeTableFuncCol')?.['colexpr']);
  return [table['rowexpr'], ...columns].filter((path) => path !== undefined);
}

/** Steps that look at many nodes: `//` and the axes that leave a node's children and attributes. */
const search = /\/\/|\b(?:ancestor|descendant|following|preceding)[a-z-]*\s*::/g;
/** What in a condition leads away from the node: up, or down from the root. */
const leavesNode = /\.\.|\bparent\s*::|(?:^|[^\w\s*.)\]])\s*\/|\b(?:and|or|div|mod)\s+\/|\bid\s*\(/;

// Every node is looked at once where the path holds one search at most, and conditions only look below their node.
function isLinear(path: string): boolean {
  const bare = path.replace(/"[^"]*"|'[^']*'/g, '""');
  const conditions = conditionsOf(bare);
  if ((bare.match(search)?.length ?? 0) > 1) return false;
  return conditions.every((condition) => condition.search(search) === -1 && !leavesNode.test(condition));
}

// The text within each outermost pair of square brackets.
function conditionsOf(path: string): string[] {
  const conditions: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < path.length; at++) {
    if (path[at] === '[' && depth++ === 0) start = at + 1;
    if (path[at] === ']' && --depth === 0) conditions.push(path.slice(start, at));
  }
  return conditions;
}

const notLiteral = {
  message: 'an XPath expression must be a literal',
  hint: 'Write the path as one string literal, without parameters or concatenation.',
};

const notLinear = {
  message: 'an XPath expression may search the document only once',
  hint: 'Use // once at most, outside of [ ], and let conditions name only children and attributes.',
};
