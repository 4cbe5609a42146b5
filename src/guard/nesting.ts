// Estimates how deep a JSON or XML document of constants is nested: never less than it is, where constants decide.
import type { Estimates } from './estimates/estimates.ts';
import type { Scope } from './scope.ts';
import { asNode, nodeOf, type TreeNode } from './tree.ts';
import { argumentsOf, lastName, partsOf } from './tree-parts.ts';

/** The signs of a kind of document. */
type Marks = {
  readonly open: RegExp;
  readonly close: RegExp;
  /** Strings that end in the piece of text that they begin in; no sign in them counts. */
  readonly strings: RegExp | undefined;
  /** What else signs may hide behind. */
  readonly hiding: RegExp;
  readonly most: number;
};

/** Levels are those that Postgres' stack of 2 MB and libxml2 take at most. */
const marksOf: Readonly<Record<'json' | 'xml', Marks>> = {
  json: { open: /[[{]/g, close: /[\]}]/g, strings: /"[^"\\]*"/g, hiding: /["\\]/, most: 10_000 },
  xml: { open: /<(?![/!?])/g, close: /<\/|\/>/g, strings: undefined, hiding: /[!?"']/, most: 256 },
};

/** Levels that a piece of text opens: in all, at most at a time, and left open behind it. */
type Shape = {
  readonly opened: number;
  readonly peak: number;
  readonly net: number;
  /** False where signs may stand within strings and comments, so that nothing is sure to be closed. */
  readonly isPlain: boolean;
};

/** Levels of a document, from 1. */
export function nestingOf(
  document: unknown,
  scope: Scope | undefined,
  kind: 'json' | 'xml',
  estimates: Estimates,
): number {
  const known = readers.get(estimates) ?? {
    json: new ShapeReader(marksOf.json, estimates),
    xml: new ShapeReader(marksOf.xml, estimates),
  };
  readers.set(estimates, known);
  const { opened, peak, isPlain } = known[kind].shapeOf(document, scope);
  return Math.min(marksOf[kind].most, Math.max(1, isPlain ? peak : opened));
}

/** Readers of a statement: what it repeats is read once. */
const readers = new WeakMap<Estimates, Readonly<Record<'json' | 'xml', ShapeReader>>>();

/** Deepest expression that is followed. */
const maxDepth = 400;

const building =
  /^(?:jsonb?_(?:agg|object|build|array|strip|populate)\w*|to_jsonb?|row_to_json|array_to_json|array_agg|xmlagg)$/;

const closed = (levels: number): Shape => ({ opened: levels, peak: levels, net: 0, isPlain: true });

function levelsOf({ opened, peak, isPlain }: Shape): number {
  return isPlain ? peak : opened;
}

function joined(left: Shape, right: Shape): Shape {
  return {
    opened: left.opened + right.opened,
    peak: Math.max(left.peak, left.net + right.peak),
    net: left.net + right.net,
    isPlain: left.isPlain && right.isPlain,
  };
}

function repeated({ opened, peak, net, isPlain }: Shape, count: number): Shape {
  const times = Math.max(0, count);
  const before = Math.max(0, times - 1) * Math.max(0, net);
  return { opened: times * opened, peak: before + peak, net: times * net, isPlain };
}

/** Reads each expression once. */
class ShapeReader {
  readonly #marks: Marks;
  readonly #estimates: Estimates;
  readonly #known = new Map<unknown, Shape>();
  #depth = 0;

  constructor(marks: Marks, estimates: Estimates) {
    this.#marks = marks;
    this.#estimates = estimates;
  }

  shapeOf(expression: unknown, scope: Scope | undefined): Shape {
    const known = this.#known.get(expression);
    if (known !== undefined) return known;
    if (this.#depth >= maxDepth) return closed(Number.POSITIVE_INFINITY);
    this.#known.set(expression, closed(0));
    this.#depth++;
    const shape = this.#read(expression, scope);
    this.#depth--;
    this.#known.set(expression, shape);
    return shape;
  }

  #read(expression: unknown, scope: Scope | undefined): Shape {
    const text = this.#estimates.text(expression, scope);
    if (text !== undefined) return shapeOfText(text, this.#marks);
    const alternatives = this.#estimates.alternatives(expression, scope);
    if (alternatives !== undefined) {
      const shapes = alternatives.map((each) =>
        each.kind === 'data' ? closed(1) : this.shapeOf(each.expression, each.scope),
      );
      return {
        opened: Math.max(0, ...shapes.map((each) => each.opened)),
        peak: Math.max(0, ...shapes.map((each) => each.peak)),
        net: Math.max(...shapes.map((each) => each.net)),
        isPlain: shapes.every((each) => each.isPlain),
      };
    }
    const [type = ''] = Object.keys(asNode(expression) ?? {});
    return this.#readNode(type, nodeOf(expression, type), expression, scope);
  }

  #readNode(type: string, node: TreeNode | undefined, expression: unknown, scope: Scope | undefined): Shape {
    const all = (list: readonly unknown[]): Shape =>
      list.map((each) => this.shapeOf(each, scope)).reduce(joined, closed(0));
    if (type === 'TypeCast') return this.shapeOf(node?.['arg'], scope);
    if (type === 'A_Expr') return all([node?.['lexpr'], node?.['rexpr']]);
    if (/^(?:Json|Xml|RowExpr|A_ArrayExpr)/.test(type) && node !== undefined)
      return this.#around(partsOf(node), scope);
    const name = lastName(node?.['funcname']) ?? '';
    const args = node === undefined ? [] : argumentsOf(node);
    if (name === 'repeat') {
      const { high } = this.#estimates.range(args[1], scope);
      return repeated(this.shapeOf(args[0], scope), high);
    }
    if (name === 'concat') return all(args);
    if (building.test(name)) return this.#around(args, scope);
    // Any sign of what it gives may open a level.
    return { ...closed(this.#estimates.bytes(expression, scope)), isPlain: false };
  }

  #around(parts: readonly unknown[], scope: Scope | undefined): Shape {
    return closed(1 + Math.max(0, ...parts.map((part) => levelsOf(this.shapeOf(part, scope)))));
  }
}

function shapeOfText(written: string, { open, close, strings, hiding }: Marks): Shape {
  const text = strings === undefined ? written : written.replace(strings, ' ');
  const isPlain = !hiding.test(text);
  const signs: { readonly place: number; readonly step: 1 | -1 }[] = [
    ...[...text.matchAll(open)].map(({ index }) => ({ place: index, step: 1 as const })),
    ...[...text.matchAll(close)].map(({ index }) => ({ place: index, step: -1 as const })),
  ].toSorted((left, right) => left.place - right.place);
  let [opened, peak, net] = [0, 0, 0];
  for (const { step } of signs) {
    net += step;
    if (step > 0) opened++;
    peak = Math.max(peak, net);
  }
  return { opened, peak, net, isPlain };
}
