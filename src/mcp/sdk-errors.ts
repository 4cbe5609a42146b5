// Turns our coded errors into the SDK's protocol errors, for the methods whose result cannot carry `isError`.
import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server';
import { CodedError, errorText } from '../base/errors.ts';
import type { CallContext } from '../tools/tool.ts';
import { reportFailure } from './call-tool.ts';

/** Invalid params (-32602) with the text. */
export function invalidParams(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}

/** Runs `work`; whatever it throws leaves as a ProtocolError that leaks nothing. */
export async function guarded<Value>(context: CallContext, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw protocolError(reportFailure(error, context));
  }
}

/** The same for a resource: what the reader asked wrongly is "not found", as the specification wants. */
export async function guardedRead<Value>(
  uri: string,
  context: CallContext,
  work: () => Promise<Value>,
): Promise<Value> {
  return await guarded(context, async () => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof CodedError && error.code.startsWith('INPUT_')) {
        throw new ResourceNotFoundError(uri, errorText(error));
      }
      throw error;
    }
  });
}

function protocolError(error: CodedError): ProtocolError {
  const code = error.code.startsWith('INPUT_')
    ? ProtocolErrorCode.InvalidParams
    : ProtocolErrorCode.InternalError;
  return new ProtocolError(code, errorText(error), { code: error.code, retryable: error.entry.retryable });
}
