// Reads an XPath 1.0 expression and tells how the work of libxml2 grows with the document; it does not know the document.

/** Work is about `tokens` times the number of nodes to the power of `exponent`. */
export type PathCost = {
  readonly tokens: number;
  /** 1: each node is looked at once; 1.5: once for each level above it; 2 and 3: once for each other node, or pair. */
  readonly exponent: number;
  /** The same where `sibling::x[1]` finds its x near by, as it does in documents that nobody made to be slow. */
  readonly usualExponent: number;
};

const tokenPattern =
  /"[^"]*"|'[^']*'|\d+(?:\.\d*)?|\.\d+|\.\.|\/\/|::|!=|<=|>=|[\p{L}_][\p{L}\p{N}\p{M}_.\-·]*(?::(?=[\p{L}_*])(?:\*|[\p{L}_][\p{L}\p{N}\p{M}_.\-·]*))?|[()[\].@,/|+\-=<>*]|\S/gu;

/** Deepest nesting of brackets and parentheses that is read. */
const maxDepth = 50;

/** The cost, or undefined where the text is no XPath expression that this reader knows. */
export function costOfPath(path: string): PathCost | undefined {
  const tokens = path.match(tokenPattern) ?? [];
  if (tokens.length === 0) return { tokens: 0, exponent: 0, usualExponent: 0 };
  const reader = new PathReader(tokens);
  const isRead = reader.readAll();
  // Long literals are compared character by character, as in translate().
  const weight = tokens.length + path.length / 16;
  return isRead
    ? { tokens: weight, exponent: reader.exponent, usualExponent: reader.usualExponent }
    : undefined;
}

/**
 * What an expression gives. `none`: text, number or boolean; `one`: one node at most; `many`: any number of them. `isAway`
 * where they may lie outside of the node that a condition is asked of, so that other nodes reach them too.
 */
type Result = {
  readonly nodes: 'none' | 'one' | 'many';
  readonly isAway: boolean;
  readonly isLiteral?: boolean;
};

const scalar: Result = { nodes: 'none', isAway: false };
const literal: Result = { nodes: 'none', isAway: false, isLiteral: true };
const here: Result = { nodes: 'one', isAway: false };

const binaryOperators: readonly ReadonlySet<string>[] = [
  new Set(['or']),
  new Set(['and']),
  new Set(['=', '!=', '<', '<=', '>', '>=']),
  new Set(['+', '-']),
  new Set(['*', 'div', 'mod']),
];
const comparison = 2;

/** Functions that search their first argument for the second. */
const searchingFunctions: ReadonlySet<string> = new Set([
  'contains',
  'substring-before',
  'substring-after',
  'translate',
]);
const nodeTypes: ReadonlySet<string> = new Set(['node', 'text', 'comment', 'processing-instruction']);
const isName = (token: string | undefined): token is string =>
  token !== undefined && /^[\p{L}_*]/u.test(token);

/** One pass over the tokens of one expression, by recursive descent (XPath 1.0, section 3). */
class PathReader {
  exponent = 1;
  usualExponent = 1;
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;
  /** True inside a condition that is asked of many nodes. */
  #isAskedOften = false;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  readAll(): boolean {
    return this.#binary(0) !== undefined && this.#at === this.#tokens.length;
  }

  #raise(exponent: number, usual = exponent): void {
    this.exponent = Math.max(this.exponent, exponent);
    this.usualExponent = Math.max(this.usualExponent, usual);
  }

  #next(...expected: readonly string[]): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || !expected.includes(token)) return false;
    this.#at++;
    return true;
  }

  #binary(level: number): Result | undefined {
    const operators = binaryOperators[level];
    if (operators === undefined) return this.#union();
    let left = this.#binary(level + 1);
    while (left !== undefined && operators.has(this.#tokens[this.#at] ?? '')) {
      this.#at++;
      const right = this.#binary(level + 1);
      if (right === undefined) return undefined;
      if (level === comparison && left.nodes === 'many' && right.nodes === 'many') this.#raise(2);
      left = scalar;
    }
    return left;
  }

  #union(): Result | undefined {
    let isNegated = false;
    while (this.#next('-')) isNegated = true;
    let left = this.#path();
    while (left !== undefined && this.#next('|')) {
      const right = this.#path();
      if (right === undefined) return undefined;
      if (left.nodes === 'many' || right.nodes === 'many') this.#raise(2);
      left = { nodes: 'many', isAway: left.isAway || right.isAway };
    }
    return isNegated && left !== undefined ? scalar : left;
  }

  #path(): Result | undefined {
    const token = this.#tokens[this.#at];
    if (token === '/') {
      this.#at++;
      const root: Result = { nodes: 'one', isAway: this.#isAskedOften };
      return this.#startsStep() ? this.#steps(root, true) : root;
    }
    if (token === '//') {
      this.#at++;
      return this.#steps(this.#descend({ nodes: 'one', isAway: this.#isAskedOften }), false);
    }
    const primary = this.#primary(token);
    if (primary === 'step') return this.#steps(here, false);
    if (primary === undefined) return undefined;
    const filtered = this.#conditions(primary);
    return filtered === undefined ? undefined : this.#moreSteps(filtered);
  }

  #primary(token: string | undefined): Result | 'step' | undefined {
    if (token === undefined) return undefined;
    if (/^["']|^\.?\d/.test(token)) {
      this.#at++;
      return literal;
    }
    if (token === '(') return this.#inBrackets(')', () => this.#binary(0));
    const isCall = isName(token) && this.#tokens[this.#at + 1] === '(' && !nodeTypes.has(token);
    return isCall ? this.#call(token) : 'step';
  }

  #inBrackets(end: string, read: () => Result | undefined): Result | undefined {
    if (++this.#depth > maxDepth) return undefined;
    this.#at++;
    const result = read();
    this.#depth--;
    return result !== undefined && this.#next(end) ? result : undefined;
  }

  #call(name: string): Result | undefined {
    this.#at++;
    const given: Result[] = [];
    const read = this.#inBrackets(')', () => {
      if (this.#tokens[this.#at] === ')') return scalar;
      do {
        const argument = this.#binary(0);
        if (argument === undefined) return undefined;
        given.push(argument);
      } while (this.#next(','));
      return scalar;
    });
    if (searchingFunctions.has(name) && given.slice(1).some((each) => each.isLiteral !== true))
      this.#raise(2);
    if (name === 'lang') this.#raise(1.5);
    if (name !== 'id') return read;
    this.#raise(2);
    return read && { nodes: 'many', isAway: true };
  }

  #startsStep(): boolean {
    const token = this.#tokens[this.#at];
    return token === '.' || token === '..' || token === '@' || isName(token);
  }

  #moreSteps(start: Result): Result | undefined {
    let reached: Result | undefined = start;
    while (reached !== undefined && (this.#tokens[this.#at] === '/' || this.#tokens[this.#at] === '//')) {
      if (reached.nodes === 'none') return undefined;
      const isDeep = this.#tokens[this.#at++] === '//';
      reached = this.#step(isDeep ? this.#descend(reached) : reached, false);
    }
    return reached;
  }

  #steps(from: Result, isRoot: boolean): Result | undefined {
    const reached = this.#step(from, isRoot);
    return reached && this.#moreSteps(reached);
  }

  // The half step that `//` stands for: descendant-or-self::node().
  #descend(from: Result): Result {
    this.#raise(from.nodes === 'many' ? 3 : this.#isAskedOften ? (from.isAway ? 2 : 1.5) : 1);
    return { nodes: 'many', isAway: from.isAway };
  }

  #step(from: Result, isRoot: boolean): Result | undefined {
    if (this.#next('.')) return this.#conditions(from);
    if (this.#next('..')) return this.#conditions(this.#move('parent', from, isRoot, '*'));
    let axis = 'child';
    if (this.#next('@')) axis = 'attribute';
    else if (this.#tokens[this.#at + 1] === '::') {
      axis = this.#tokens[this.#at] ?? '';
      this.#at += 2;
    }
    const test = this.#nodeTest();
    if (test === undefined) return undefined;
    return this.#conditions(this.#move(axis, from, isRoot, test), from.nodes === 'one');
  }

  #nodeTest(): string | undefined {
    const test = this.#tokens[this.#at];
    if (!isName(test)) return undefined;
    this.#at++;
    if (!nodeTypes.has(test) || !this.#next('(')) return test;
    if (/^["']/.test(this.#tokens[this.#at] ?? '')) this.#at++;
    return this.#next(')') ? `${test}()` : undefined;
  }

  // libxml2 gathers children and attributes as they come, but looks through what it has for each node of any other axis.
  #move(axis: string, from: Result, isRoot: boolean, test: string): Result {
    const isMany = from.nodes === 'many';
    const stays = { nodes: 'many', isAway: from.isAway } as const;
    switch (axis) {
      case 'self':
        return from;
      case 'child':
        if (isRoot) return test.endsWith(')') ? stays : from;
        if (from.isAway && this.#isAskedOften) this.#raise(2);
        return stays;
      case 'attribute': {
        const isOne = !isMany && !test.endsWith('*') && !test.endsWith(')');
        if (!isOne && from.isAway && this.#isAskedOften) this.#raise(2);
        return isOne ? from : stays;
      }
      case 'parent':
        if (isMany) this.#raise(2);
        return { nodes: from.nodes, isAway: true };
      case 'descendant':
      case 'descendant-or-self':
        return this.#descend(from);
      case 'ancestor':
      case 'ancestor-or-self':
        this.#raise(isMany ? 2 : this.#isAskedOften ? 1.5 : 1);
        return { nodes: 'many', isAway: true };
      case 'namespace':
        this.#raise(2);
        return stays;
      default:
        return this.#moveAside(axis, from, test);
    }
  }

  // The next sibling of any kind is at hand; the next of one name may be far, or nowhere.
  #moveAside(axis: string, from: Result, test: string): Result {
    const isSibling = axis === 'following-sibling' || axis === 'preceding-sibling';
    const isNearest = isSibling && this.#tokens.slice(this.#at, this.#at + 3).join('') === '[1]';
    const isMany = from.nodes === 'many';
    if (!isNearest) this.#raise(isMany ? 3 : this.#isAskedOften ? 2 : 1);
    else if (isMany) this.#raise(2, 1.5);
    else if (this.#isAskedOften && test !== '*' && test !== 'node()') this.#raise(2, 1.5);
    return { nodes: isNearest ? from.nodes : 'many', isAway: true };
  }

  // A number alone picks one node for each node that the step came from.
  #conditions(of: Result, isFromOne = true): Result | undefined {
    let result: Result = of;
    while (this.#tokens[this.#at] === '[') {
      const isPlace = /^\[(?:\d+|last\(\))\]/.test(this.#tokens.slice(this.#at, this.#at + 5).join(''));
      const outer = this.#isAskedOften;
      this.#isAskedOften = outer || result.nodes === 'many';
      const condition = this.#inBrackets(']', () => this.#binary(0));
      this.#isAskedOften = outer;
      if (condition === undefined) return undefined;
      if (isPlace && isFromOne && result.nodes === 'many') result = { nodes: 'one', isAway: result.isAway };
    }
    return result;
  }
}
