// Judges one text by the parser and the rules and gives plain data; it neither waits nor knows where it runs.
import { createSizes } from './estimates/constants.ts';
import { type Allowance, createAllowance } from './estimates/estimates.ts';
import { countParameters } from './parameter-uses.ts';
import type { Parse } from './parser.ts';
import type { Policy } from './policy.ts';
import type { Refusal } from './refusal.ts';
import { rules } from './rules/index.ts';
import type { Rule, RuleContext } from './rules/rule.ts';
import { isCte } from './scope.ts';
import { judgeStatement, type StatementKind } from './statement.ts';
import { measureText } from './text-limits.ts';
import { asNode, type TreeNode } from './tree.ts';
import { type Position, type Visit, walk } from './walk.ts';

/** A relation a statement names, as written; CTEs are none. */
export type NamedRelation = { readonly schema?: string; readonly name: string };

/** The outcome for one text. */
export type Judgement =
  | {
      readonly accepted: true;
      readonly statement: StatementKind;
      readonly placeholderCount: number;
      readonly relations: readonly NamedRelation[];
      /** False where a constant such as 'today' is read when the text is parsed, so that it may not be kept parsed. */
      readonly isTimeless: boolean;
    }
  | {
      readonly accepted: false;
      readonly refusal: Refusal;
      /** True where the steps of the judge ran out: one that has more of them may say otherwise. */
      readonly isSpent?: boolean;
    };

/** Most relations that are reported. */
const maxRelations = 500;

/** Judges texts by one policy. Throws what `parse` throws: see parser.ts. */
export type Judge = (sql: string) => Judgement;

/**
 * Steps of estimating that a statement may cause, SQL in its literals included. What they take is held by
 * test/anomaly/guard-doubling-texts.test.ts: 20 ms in this process, a quarter of the deadline in the worker.
 */
export const stepsInProcess = 5_000;
const stepsInWorker = 100_000;

/** Creates a judge, of `steps` for each statement. */
export function createJudge(parse: Parse, policy: Policy, steps = stepsInWorker): Judge {
  const rulesByNode = groupByNode(rules);
  const judgeText = (sql: string, isLiteral: boolean, allowance: Allowance): Judgement => {
    const parsed = parse(sql);
    if ('syntaxError' in parsed) return { accepted: false, refusal: syntaxRefusal(sql, parsed.syntaxError) };
    const found = judgeStatement(parsed.statements);
    if ('refusal' in found) return { accepted: false, refusal: found.refusal };
    if (isLiteral && found.kind !== 'select') return { accepted: false, refusal: notASelect };
    const judgeLiteral = isLiteral
      ? undefined
      : (text: string) => refusalOfLiteral(text, allowance, judgeText);
    const parameterUses = countParameters(found.root);
    const context = { policy, judgeLiteral, parameterUses, sizes: createSizes(allowance) };
    return judgeTree(found.kind, found.root, rulesByNode, context);
  };
  return (sql) => {
    const allowance = createAllowance(steps);
    const judgement = judgeText(sql, false, allowance);
    if (allowance.steps >= 0) return judgement;
    return { accepted: false, refusal: judgement.accepted ? notTold : judgement.refusal, isSpent: true };
  };
}

const notTold: Refusal = {
  code: 'GUARD_EXPANSION',
  message: 'the size of its constants takes too long to tell',
  hint: 'Simplify the statement, or split it in several.',
};

function judgeTree(
  statement: StatementKind,
  root: unknown,
  rulesByNode: ReadonlyMap<string, readonly Rule[]>,
  context: RuleContext,
): Judgement {
  const relations = new Map<string, NamedRelation>();
  let placeholderCount = 0;
  let isTimeless = true;
  const visit: Visit = (type, node, position) => {
    if (type === 'A_Const' && isOfTheMoment(node)) isTimeless = false;
    if (type === 'ParamRef') placeholderCount = Math.max(placeholderCount, Number(node['number'] ?? 0));
    if (type === 'RangeVar') note(node, position, relations);
    for (const rule of rulesByNode.get(type) ?? []) {
      const refusal = rule.judge(node, position, context, type);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };
  const refusal = walk(root, visit);
  if (refusal !== undefined) return { accepted: false, refusal };
  return { accepted: true, statement, placeholderCount, relations: [...relations.values()], isTimeless };
}

/**
 * Constants of date and time types that depend on when they are read (manual, 8.5.1.4 "Special Values"; a timetz without a
 * date takes the offset of the day). The type is not known here, so that any string will do.
 */
const momentWords = /now|today|tomorrow|yesterday|\d:\d/i;

function isOfTheMoment(constant: TreeNode): boolean {
  const text = asNode(constant['sval'])?.['sval'];
  return typeof text === 'string' && momentWords.test(text);
}

function note(node: TreeNode, { scope }: Position, relations: Map<string, NamedRelation>): void {
  const name = String(node['relname']);
  const schema = node['schemaname'] === undefined ? undefined : String(node['schemaname']);
  if (relations.size >= maxRelations || (schema === undefined && isCte(scope, name))) return;
  relations.set(`${schema ?? ''}.${name}`, schema === undefined ? { name } : { schema, name });
}

function groupByNode(list: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  const byNode = new Map<string, Rule[]>();
  for (const rule of list) {
    for (const node of rule.nodes) byNode.set(node, [...(byNode.get(node) ?? []), rule]);
  }
  return byNode;
}

const notASelect: Refusal = {
  code: 'GUARD_FUNCTION',
  message: 'the text is no SELECT',
  hint: 'Write the inner SQL as one SELECT.',
};

function refusalOfLiteral(
  sql: string,
  allowance: Allowance,
  judgeText: (sql: string, isLiteral: boolean, allowance: Allowance) => Judgement,
): Refusal | undefined {
  // Escapes such as E'\\50' hide brackets and comments from the measure of the text around.
  const measure = measureText(sql);
  if (measure.refusal !== undefined) return measure.refusal;
  const judgement = sql.trim() === '' ? undefined : judgeText(sql, true, allowance);
  if (judgement === undefined || (judgement.accepted && judgement.placeholderCount > 0)) return notASelect;
  return judgement.accepted ? undefined : judgement.refusal;
}

// The stack of Postgres' own grammar is full; its place says nothing.
const parserFull: Refusal = {
  code: 'GUARD_TOO_DEEP',
  message: 'the statement is nested deeper than the grammar of PostgreSQL can read',
  hint: 'Flatten the statement, for example with WITH, IN lists or arrays.',
};

function syntaxRefusal(sql: string, error: { message: string; characterOffset: number }): Refusal {
  if (error.message.startsWith('memory exhausted')) return parserFull;
  const offset = [...sql.slice(0, 2 * error.characterOffset)].slice(0, error.characterOffset).join('').length;
  return {
    code: 'GUARD_SYNTAX',
    message: error.message,
    hint: syntaxHint(sql),
    byteOffset: Buffer.byteLength(sql.slice(0, offset)),
  };
}

// To Postgres these are letters of a name, and a reader cannot see them.
const unseen = /[\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]/;

/** What other databases and tools write, and what PostgreSQL writes instead; the first that is found counts. */
const foreignSyntax: readonly (readonly [form: RegExp, hint: string])[] = [
  [/^\s*\\/, 'Commands of psql are not SQL: ask list_tables, search_schema or describe_table.'],
  [/^\s*select\s+(?:all\s+|distinct\s+)?top\b/i, 'PostgreSQL has no TOP: write LIMIT 5 at the end.'],
  [/\blimit\s+\S+\s*,\s*\S/i, 'Write LIMIT count OFFSET start instead of LIMIT start, count.'],
  [/`/, 'PostgreSQL quotes names with double quotes, or not at all.'],
  [/(?:^|[\s.,(])\[\w/, 'PostgreSQL quotes names with double quotes and not with brackets.'],
  [/\bqualify\b/i, 'PostgreSQL has no QUALIFY: filter a window function in a query around this one.'],
  [/\binterval\s+\d/i, "Write an interval as a string: interval '1 day'."],
  [/(?:^|[\s(=,])@{1,2}[a-z]/i, 'PostgreSQL has no variables: use params and $1.'],
];

function syntaxHint(sql: string): string {
  const found = unseen.exec(sql)?.[0];
  if (found === undefined) {
    const bare = sql.replace(/'[^']*'/g, "''");
    const foreign = foreignSyntax.find(([form]) => form.test(bare));
    return foreign?.[1] ?? 'Mend the statement at the place marked; this is the grammar of PostgreSQL.';
  }
  const code = found.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
  return `The text holds U+${code}, which looks like a blank or like nothing: write plain spaces instead.`;
}

/** True for a record that another thread sent as a judgement. */
export function isJudgement(value: unknown): value is Judgement {
  return typeof asNode(value)?.['accepted'] === 'boolean';
}
