// One tool call: input read, tool run, failure turned into a coded error, fact emitted; it knows no message format.
import { CodedError, toCodedError } from '../base/errors.ts';
import type { CallContext, ToolAnswer } from '../tools/tool.ts';
import { cancelled } from './in-flight.ts';
import { readInput } from './input-problems.ts';
import type { BoundTool } from './tool-book.ts';

/** Runs the tool with what the client sent. Never throws: a failure of any kind comes back as a CodedError. */
export async function callTool(
  { tool, inputSchema }: BoundTool,
  given: Readonly<Record<string, unknown>>,
  context: CallContext,
): Promise<ToolAnswer | CodedError> {
  const startedMs = performance.now();
  const read = readInput(tool.input, inputSchema, given);
  let outcome: ToolAnswer | CodedError;
  try {
    outcome = read instanceof CodedError ? read : await tool.run(read.input, context);
  } catch (error) {
    outcome = failureOf(error, context);
  }
  context.emit({
    kind: 'call',
    principal: context.principal.name,
    tool: tool.name,
    failed: outcome instanceof CodedError,
    durationMs: performance.now() - startedMs,
  });
  return outcome;
}

/** What ended the call speaks before what the tool made of it: the reason of the abort is the cause. */
function failureOf(error: unknown, context: CallContext): CodedError {
  if (!context.signal.aborted) return reportFailure(error, context);
  const reason: unknown = context.signal.reason;
  if (reason instanceof CodedError) return reason;
  return error instanceof CodedError ? error : cancelled();
}

/** The coded form of whatever was thrown; what nobody expected is reported, and its text stays in the log. */
export function reportFailure(thrown: unknown, context: Pick<CallContext, 'emit'>): CodedError {
  const error = toCodedError(thrown);
  if (error.code === 'INTERNAL') {
    context.emit({ kind: 'failure', message: error.message, logDetail: error.facts.logDetail });
  }
  return error;
}
