// Recognises the plain tools/call and tools/list that nearly all traffic consists of, so that they need not pass
// through the SDK. It refuses nothing: whatever it does not know entirely is left to the SDK to judge.
import type { Era } from './answer-body.ts';
import type { RequestId } from './in-flight.ts';
import {
  clientCapabilitiesKey,
  clientInfoKey,
  logLevelKey,
  modernRevision,
  protocolVersionKey,
  reservedPrefix,
} from './meta-keys.ts';
import type { BoundTool, ToolBook } from './tool-book.ts';

/** The headers that repeat the body (2026-07-28, Streamable HTTP); absent as a whole on stdio. */
export type ProtocolHeaders = {
  readonly protocolVersion: string | undefined;
  readonly method: string | undefined;
  readonly name: string | undefined;
};

/** A message that the quick lane knows entirely. */
export type QuickRequest = { readonly era: Era; readonly id: RequestId } & (
  | { readonly method: 'tools/list' }
  | {
      readonly method: 'tools/call';
      readonly bound: BoundTool;
      readonly given: Readonly<Record<string, unknown>>;
      readonly progressToken: RequestId | undefined;
    }
);

/** What only the SDK knows. */
export type Judge = {
  /** Revisions that a 2025-era request may name in its header. */
  readonly legacyRevisions: ReadonlySet<string>;
  /** Whether the SDK takes the `_meta` of this request for a valid 2026-07-28 envelope. */
  readonly acceptsEnvelope: (request: unknown) => boolean;
};

/** Gives the request, or undefined where the SDK must judge. */
export type Recognise = (message: unknown, headers?: ProtocolHeaders) => QuickRequest | undefined;

type Plain = Readonly<Record<string, unknown>>;

const messageKeys = new Set(['jsonrpc', 'id', 'method', 'params']);
const parameterKeys = new Set(['name', 'arguments', '_meta']);
const envelopeKeys = new Set([protocolVersionKey, clientInfoKey, clientCapabilitiesKey, logLevelKey]);
const rememberedEnvelopes = 256;
/** Clients name themselves in a few hundred characters; a longer envelope is judged anew each time. */
const longestRemembered = 4_096;

/** A recogniser over these tools; it remembers the envelopes that the SDK accepted, since clients repeat them. */
export function createQuickLane(book: ToolBook, judge: Judge): Recognise {
  const accepted = new Set<string>();
  // Most often the client is the one that asked last, and comparing costs a fraction of writing.
  let last: Plain | undefined;
  const acceptsEnvelope = (meta: Plain, message: unknown): boolean => {
    // As members, so that an absent key and a null one stay different.
    const { [clientCapabilitiesKey]: can, [clientInfoKey]: info, [logLevelKey]: level } = meta;
    const envelope = { can, info, level };
    if (last !== undefined && isSameJson(last, envelope)) return true;
    const text = JSON.stringify(envelope);
    if (!accepted.has(text)) {
      if (!judge.acceptsEnvelope(message)) return false;
      if (text.length > longestRemembered) return true;
      if (accepted.size >= rememberedEnvelopes) accepted.clear();
      accepted.add(text);
    }
    last = envelope;
    return true;
  };
  return (message, headers) => {
    if (!isPlain(message) || !hasOnly(message, messageKeys)) return undefined;
    const { jsonrpc, id, method, params = {} } = message;
    if (jsonrpc !== '2.0' || !isId(id) || !isPlain(params) || !hasOnly(params, parameterKeys))
      return undefined;
    const { _meta: meta = {} } = params;
    if (!isPlain(meta) || !isToken(meta['progressToken']) || !hasKnownReserved(meta)) return undefined;
    const era: Era = protocolVersionKey in meta ? 'modern' : 'legacy';
    if (era === 'legacy' && !isLegacy(meta, headers, judge)) return undefined;
    if (era === 'modern' && meta[protocolVersionKey] !== modernRevision) return undefined;
    if (era === 'modern' && !headersAgree(headers, method, params['name'])) return undefined;
    if (era === 'modern' && !acceptsEnvelope(meta, message)) return undefined;
    if (method === 'tools/list') return hasNeither(params) ? { era, id, method } : undefined;
    if (method !== 'tools/call') return undefined;
    return recogniseCall(book, era, id, params, meta['progressToken']);
  };
}

function recogniseCall(
  book: ToolBook,
  era: Era,
  id: RequestId,
  { name, arguments: given = {} }: Plain,
  progressToken: RequestId | undefined,
): QuickRequest | undefined {
  const bound = typeof name === 'string' ? book.find(name) : undefined;
  if (bound === undefined || !isPlain(given)) return undefined;
  return { era, id, method: 'tools/call', bound, given, progressToken };
}

function isLegacy(meta: Plain, headers: ProtocolHeaders | undefined, judge: Judge): boolean {
  if (Object.keys(meta).some((key) => key.startsWith(reservedPrefix))) return false;
  const revision = headers?.protocolVersion;
  return revision === undefined || judge.legacyRevisions.has(revision);
}

function headersAgree(headers: ProtocolHeaders | undefined, method: unknown, name: unknown): boolean {
  if (headers === undefined) return true;
  if (headers.protocolVersion !== modernRevision || headers.method !== method) return false;
  return method === 'tools/call' ? headers.name === name : true;
}

function hasKnownReserved(meta: Plain): boolean {
  for (const key of Object.keys(meta)) {
    if (key.startsWith(reservedPrefix) && !envelopeKeys.has(key)) return false;
  }
  return true;
}

function hasNeither(params: Plain): boolean {
  return params['name'] === undefined && params['arguments'] === undefined;
}

function hasOnly(value: Plain, allowed: ReadonlySet<string>): boolean {
  for (const key of Object.keys(value)) if (!allowed.has(key)) return false;
  return true;
}

function isSameJson(one: unknown, other: unknown): boolean {
  if (!isRecord(one) || !isRecord(other)) return one === other;
  const keys = Object.keys(one);
  if (Array.isArray(one) !== Array.isArray(other) || keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isSameJson(one[key], other[key]));
}

function isRecord(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: unknown): value is Plain {
  return isRecord(value) && !Array.isArray(value);
}

function isId(value: unknown): value is RequestId {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function isToken(value: unknown): value is RequestId | undefined {
  return value === undefined || isId(value);
}
