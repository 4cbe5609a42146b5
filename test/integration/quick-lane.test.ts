// The quick lane against the SDK, message for message: what it answers, the SDK would have answered the same way, and
// what the SDK would refuse it leaves alone.

import * as sdk from '@modelcontextprotocol/server';
import { beforeAll, describe, expect, it } from 'vitest';
import * as metaKeys from '../../src/mcp/meta-keys.ts';
import { createProtocol, type Protocol } from '../../src/mcp/protocol.ts';
import type { ProtocolHeaders } from '../../src/mcp/quick-lane.ts';
import type { SdkLeg } from '../../src/mcp/sdk-leg.ts';
import { envelope, type Message, messages } from '../support/mcp-messages.ts';
import { testSurface } from '../support/test-surface.ts';

const caller = { principal: { name: 'sonia', provedBy: 'token' } } as const;
const emit = (): void => undefined;
let protocol: Protocol;
let leg: SdkLeg;

beforeAll(async () => {
  protocol = createProtocol(testSurface().surface, { emit });
  leg = await protocol.sdk();
});

type Json = Record<string, unknown>;
type Case = { readonly body: Json; readonly headers: ProtocolHeaders };

async function quickAnswer({ body, headers }: Case): Promise<Message | undefined> {
  const request = protocol.recognise(body, headers);
  if (request === undefined) return undefined;
  const { signal } = new AbortController();
  const answer = await protocol.answer(request, { principal: caller.principal, emit, signal });
  return JSON.parse(answer.toString()) as Message;
}

async function sdkAnswer({ body, headers }: Case): Promise<{ status: number; messages: Message[] }> {
  const sent = new Headers({
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  });
  if (headers.protocolVersion !== undefined) sent.set('mcp-protocol-version', headers.protocolVersion);
  if (headers.method !== undefined) sent.set('mcp-method', headers.method);
  if (headers.name !== undefined) sent.set('mcp-name', headers.name);
  const request = new Request('http://mcp.invalid/mcp', { method: 'POST', headers: sent });
  const response = await leg.fetch(request, structuredClone(body), caller);
  return { status: response.status, messages: response.status === 202 ? [] : await messages(response) };
}

const noHeaders: ProtocolHeaders = { protocolVersion: undefined, method: undefined, name: undefined };

function legacyCase(params: Json, method = 'tools/call'): Case {
  return { body: { jsonrpc: '2.0', id: 5, method, params }, headers: noHeaders };
}

function modernCase(params: Json, method = 'tools/call'): Case {
  const body = { jsonrpc: '2.0', id: 'm-1', method, params: { ...params, _meta: envelope } };
  const name = method === 'tools/call' ? String(params['name']) : undefined;
  return { body, headers: { protocolVersion: '2026-07-28', method, name } };
}

const calls: Json[] = [
  { name: 'echo', arguments: { text: 'a "quoted" – ü \u2028 text', times: 2 } },
  { name: 'echo', arguments: { text: 7, tims: 1 } },
  { name: 'echo' },
  { name: 'fail', arguments: { how: 'coded' } },
  { name: 'fail', arguments: { how: 'bare' } },
  { name: 'big', arguments: { rows: 50 } },
];

describe('the quick lane', () => {
  it.each([...calls.map((params) => legacyCase(params)), legacyCase({}, 'tools/list')])(
    'answers a 2025-era request as the SDK does: %j',
    async (plain) => {
      const quick = await quickAnswer(plain);
      expect(quick).toBeDefined();
      expect((await sdkAnswer(plain)).messages).toEqual([quick]);
    },
  );

  it.each([...calls.map((params) => modernCase(params)), modernCase({}, 'tools/list')])(
    'answers a 2026-07-28 request as the SDK does: %j',
    async (plain) => {
      const quick = await quickAnswer(plain);
      expect(quick).toBeDefined();
      expect((await sdkAnswer(plain)).messages).toEqual([quick]);
    },
  );

  it('agrees with the SDK on thousands of damaged requests, wherever it answers at all', async () => {
    const random = seeded(20_261_121);
    let answered = 0;
    for (let round = 0; round < 3_000; round++) {
      const start = round % 2 === 0 ? legacyCase(calls[0]!) : modernCase(calls[0]!);
      const damaged = damage(start, random);
      const quick = await quickAnswer(damaged);
      if (quick === undefined) continue;
      answered++;
      const { status, messages: judged } = await sdkAnswer(damaged);
      expect({ status, judged }, JSON.stringify(damaged)).toEqual({ status: 200, judged: [quick] });
    }
    expect(answered).toBeGreaterThan(100);
  }, 120_000);

  it('leaves to the SDK whatever is not a plain call of a known tool', () => {
    const left = [
      legacyCase({ name: 'nothing', arguments: {} }),
      legacyCase({ name: 'echo', arguments: { text: 'a' }, task: { ttl: 1 } }),
      legacyCase({ cursor: 'x' }, 'tools/list'),
      legacyCase({}, 'ping'),
      { ...modernCase(calls[0]!), headers: noHeaders },
      { ...legacyCase(calls[0]!), headers: { ...noHeaders, protocolVersion: '2026-07-28' } },
      { body: [legacyCase(calls[0]!).body] as unknown as Json, headers: noHeaders },
    ];
    expect(left.map(({ body, headers }) => protocol.recognise(body, headers))).toEqual(
      left.map(() => undefined),
    );
  });

  it('knows the reserved names as the SDK does', () => {
    expect(metaKeys.protocolVersionKey).toBe(sdk.PROTOCOL_VERSION_META_KEY);
    expect(metaKeys.clientInfoKey).toBe(sdk.CLIENT_INFO_META_KEY);
    expect(metaKeys.clientCapabilitiesKey).toBe(sdk.CLIENT_CAPABILITIES_META_KEY);
    expect(metaKeys.logLevelKey).toBe(sdk.LOG_LEVEL_META_KEY);
    expect(metaKeys.serverInfoKey).toBe(sdk.SERVER_INFO_META_KEY);
  });
});

/** Replaces, removes or adds one to three things anywhere in the request or its headers. */
function damage(start: Case, random: () => number): Case {
  const damaged = structuredClone(start) as { body: Json; headers: Record<string, string | undefined> };
  for (let count = 1 + Math.floor(random() * 2); count > 0; count--) damageOnce(damaged, random);
  return damaged as unknown as Case;
}

function damageOnce(
  damaged: { body: Json; headers: Record<string, string | undefined> },
  random: () => number,
): void {
  const pick = <Value>(list: readonly Value[]): Value => list[Math.floor(random() * list.length)]!;
  if (random() < 0.2) {
    damaged.headers[pick(['protocolVersion', 'method', 'name'])] = pick([
      '2026-07-28',
      '2025-06-18',
      'tools/call',
      'echo',
      'x',
      undefined,
    ]);
    return;
  }
  const targets = objectsIn(damaged.body);
  const target = pick(targets);
  const key = pick([
    ...Object.keys(target),
    'progressToken',
    'extra',
    'io.modelcontextprotocol/related-task',
    'cursor',
    '_meta',
  ]);
  const value = pick<unknown>([
    undefined,
    null,
    0,
    1.5,
    -1,
    '',
    'echo',
    'tools/list',
    true,
    {},
    [],
    { a: 1 },
    '2.0',
    '2026-07-28',
    'debug',
  ]);
  if (value === undefined) delete target[key];
  else target[key] = value;
}

function objectsIn(value: unknown): Json[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return [value as Json, ...Object.values(value).flatMap(objectsIn)];
}

/** A generator of numbers from 0 to 1 that is the same on every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
