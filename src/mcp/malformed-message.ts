// Says what keeps a JSON value from being a message of JSON-RPC 2.0; whether it is one the SDK has judged before.
import { CodedError, errorText } from '../base/errors.ts';
import { clipped } from '../base/printable.ts';
import type { RequestId } from './in-flight.ts';

type Plain = Readonly<Record<string, unknown>>;

/** Members of requests and notifications, and of responses. */
const members = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);
/** JSON-RPC 2.0, section 5.1. */
export const invalidRequest = -32_600;
/** JSON-RPC 2.0, section 5.1: what came is not JSON. */
export const parseError = -32_700;
/** JSON-RPC batches exist up to 2025-03-26 only; more than this in one is a mistake or an attack. */
export const mostBatchMessages = 50;
const example = '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}';

/** The refusal of what `isMessage` refuses, or undefined where it is a message, or a batch of messages. */
export function malformedMessage(
  value: unknown,
  isMessage: (value: unknown) => boolean,
): CodedError | undefined {
  if (!Array.isArray(value)) {
    return isMessage(value) ? undefined : refused(`the body is not a JSON-RPC message: ${whyNot(value)}`);
  }
  if (value.length === 0) return refused('a batch must hold at least one message, got none');
  const at = value.findIndex((one) => !isMessage(one));
  if (at === -1) return undefined;
  return refused(`message ${at + 1} of the batch is not a JSON-RPC message: ${whyNot(value[at])}`);
}

/** The JSON-RPC answer to a line of JSON that is no message; it has no id, because the SDK keeps the line to itself. */
export function malformedLine(): string {
  return lineAnswer(invalidRequest, refused('a line must hold one JSON-RPC message, and no batch'));
}

/** The JSON-RPC answer to a line that is not JSON, or not even text. */
export function unparsedLine(form: 'JSON' | 'UTF-8'): string {
  return lineAnswer(parseError, new CodedError('DOOR_MALFORMED', `a line is not valid ${form}`));
}

/** The JSON-RPC answer to a line that is longer than the server reads. */
export function tooLongLine(limitBytes: number): string {
  const error = new CodedError('DOOR_BODY_TOO_LARGE', `a line is longer than ${limitBytes} bytes`, {
    hint: 'Send a shorter statement.',
  });
  return lineAnswer(invalidRequest, error);
}

function lineAnswer(code: number, error: CodedError): string {
  const data = { code: error.code, retryable: error.entry.retryable };
  const answer = { code, message: errorText(error), data };
  return JSON.stringify({ jsonrpc: '2.0', id: null, error: answer });
}

/** The id that an answer to the value can carry, as far as one can be read (JSON-RPC 2.0, section 5). */
export function readableId(value: unknown): RequestId | null {
  const id = isPlain(value) && 'method' in value ? value['id'] : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

function refused(message: string): CodedError {
  return new CodedError('DOOR_INVALID_MESSAGE', message, { hint: `Send a message such as ${example}.` });
}

function whyNot(value: unknown): string {
  if (!isPlain(value)) return `it must be an object, got ${kindOf(value)}`;
  if (value['jsonrpc'] !== '2.0') return '"jsonrpc" must be "2.0"';
  const { id, method, params } = value;
  if (method === undefined && !('result' in value) && !('error' in value)) return '"method" is missing';
  if (method !== undefined && typeof method !== 'string') {
    return `"method" must be a string, got ${kindOf(method)}`;
  }
  if ('id' in value && typeof id !== 'string' && !Number.isSafeInteger(id)) {
    return `"id" must be a string or an integer, got ${kindOf(id)}`;
  }
  if (params !== undefined && !isPlain(params)) return `"params" must be an object, got ${kindOf(params)}`;
  const meta = params?.['_meta'];
  const token = isPlain(meta) ? meta['progressToken'] : undefined;
  if (token !== undefined && typeof token !== 'string' && !Number.isSafeInteger(token)) {
    return `"progressToken" must be a string or an integer, got ${kindOf(token)}`;
  }
  const unknown = Object.keys(value).find((name) => !members.has(name));
  if (unknown !== undefined) return `it has an unknown member ${JSON.stringify(clipped(unknown, 40))}`;
  return 'it is neither a request, nor a notification, nor a response';
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
