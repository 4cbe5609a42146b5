// What the doctor found about one thing, in words for the operator.
import type { ErrorCode } from '../base/error-catalogue.ts';
import type { CodedError } from '../base/errors.ts';

/** How one thing stands. `todo` says what to do where it is not ok. */
export type Finding = {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly found: string;
  readonly todo?: string | undefined;
};

/** What the operator can do, where the hint is for callers. */
const todos: Partial<Record<ErrorCode, string>> = {
  DB_UNREACHABLE:
    'See that Postgres runs there, that host and port are right, and that no firewall stands in between.',
  DB_LOGIN: 'Mend DATABASE_URL, the role or pg_hba.conf.',
  STATE_UNAVAILABLE: 'See that the store of MCP_STATE_URL runs, and that this machine may write there.',
};

/** The finding of an error: its message for the operator, with what only the log may see. */
export function failedFinding(check: string, error: CodedError): Finding {
  const { logDetail, hint } = error.facts;
  const found = logDetail === undefined ? error.message : `${error.message}: ${firstLine(logDetail)}`;
  return { check, state: 'failed', found, todo: todos[error.code] ?? hint ?? error.entry.solve };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
