// What the doctor found about one thing, in words for the operator.
import type { CodedError } from '../base/errors.ts';

/** How one thing stands. `todo` says what to do where it is not ok. */
export type Finding = {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly found: string;
  readonly todo?: string | undefined;
};

/** The finding of an error: its message for the operator, with what only the log may see. */
export function failedFinding(check: string, error: CodedError): Finding {
  const { logDetail, hint } = error.facts;
  const found = logDetail === undefined ? error.message : `${error.message}: ${firstLine(logDetail)}`;
  return { check, state: 'failed', found, todo: hint ?? error.entry.solve };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
