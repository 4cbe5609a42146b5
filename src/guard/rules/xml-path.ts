// Refuses XPath expressions that may search a document once for each of its nodes: libxml2 cannot be interrupted, so
// neither a time limit nor a cancel request would end them. It does not judge what the path selects.
import type { Estimates, Source } from '../estimates/estimates.ts';
import { costOfPath, type PathCost } from '../estimates/xpath-cost.ts';
import type { Placed } from '../output-columns.ts';
import type { Scope } from '../scope.ts';
import { asList, asNode, nodeOf, type TreeNode } from '../tree.ts';
import { argumentsOf, lastName } from '../tree-parts.ts';
import { type Rule, refusalFor } from './rule.ts';

/** Most looks at nodes that a path may take in a document of constants, some seconds. */
const maxNodeVisits = 2e9;
/** Shortest text of an element. */
const bytesOfNode = 4;
/** Looks at each node, times the levels above it, that are few enough in any document. */
const maxExponent = 1.5;
/** Longest path, in words and signs, for a document that is not known. */
const maxTokens = 500;

export const xmlPath: Rule = {
  name: 'xml-path',
  codes: ['GUARD_FUNCTION'],
  nodes: ['FuncCall', 'RangeTableFunc'],
  judge: (node, position, { policy, sizes }, type) => {
    const { paths, document } = type === 'FuncCall' ? callOf(node) : tableOf(node);
    for (const path of paths) {
      const text = sizes.estimates().text(path, position.scope);
      const objection =
        text === undefined
          ? nodeOf(path, 'A_Const')?.['isnull'] === true
            ? undefined
            : notLiteral
          : objectionTo(text, document, position.scope, sizes.estimates());
      if (objection !== undefined) return refusalFor('GUARD_FUNCTION', objection, position, policy);
    }
    return undefined;
  },
};

type Use = { readonly paths: readonly unknown[]; readonly document: unknown };

const takesPath: ReadonlySet<string> = new Set(['xpath', 'xpath_exists', 'xmlexists']);
const none: Use = { paths: [], document: undefined };

function callOf(call: TreeNode): Use {
  if (!takesPath.has(lastName(call['funcname']) ?? '')) return none;
  const [path, document] = argumentsOf(call);
  return { paths: [path], document };
}

function tableOf(table: TreeNode): Use {
  const columns = asList(table['columns']).map((column) => nodeOf(column, 'RangeTableFuncCol')?.['colexpr']);
  const paths = [table['rowexpr'], ...columns].filter((path) => path !== undefined);
  return { paths, document: table['docexpr'] };
}

function objectionTo(path: string, document: unknown, scope: Scope | undefined, estimates: Estimates) {
  const cost = costOfPath(path);
  if (cost === undefined) return notRead;
  if (cost.exponent <= 1 && cost.tokens <= 20) return undefined;
  return isBounded(cost, { expression: document, scope }, estimates) ? undefined : notLinear;
}

function isBounded(cost: PathCost, document: Placed, estimates: Estimates): boolean {
  if (isWritten(document, estimates)) {
    const nodes = estimates.bytes(document.expression, document.scope) / bytesOfNode;
    return cost.tokens * nodes ** cost.exponent <= maxNodeVisits;
  }
  const { data } = estimates.origin(document.expression, document.scope);
  return cost.tokens <= maxTokens && (data ? cost.usualExponent : cost.exponent) <= maxExponent;
}

/** Parts of a document that are looked at, at most. */
const maxParts = 1_000;

// A document put together of literals without "!" holds no entities, which would make it bigger than it is written.
function isWritten(document: Placed, estimates: Estimates): boolean {
  const waiting: (Placed | Source)[] = [document];
  for (let seen = 0; waiting.length > 0; seen++) {
    const at = waiting.pop();
    if (seen > maxParts || at === undefined || ('kind' in at && at.kind !== 'expression')) return false;
    const { expression, scope } = at;
    const constant = nodeOf(expression, 'A_Const');
    if (constant !== undefined) {
      if (String(asNode(constant['sval'])?.['sval'] ?? '').includes('!')) return false;
      continue;
    }
    const parts =
      estimates.alternatives(expression, scope) ??
      partsOfDocument(expression)?.map((part) => ({ expression: part, scope }));
    if (parts === undefined) return false;
    for (const part of parts) waiting.push(part);
  }
  return true;
}

function partsOfDocument(expression: unknown): readonly unknown[] | undefined {
  const cast = nodeOf(expression, 'TypeCast');
  if (cast !== undefined) return [cast['arg']];
  const operation = nodeOf(expression, 'A_Expr');
  if (operation !== undefined)
    return lastName(operation['name']) === '||' ? [operation['lexpr'], operation['rexpr']] : undefined;
  const call = nodeOf(expression, 'FuncCall');
  if (call !== undefined) {
    const name = lastName(call['funcname']);
    if (name === 'repeat') return argumentsOf(call).slice(0, 1);
    return name === 'concat' ? argumentsOf(call) : undefined;
  }
  const made = nodeOf(expression, 'XmlExpr');
  return made?.['op'] === 'IS_XMLPARSE' ? asList(made['args']).slice(0, 1) : undefined;
}

const notLiteral = {
  message: 'an XPath expression must be a literal',
  hint: 'Write the path as string literals, without parameters or columns.',
};

const notRead = {
  message: 'an XPath expression cannot be read',
  hint: 'Mend the path after XPath 1.0; variables are not there.',
};

const notLinear = {
  message: 'an XPath expression may search the document only once',
  hint: 'Begin with // and use it nowhere else, and let conditions look no further than children, attributes and parents.',
};
