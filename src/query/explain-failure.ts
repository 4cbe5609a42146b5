// Makes the error of a statement teach: the nearest names the analyst may see, the limit that was hit, what to do.
import { CodedError as Coded, type CodedError, type ErrorFacts } from '../base/errors.ts';
import type { NameHints } from './dependencies.ts';
import { identifierAt } from './identifier-at.ts';

/** What is known of the statement that failed. */
export type FailedStatement = {
  readonly sql: string;
  /** Relations that the statement reads, dotted where they were written so. */
  readonly relations: readonly string[];
  readonly statementTimeoutMs: number;
  readonly serverTimeoutMs: number;
  readonly elapsedMs: number;
  readonly signal: AbortSignal;
};

/** The same error with what helps to mend it; a hint of Postgres' own is kept where ours has no name to offer. */
export async function explainFailure(
  error: CodedError,
  failed: FailedStatement,
  hints: NameHints,
): Promise<CodedError> {
  if (error.code === 'LIMIT_STATEMENT_TIMEOUT') return explainTimeout(error, failed);
  const hint = (await nameHint(error, failed, hints)) ?? error.facts.hint;
  return withFacts(error, { hint });
}

function explainTimeout(error: CodedError, failed: FailedStatement): CodedError {
  const { statementTimeoutMs, serverTimeoutMs, elapsedMs } = failed;
  // Ours, where not even the end of the statement came: the statement need not be slow.
  if (error.facts.sqlState === undefined)
    return withFacts(error, {
      hint: 'The database or the network is silent: try again shortly, and tell the operator if it stays.',
    });
  if (error.facts.sqlState === transactionTimeout)
    return new Coded(
      'LIMIT_STATEMENT_TIMEOUT',
      'the database ended the statement at a time limit of its own (transaction_timeout)',
      {
        ...error.facts,
        hint: 'Narrow the WHERE clause, or aggregate earlier; only the operator can raise this limit.',
      },
    );
  if (error.facts.sqlState === '57014' && elapsedMs < statementTimeoutMs * 0.9) {
    return new Coded('CANCELLED', 'the statement was cancelled in the database', { sqlState: '57014' });
  }
  const raise = statementTimeoutMs < serverTimeoutMs ? `raise timeout_ms (up to ${serverTimeoutMs}), ` : '';
  return new Coded('LIMIT_STATEMENT_TIMEOUT', `the statement ran longer than ${statementTimeoutMs} ms`, {
    ...error.facts,
    hint: `Narrow the WHERE clause, aggregate earlier, ${raise}or look at the plan with the explain tool.`,
  });
}

/** PostgreSQL 17 and later (manual, 19.11, transaction_timeout). */
const transactionTimeout = '25P04';

/** Several functions fit equally well (manual, appendix A). */
const ambiguousFunction = '42725';

async function nameHint(
  error: CodedError,
  failed: FailedStatement,
  hints: NameHints,
): Promise<string | undefined> {
  const bySqlState = hintBySqlState(error, failed);
  if (bySqlState !== undefined) return bySqlState;
  try {
    if (error.code === 'DB_PERMISSION') return await hints.readable(failed.relations, failed.signal);
    if (error.facts.place === undefined) return undefined;
    const name = identifierAt(failed.sql, error.facts.place.offset);
    if (name === undefined) return undefined;
    if (error.code === 'DB_UNDEFINED_FUNCTION' || error.facts.sqlState === ambiguousFunction) {
      const signatures = await hints.signatures(name, failed.signal);
      return signatures && `${signatures}; cast the arguments to fit.`;
    }
    if (error.code === 'DB_UNDEFINED_TABLE')
      return didYouMean(await hints.relations(name, failed.signal), 'list_tables');
    if (error.code === 'DB_UNDEFINED_COLUMN') {
      const near = await hints.columns(failed.relations, name, failed.signal);
      if (near.length > 0) return didYouMean(near, 'describe_table');
      const quotes = name.includes('"') ? ['Double quotes make a name; a text takes single quotes.'] : [];
      const listing = await hints.listing(failed.relations, failed.signal);
      return [...quotes, ...(listing === undefined ? [] : [listing])].join(' ') || undefined;
    }
  } catch {
    // A schema that cannot be read now only costs the hint.
  }
  return undefined;
}

/** Hints for codes that have several causes, where the statement shows which of them it is. */
function hintBySqlState({ facts }: CodedError, { sql, relations }: FailedStatement): string | undefined {
  if (facts.sqlState === '55000' && relations.length > 0)
    return 'It was never refreshed; ask the operator, or query its tables.';
  // Postgres gives the place of a literal, and none for a value that was bound or read from a row.
  if (facts.sqlState === '22P02' && facts.place === undefined)
    return /\$\d/.test(sql)
      ? 'A value does not fit the type. An array in params becomes a Postgres array: pass JSON as a string.'
      : 'A value that was read does not fit the type: leave such rows out, or cast within CASE only what fits.';
  return undefined;
}

function didYouMean(names: readonly string[], tool: string): string | undefined {
  if (names.length === 0) return undefined;
  return `Did you mean ${names.join(', ')}? The tool ${tool} shows what there is.`;
}

function withFacts(error: CodedError, more: ErrorFacts): CodedError {
  return new Coded(error.code, error.message, { ...error.facts, ...more });
}
