// Judges what stands at the top of a text: one statement, of a kind that only reads.
import type { Refusal } from './refusal.ts';
import { asNode, nodeOf } from './tree.ts';

/** The kinds that are served. VALUES and TABLE are SELECT in Postgres' tree. */
export type StatementKind = 'select' | 'explain' | 'show';

/** The statement to walk, or the refusal. */
export type FoundStatement =
  | { readonly kind: StatementKind; readonly root: unknown }
  | { readonly refusal: Refusal };

/** Looks at the statements libpg-query found in a text. */
export function judgeStatement(statements: readonly unknown[]): FoundStatement {
  const [first, second] = statements;
  if (first === undefined) return { refusal: empty };
  if (second !== undefined) {
    const offset = Number(asNode(first)?.['stmt_len'] ?? 0) + Number(asNode(first)?.['stmt_location'] ?? 0);
    return { refusal: severalStatements(statements.length, offset) };
  }
  const root = asNode(first)?.['stmt'];
  if (nodeOf(root, 'SelectStmt') !== undefined) return { kind: 'select', root };
  if (nodeOf(root, 'VariableShowStmt') !== undefined) return { kind: 'show', root };
  const explain = nodeOf(root, 'ExplainStmt');
  if (explain !== undefined && nodeOf(explain['query'], 'SelectStmt') !== undefined)
    return { kind: 'explain', root };
  return { refusal: notServed(root, explain) };
}

/** Also said of a text without anything to parse. */
export const empty: Refusal = {
  code: 'GUARD_EMPTY',
  message: 'the text holds no statement',
  hint: 'Send one SELECT, WITH, VALUES, TABLE, EXPLAIN or SHOW statement.',
};

function severalStatements(count: number, byteOffset: number): Refusal {
  return {
    code: 'GUARD_MULTIPLE_STATEMENTS',
    message: `the text holds ${count} statements`,
    hint: 'Send each statement in a call of its own.',
    byteOffset,
  };
}

function notServed(root: unknown, explain: unknown): Refusal {
  const inner = explain === undefined ? root : asNode(explain)?.['query'];
  const [node = 'statement'] = Object.keys(asNode(inner) ?? {});
  const verb =
    verbs[node] ??
    node
      .replace(/Stmt$/, '')
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toUpperCase();
  return {
    code: 'GUARD_STATEMENT',
    message: `${explain === undefined ? '' : 'EXPLAIN of '}"${verb}" is not a read`,
    hint: hints[node] ?? 'Only reads are served: SELECT, WITH, VALUES, TABLE, EXPLAIN of those, and SHOW.',
    byteOffset: 0,
  };
}

const verbs: Readonly<Record<string, string>> = {
  CreateTableAsStmt: 'CREATE TABLE AS',
  TransactionStmt: 'transaction control',
  VariableSetStmt: 'SET',
  ViewStmt: 'CREATE VIEW',
  IndexStmt: 'CREATE INDEX',
  CreateStmt: 'CREATE TABLE',
  DropStmt: 'DROP',
  GrantStmt: 'GRANT',
};

const readOnly = 'This server only reads; nothing can be changed through it.';

const hints: Readonly<Record<string, string>> = {
  InsertStmt: `${readOnly} VALUES (…) gives rows without a table.`,
  UpdateStmt: readOnly,
  DeleteStmt: readOnly,
  MergeStmt: readOnly,
  TransactionStmt: 'Leave it out; every statement runs in a read-only transaction of its own.',
  VariableSetStmt: 'Leave it out; give timeout_ms or params with the call where those are meant.',
  CopyStmt: 'Select the rows; the server pages and formats them.',
  CallStmt: 'Leave it out; procedures are never run.',
  DoStmt: 'Leave it out; code is never run.',
  ExecuteStmt: 'Send the SELECT itself with params.',
  PrepareStmt: 'Send the SELECT itself with params.',
  DeclareCursorStmt: 'Send the SELECT itself; the server pages long results.',
  FetchStmt: 'Send the SELECT itself; the server pages long results.',
  CreateTableAsStmt: 'Use WITH to name an intermediate result.',
  ViewStmt: 'Use WITH to name an intermediate result.',
};
