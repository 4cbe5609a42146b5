// What the quick lane remembers of envelopes. What it recognises is compared with the SDK in integration/quick-lane.
import { describe, expect, it } from 'vitest';
import { createQuickLane } from '../../../src/mcp/quick-lane.ts';
import { bindTools } from '../../../src/mcp/tool-book.ts';
import { envelope, legacy, modern } from '../../support/mcp-messages.ts';

function countingLane() {
  const counted = { judged: 0 };
  const acceptsEnvelope = (): boolean => {
    counted.judged++;
    return true;
  };
  const recognise = createQuickLane(bindTools([]), { legacyRevisions: new Set(), acceptsEnvelope });
  const askWith = (clientInfo: string) => {
    const _meta = { ...envelope, 'io.modelcontextprotocol/clientInfo': 'here' };
    return recognise(JSON.parse(modern('tools/list', { _meta }).replace('"here"', clientInfo)));
  };
  const ask = (client: string) => askWith(JSON.stringify({ name: client, version: '1' }));
  return { counted, recognise, ask, askWith };
}

describe('the quick lane', () => {
  it('asks once about an envelope that clients repeat', () => {
    const { counted, ask } = countingLane();
    for (let count = 0; count < 3; count++) expect(ask('claude')).toBeDefined();
    expect(counted.judged).toBe(1);
  });

  it('asks about an envelope that holds nothing, also where it is the first of all', () => {
    const { counted, recognise } = countingLane();
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    recognise(JSON.parse(legacy('tools/list', { _meta })));
    expect(counted.judged).toBe(1);
  });

  it('remembers no long envelope, so that nobody can fill the memory with them', () => {
    const { counted, ask } = countingLane();
    for (let count = 0; count < 3; count++) expect(ask('x'.repeat(100_000))).toBeDefined();
    expect(counted.judged).toBe(3);
  });

  it.each([
    ['a member is null in one', '{"name":"a","version":"1"}', '{"name":"a","version":"1","title":null}'],
    ['a member has another name', '{"name":"a","x":{}}', '{"name":"a","__proto__":{}}'],
    ['a list stands for an object', '{"icons":{}}', '{"icons":[]}'],
    ['a list is longer', '{"icons":[1]}', '{"icons":[1,2]}'],
  ])('asks about each of two envelopes where %s', (_difference, one, other) => {
    const { counted, askWith } = countingLane();
    for (let count = 0; count < 3; count++) for (const info of [one, other]) askWith(info);
    expect(counted.judged).toBe(2);
  });
});
